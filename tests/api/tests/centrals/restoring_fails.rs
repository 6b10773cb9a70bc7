//! Every way a restore can fail or stop short, with the words its record ends in: `failing/restores.txt` has them all.
//!
//! Does NOT run on each backend: the words are the same.

use crate::failing::{compare, impatient, in_words};
use crate::shapes::RESTORE;
use loom_api_tests::shape::fits;
use loom_api_tests::{ccu, jobs};
use loom_sim_ccu::{Fault, Flavour, Interface, Sim};
use serde_json::{Value, json};
use std::fmt::Write;

const FAULTS: [(&str, Fault); 22] = [
    ("F19 a key nobody set is asked for: that of the central", Fault::RestoreKeyError1),
    ("F19 a key nobody set is asked for: that of the backup", Fault::RestoreKeyError2),
    ("F20 the firmware is too old", Fault::RestoreNeedsFirmware),
    ("F21 the check cannot run", Fault::RestoreHmIp(9)),
    ("F21 data are missing", Fault::RestoreHmIp(11)),
    ("F21 no key server", Fault::RestoreHmIp(12)),
    ("F21 the key server says no", Fault::RestoreHmIp(13)),
    ("F21 devices cannot be read", Fault::RestoreHmIp(14)),
    ("F21 no migration", Fault::RestoreHmIp(15)),
    ("F21 no radio module", Fault::RestoreHmIp(16)),
    ("F21 the radio module does not start", Fault::RestoreHmIp(17)),
    ("F21 the radio module is too old", Fault::RestoreHmIp(18)),
    ("F21 nobody knows why", Fault::RestoreHmIp(99)),
    ("F22 nothing changed", Fault::RestoreNothingChanged),
    ("F29 the file is said to be none", Fault::RestoreInvalidFile),
    ("a page nobody knows", Fault::RestoreUnknownPage),
    ("no answer while it takes the backup over", Fault::CrashDuringGo),
    ("it never comes back", Fault::NeverComesBack),
    ("F1 the login page", Fault::LoginPage),
    ("F7 the page of an error", Fault::InternalErrorPage),
    ("F9 no logic process", Fault::RegaDown),
    ("F13 no answer at all", Fault::Mute),
];

#[tokio::test]
async fn each_failure_of_a_restore_of_a_stock_central_has_its_own_words() {
    each_has_its_own_words(Flavour::Stock).await;
}

#[tokio::test]
async fn each_failure_of_a_restore_of_an_openccu_central_has_its_own_words() {
    each_has_its_own_words(Flavour::OpenCcu).await;
}

async fn each_has_its_own_words(flavour: Flavour) {
    let mut told = String::new();
    for (name, fault) in &FAULTS {
        let words = restored_with(flavour, fault).await;
        write!(told, "\n{name}\n{words}").unwrap();
    }
    write!(told, "\nF20 the backup is of a newer firmware\n{}", of_newer_firmware(flavour).await).unwrap();
    write!(told, "\nF23 the password of the backup is another\n{}", with_old_password(flavour).await)
        .unwrap();
    compare(&told, include_str!("failing/restores.txt"), flavour);
}

fn record_in_words(record: &Value, sim: &Sim) -> String {
    fits(record, RESTORE);
    let stopped = ["failed", "interrupted"].contains(&record["state"].as_str().unwrap());
    for field in ["failure", "reason"] {
        assert_eq!(record.get(field).is_some(), stopped, "{record:#}");
    }
    format!("  {}\n{}", record["step"].as_str().unwrap(), in_words(record, sim))
}

async fn restored_with(flavour: Flavour, fault: &Fault) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    sim.keep_devices(Interface::HmIpRf, 2);
    let without = matches!(fault, Fault::LoginPage | Fault::InternalErrorPage);
    sim.inject(fault.clone());
    let order = json!({ "confirm": "ccu", "without_safety_backup": without });
    let record = ccu::restored(&admin, entry["id"].as_str().unwrap(), &order).await;
    let words = record_in_words(&record, &sim);
    sim.heal();
    // Whatever was stopped runs again, as far as nobody has to look at the central first.
    if record["state"] == "failed" {
        assert!(sim.hmip_runs(), "{record:#}");
    }
    words
}

async fn of_newer_firmware(flavour: Flavour) -> String {
    let mut config = ccu::config(flavour);
    "3.91.2".clone_into(&mut config.firmware);
    let newer = Sim::start(config).await.unwrap();
    let daemon = impatient(&newer).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let sim = ccu::central(flavour).await;
    admin.put("/centrals/ccu", &ccu::row("ccu", &sim)).await.expect(204);
    jobs::idle(&admin).await;
    let order = json!({ "confirm": "ccu" });
    let record = ccu::restored(&admin, entry["id"].as_str().unwrap(), &order).await;
    assert_eq!(sim.observed().page("POST fileupload.ccc"), 0);
    record_in_words(&record, &sim)
}

async fn with_old_password(flavour: Flavour) -> String {
    let sim = ccu::central(flavour).await;
    let daemon = impatient(&sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    sim.set_password("Admin", "changed since");
    let mut row = ccu::row("ccu", &sim);
    row["password_plain"] = json!("changed since");
    admin.put("/centrals/ccu", &row).await.expect(204);
    jobs::idle(&admin).await;
    let order = json!({ "confirm": "ccu" });
    let record = ccu::restored(&admin, entry["id"].as_str().unwrap(), &order).await;
    let words = record_in_words(&record, &sim);
    // As the hint says.
    row["password_plain"] = json!("secret");
    admin.put("/centrals/ccu", &row).await.expect(204);
    jobs::idle(&admin).await;
    let restore = record["id"].as_str().unwrap();
    admin.post(&format!("/restores/{restore}/resume"), &json!({})).await.expect(202);
    let done = ccu::settled(&admin, restore).await;
    assert_eq!((&done["state"], &done["differences"]), (&json!("completed"), &json!([])), "{done:#}");
    words
}
