//! The first evening of somebody with a central, typed as an operator types it: try it, back it up, look at the backup,
//! spoil the central, bring it back.

use crate::bed::Bed;
use crate::central::{Central, KEY, SECRET};
use loom_e2e::run::Outcome;
use loom_sim_ccu::{Flavour, Interface, SimConfig, devices};
use serde_json::{Value, json};
use std::fs;

#[test]
fn what_was_backed_up_of_a_central_comes_back_whatever_was_done_to_it_since_stock() {
    a_first_evening(Flavour::Stock);
}

#[test]
fn what_was_backed_up_of_a_central_comes_back_whatever_was_done_to_it_since_openccu() {
    a_first_evening(Flavour::OpenCcu);
}

fn a_first_evening(flavour: Flavour) {
    let mut bed = Bed::new();
    let central = bed.stranger("haus", SimConfig::new(flavour).security_key(KEY));
    let ccu = |words: &str, code| quiet(&bed, &central, words, code);
    let told = |words: &str, code| told(&bed, &central, words, code);
    ccu("backup", 6).says("no central is configured");
    bed.admin.post("/centrals", &central.row()).gives(201);
    bed.devices_are_read("haus");
    let tested = told("test haus", 0);
    assert_eq!(tested["works"], true, "{tested:#}");
    ccu("test haus", 0).says("haus works");

    let taken = told("backup haus", 0);
    let id = taken["id"].as_str().unwrap();
    assert_eq!(taken["devices"].as_object().unwrap().len(), 3, "{taken:#}");
    assert_eq!(taken["warnings"], json!([]), "{taken:#}");
    assert_eq!(told("list", 0)["backups"][0]["id"], id);
    ccu(&format!("download {id} --out haus.sbk"), 0);
    let file = fs::read(bed.folder.path("haus.sbk")).unwrap();
    assert_eq!(file, fs::read(bed.backups_folder().join(format!("{id}.sbk"))).unwrap());
    for subject in ["haus.sbk", id] {
        let verdict = told(&format!("verify {subject}"), 0);
        assert_eq!((&verdict["good"], &verdict["sha256"]), (&json!(true), &taken["sha256"]), "{verdict:#}");
    }

    let spoiled = devices(Interface::BidCosRf, 1, 1).remove(0).address;
    assert!(central.update_device(Interface::BidCosRf, &spoiled, "9.9.9"));
    central.keep_devices(Interface::HmIpRf, 3);
    assert!(central.set_password("Admin", "forgotten"));
    viewers_are_refused(&bed, &central, id);
    ccu(&format!("restore {id} --confirm garten"), 6).says("nothing was changed");
    fs::write(bed.folder.path("key"), KEY).unwrap();
    let restored = told(&format!("restore {id} --confirm haus --security-key-file key"), 0);
    assert_eq!((&restored["state"], &restored["differences"]), (&json!("completed"), &json!([])));
    assert_eq!(central.devices(), 10);
    bed.devices_are_read("haus");
    let status = told("status haus", 0);
    assert_eq!(
        (&status["centrals"][0]["state"], &status["centrals"][0]["last_error"]),
        (&json!("ready"), &Value::Null)
    );

    // Each state of a simulated central makes other bytes, and the same state the same ones.
    let safety = restored["safety_backup"].as_str().unwrap();
    let listed = told("list", 0);
    let kept = listed["backups"].as_array().unwrap().iter().find(|entry| entry["id"] == safety).unwrap();
    assert_ne!(kept["sha256"], taken["sha256"]);
    assert_eq!(told("backup", 0)["sha256"], taken["sha256"]);
    ccu(&format!("delete {safety}"), 0);
    assert!(!bed.files().contains(&format!("{safety}.sbk")));
    everything_is_audited(&bed);
    central.was_treated_well();
    assert_eq!(central.observed().restores_applied, 1);
    let said = bed.stop().log;
    bed.kept_secret(&central, &said);
}

/// Runs a verb; nothing secret is said.
#[track_caller]
fn quiet(bed: &Bed, central: &Central, words: &str, code: i32) -> Outcome {
    let outcome = bed.ccu(words);
    bed.kept_secret(central, &outcome.words());
    outcome.exits(code);
    outcome
}

/// The same with `--json`; what it said.
#[track_caller]
fn told(bed: &Bed, central: &Central, words: &str, code: i32) -> Value {
    quiet(bed, central, &format!("{words} --json"), code).json()
}

#[track_caller]
fn viewers_are_refused(bed: &Bed, central: &Central, id: &str) {
    let made = bed.admin.post("/auth/tokens/v2", &json!({ "subject": "wall-display", "role": "viewer" }));
    let viewer = made.gives(201).json()["token"].as_str().unwrap().to_owned();
    let before = central.asked_for();
    let only_admins =
        ["backup haus", "list", "test haus", &format!("verify {id}"), &format!("download {id}")];
    for words in
        only_admins.iter().chain(&[format!("restore {id} --confirm haus").as_str(), &format!("delete {id}")])
    {
        bed.ccu_as(&viewer, words).exits(6);
    }
    let seen = bed.ccu_as(&viewer, "status --json").exits(0).text();
    assert!(!seen.contains("127.0.0.1") && !seen.contains(SECRET), "{seen}");
    assert_eq!(central.asked_for(), before);
}

#[track_caller]
fn everything_is_audited(bed: &Bed) {
    let entries = bed.admin.get("/audit?limit=10000").gives(200).json();
    let count =
        |word: &str| entries.as_array().unwrap().iter().filter(|entry| entry["action"] == word).count();
    let counts = [
        ("central_create", 1),
        ("central_test", 2),
        ("backup_trigger", 2),
        ("backup_download", 1),
        ("backup_verify", 1),
        ("backup_restore", 1),
        ("backup_delete", 1),
    ];
    for (word, wanted) in counts {
        assert_eq!(count(word), wanted, "{word}: {entries:#}");
    }
    assert!(!entries.to_string().contains(SECRET) && !entries.to_string().contains(KEY));
}
