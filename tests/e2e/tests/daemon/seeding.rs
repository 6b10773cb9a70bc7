//! The first run: what the config file says becomes the state, once.

use loom_e2e::daemon::DaemonFolder;
use loom_e2e::daemon::client::Client;
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::{open_v2, read_key_file};
use serde_json::json;

const SEED: &str = "
locale: {locale: de, theme: dark}
north:
  mqtt: {broker_url: \"tcp://broker:1883\", password: mqtt secret}
  rest:
    auth:
      users: {\"Änne\": \"the first password\"}
      tokens: {\"a token of the file\": operator}
centrals:
  - {name: haus, host: ccu.example, username: loom, password: central secret}
  - {name: garten, host: 192.0.2.17}
";

fn names(client: &Client, path: &str, key: &str) -> Vec<String> {
    let rows = client.get(path).gives(200).json();
    rows.as_array().unwrap().iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_config_file_becomes_the_state_once_and_what_was_removed_stays_away() {
    let folder = DaemonFolder::default();
    folder.configure(SEED);
    let daemon = folder.start();
    let nobody = daemon.client();
    assert_eq!(nobody.get("/setup/status").gives(200).json()["required"], false);
    let admin = nobody.token(&nobody.user("änne", "the first password").new_token("cron"));
    assert_eq!(nobody.token("a token of the file").get("/auth/me").gives(200).json()["role"], "operator");
    assert_eq!(names(&admin, "/centrals", "name"), ["garten", "haus"]);
    let mqtt = admin.get("/config/sections/north.mqtt").gives(200).json();
    assert_eq!(mqtt, json!({ "broker_url": "tcp://broker:1883", "password": "***" }));
    let key = read_key_file(&folder.data().join("secret.key"));
    for (query, place, secret) in [
        (
            "SELECT password_plain FROM centrals WHERE name = 'haus'",
            ["centrals", "haus", "password_plain"],
            "central secret",
        ),
        (
            "SELECT value_json ->> 'password' FROM config_sections WHERE section = 'north.mqtt'",
            ["config_sections", "north.mqtt", "password"],
            "mqtt secret",
        ),
    ] {
        assert_eq!(open_v2(key, place, sqlite(&folder.database(), query).trim()).as_deref(), Some(secret));
    }
    assert_eq!(crate::audited(&admin, "config_import"), 1);

    // Whoever removes something wants it gone, whatever the file goes on to say.
    admin.delete("/centrals/haus").gives(204);
    admin.delete("/centrals/garten").gives(204);
    for section in names_of_sections(&folder) {
        admin.delete(&format!("/config/sections/{section}")).gives(204);
    }
    admin
        .post("/users", &json!({ "username": "ben", "password": "another password", "role": "admin" }))
        .gives(201);
    let ben = nobody.user("ben", "another password");
    ben.delete("/users/%C3%A4nne").gives(204);
    for fingerprint in names(&ben, "/auth/tokens/v2", "fingerprint") {
        ben.delete(&format!("/auth/tokens/v2/{fingerprint}")).gives(204);
    }
    let said = daemon.stop().log;
    for secret in ["central secret", "mqtt secret", "the first password", "a token of the file"] {
        assert!(!said.contains(secret), "{said}");
    }

    let daemon = folder.start();
    let ben = daemon.client().user("ben", "another password");
    assert_eq!(names(&ben, "/centrals", "name"), [""; 0]);
    assert_eq!(names_of_sections(&folder), [""; 0]);
    assert_eq!(names(&ben, "/users", "subject"), ["ben"]);
    assert_eq!(names(&ben, "/auth/tokens/v2", "fingerprint"), [""; 0]);
    daemon.client().token("a token of the file").get("/auth/me").gives(401);
    // What is not stored is what the file says; that is not a seeding.
    assert_eq!(names_of_sections(&folder), [""; 0]);
}

fn names_of_sections(folder: &DaemonFolder) -> Vec<String> {
    let stored = sqlite(&folder.database(), "SELECT section FROM config_sections ORDER BY section");
    stored.lines().map(str::to_owned).collect()
}

#[test]
fn a_file_that_changes_later_changes_nothing_of_the_state() {
    let folder = DaemonFolder::default();
    folder.start().stop();
    folder.configure(SEED);
    let daemon = folder.start();
    assert_eq!(daemon.client().get("/setup/status").gives(200).json()["required"], true);
    assert_eq!(sqlite(&folder.database(), "SELECT count(*) FROM centrals"), "0\n");
    assert_eq!(names_of_sections(&folder), [""; 0]);
}

#[test]
fn settings_that_were_imported_before_keep_no_account_of_the_file_away() {
    let folder = DaemonFolder::default();
    let exported = DaemonFolder::default();
    let daemon = exported.start();
    let admin = daemon.client().set_up();
    admin.post("/centrals", &json!({ "name": "imported", "host": "192.0.2.3" })).gives(201);
    daemon.stop();
    let document = exported.run("config export --config config.yaml").exits(0).stdout.clone();
    folder.configure(SEED);
    std::fs::create_dir(folder.data()).unwrap();
    std::fs::write(folder.path("document.json"), document).unwrap();
    folder.run("config import --config config.yaml document.json").exits(0);

    let daemon = folder.start();
    daemon.says("what the config file says of sections and centrals is passed over");
    let nobody = daemon.client();
    assert_eq!(nobody.get("/setup/status").gives(200).json()["required"], false);
    let admin = nobody.user("änne", "the first password");
    assert_eq!(names(&admin, "/centrals", "name"), ["imported"]);
    assert_eq!(nobody.token("a token of the file").get("/auth/me").gives(200).json()["role"], "operator");
    // Once is enough.
    assert!(!daemon.stop().log.contains("the first password"));
    assert!(!folder.start().stop().log.contains("passed over"));
}

#[test]
fn a_hash_in_the_file_is_a_password_already() {
    // A published test vector of bcrypt.
    let hash = "$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC";
    let folder = DaemonFolder::default();
    folder.configure(&format!("north: {{rest: {{auth: {{users: {{anna: \"{hash}\"}}}}}}}}\n"));
    let daemon = folder.start();
    daemon.client().user("anna", "abcdefghijklmnopqrstuvwxyz").get("/users").gives(200);
    daemon.client().user("anna", hash).get("/users").gives(401);
}
