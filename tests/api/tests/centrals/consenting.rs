//! What has to be said before a restore: the name of the central, where a backup comes from, the security key.
//!
//! Does NOT look at what comes back (`restoring`).

use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::{Answer, Backend, Client, on_each_backend};
use loom_sim_ccu::{Interface, Sim};
use serde_json::{Value, json};

on_each_backend! {
    nothing_happens_before_it_is_confirmed,
    a_backup_of_elsewhere_has_to_be_meant,
    a_backup_of_unknown_origin_has_to_be_meant,
    a_security_key_is_asked_for_and_never_kept,
}

fn confirmed() -> Value {
    json!({ "confirm": "ccu" })
}

async fn refusal(admin: &Client, id: &str, order: &Value) -> String {
    let answer = admin.post(&format!("/backups/{id}/restore"), order).await;
    answer.problem(422, "validation")["detail"].as_str().unwrap().to_owned()
}

async fn nothing_happens_before_it_is_confirmed(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let id = entry["id"].as_str().unwrap();
    let seen = sim.observed();
    let words =
        "the restore is not confirmed: it replaces everything on central `ccu`\nhint: type `ccu` to confirm";
    for order in [
        json!({}),
        json!(null),
        json!({ "confirm": "" }),
        json!({ "confirm": "CCU" }),
        json!({ "confirm": id }),
    ] {
        assert_eq!(refusal(&admin, id, &order).await, words, "{order}");
    }
    let bare = Answer::of(admin.request("POST", &format!("/backups/{id}/restore"))).await;
    assert_eq!(bare.problem(422, "validation")["detail"], words);
    let order = json!({ "confirm": "ccu", "target": "cellar" });
    admin.post(&format!("/backups/{id}/restore"), &order).await.problem(404, "not_found");
    for order in [json!({ "confirm": "ccu", "force": true }), json!({ "confirm": 1 }), json!(["ccu"])] {
        admin.post(&format!("/backups/{id}/restore"), &order).await.problem(400, "validation");
    }
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        client.post(&format!("/backups/{id}/restore"), &confirmed()).await.problem(403, "forbidden");
        client.get("/restores").await.problem(403, "forbidden");
    }
    assert_eq!(admin.get("/restores").await.expect(200).json(), json!([]));
    assert_eq!((sim.observed().pages, sim.observed().logins), (seen.pages, seen.logins));
    let disabled = json!({ "enabled": false, "interfaces": [] });
    admin.put("/centrals/ccu", &disabled).await.expect(204);
    assert_eq!(refusal(&admin, id, &confirmed()).await, "central `ccu` is disabled\nhint: enable it first");
}

async fn a_backup_of_elsewhere_has_to_be_meant(backend: Backend) {
    for flavour in FLAVOURS {
        let home = ccu::central(flavour).await;
        let mut config = ccu::config(flavour).devices_everywhere(3);
        "3014F711A0001F58A9A70000".clone_into(&mut config.serial);
        let other = Sim::start(config).await.unwrap();
        let daemon = ccu::daemon_of(backend, &home).await;
        ccu::add(&daemon, "attic", &other).await;
        let admin = daemon.as_admin();
        let begun = admin.post("/backups", &json!({ "central_name": "ccu" })).await.expect(202).json();
        let id = begun["id"].as_str().unwrap();
        ccu::ended(&admin, id).await;
        let words = "the backup is of central `ccu`, not of `attic`\nhint: to restore it nevertheless, accept `ccu` as a \
                     foreign origin";
        let mut order = json!({ "confirm": "attic", "target": "attic" });
        assert_eq!(refusal(&admin, id, &order).await, words);
        order["accept_foreign"] = json!("attic");
        assert_eq!(refusal(&admin, id, &order).await, words);
        order["accept_foreign"] = json!("ccu");
        let done = ccu::restored(&admin, id, &order).await;
        assert_eq!((&done["state"], &done["target"]), (&json!("completed"), &json!("attic")), "{done:#}");
        assert_eq!((ccu::devices(&other), ccu::devices(&home)), (5, 5));
        assert_eq!((other.observed().boots, home.observed().boots), (1, 0));
    }
}

async fn a_backup_of_unknown_origin_has_to_be_meant(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let entry = ccu::taken(&admin).await;
    let bytes = ccu::bytes(&admin, entry["id"].as_str().unwrap()).await;
    let uploaded = ccu::upload(&admin, &[], "a.sbk", &bytes).await.expect(201).json();
    let id = uploaded["id"].as_str().unwrap();
    sim.keep_devices(Interface::HmIpRf, 1);
    let words = format!(
        "where CCU backup `{id}` comes from is not known\nhint: name the central to restore to in `target`"
    );
    assert_eq!(refusal(&admin, id, &confirmed()).await, words);
    let mut order = json!({ "confirm": "ccu", "target": "ccu" });
    let words = format!(
        "nobody knows which central the backup is of\nhint: to restore it to `ccu` nevertheless, accept `{id}` as a foreign \
         origin"
    );
    assert_eq!(refusal(&admin, id, &order).await, words);
    order["accept_foreign"] = json!(id);
    let done = ccu::restored(&admin, id, &order).await;
    assert_eq!((&done["state"], ccu::devices(&sim)), (&json!("completed"), 5), "{done:#}");
    let words = "the backup does not record how many devices the central had, so they were not compared";
    assert_eq!(done["differences"], json!([words]));
}

async fn a_security_key_is_asked_for_and_never_kept(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = Sim::start(ccu::config(flavour).security_key("sesame-open-42")).await.unwrap();
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let entry = ccu::taken(&admin).await;
        let id = entry["id"].as_str().unwrap();
        assert_ne!(entry["contents"]["key_index"], 0, "{entry:#}");
        sim.keep_devices(Interface::HmIpRf, 2);
        let order = |key: Option<&str>| json!({ "confirm": "ccu", "security_key": key });
        let none = ccu::restored(&admin, id, &order(None)).await;
        let words = "the central and the backup both have a security key; nothing was changed on the central";
        assert_eq!((&none["reason"], &none["step"]), (&json!(words), &json!("preflight")), "{none:#}");
        assert_eq!(none["failure"], "other");
        assert!(none["hint"].as_str().unwrap().starts_with("give the key"), "{none:#}");
        let wrong = ccu::restored(&admin, id, &order(Some("sesame-shut-41"))).await;
        let words =
            "the given security key is not the one of the central; nothing was changed on the central";
        assert_eq!((&wrong["reason"], &wrong["step"]), (&json!(words), &json!("preflight")), "{wrong:#}");
        assert_eq!(sim.observed().page("POST fileupload.ccc"), 0);
        let done = ccu::restored(&admin, id, &order(Some("sesame-open-42"))).await;
        assert_eq!((&done["state"], ccu::devices(&sim)), (&json!("completed"), 5), "{done:#}");
        let kept = [
            admin.get("/audit").await.text(),
            admin.get("/restores").await.text(),
            admin.get("/jobs").await.text(),
            String::from_utf8_lossy(&daemon.bytes_at_rest()).into_owned(),
        ];
        for text in kept {
            assert!(!text.contains("sesame"), "a key is kept");
        }
    }
}
