//! The first day of a new user, to the end: set up, fill, back up beside a writer, and bring it all back elsewhere.

use crate::{Writer, audited, central, write};
use loom_e2e::daemon::DaemonFolder;
use loom_e2e::daemon::client::{ADMIN, PASSWORD};
use loom_e2e::data_dir::sqlite;
use loom_e2e::sealing::{open_v2, read_key_file};
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::thread;

const SECRET: &str = "the password of the central";

#[test]
fn what_a_new_user_makes_is_sealed_backed_up_beside_a_writer_and_comes_back_elsewhere() {
    let here = DaemonFolder::default();
    let daemon = here.start();
    let nobody = daemon.client();
    assert_eq!(nobody.get("/setup/status").gives(200).json(), json!({ "required": true }));
    let admin = nobody.set_up();
    let again = json!({ "admin": { "username": "eve", "password": PASSWORD }, "locale": { "locale": "de", "theme": "dark" } });
    nobody.post("/setup", &again).gives(409);

    let login = json!({ "username": ADMIN, "password": PASSWORD });
    let opened = nobody.post("/auth/login", &login);
    let cookie = format!("openccu_loom_session={}", opened.gives(200).cookie("openccu_loom_session"));
    let session = nobody.with("Cookie", cookie.as_str());
    assert_eq!(session.get("/auth/me").gives(200).json()["scheme"], "session");
    let token = nobody.user(ADMIN, PASSWORD).new_token("grafana");

    admin.post("/centrals", &central("haus", SECRET)).gives(201);
    let listed = admin.get("/centrals").gives(200).text();
    assert!(listed.contains("\"haus\"") && !listed.contains(SECRET), "{listed}");
    assert_sealed(&here.data());

    let stop = AtomicBool::new(false);
    let (id, last) = thread::scope(|scope| {
        let writer = Writer::start(scope, &stop, &admin);
        let id = admin.take_backup();
        here.run("backup create --config config.yaml --out cli.tar.gz").exits(0);
        (id, writer.stop())
    });
    let downloaded = admin.get(&format!("/state-backups/{id}/download"));
    fs::write(here.path("rest.tar.gz"), &downloaded.gives(200).body).unwrap();
    assert_eq!(downloaded.body, fs::read(here.data().join("state-backups").join(&id)).unwrap());
    let verify = admin.post(&format!("/state-backups/{id}/verify"), &json!({})).gives(202).json();
    let verdict = admin.job(verify["id"].as_str().unwrap());
    assert_eq!((&verdict["state"], &verdict["result"]["verdict"]), (&json!("completed"), &json!("ok")));
    for word in ["setup", "login", "token_create", "central_create", "state_backup_create"] {
        assert!(audited(&admin, word) > 0, "{word}");
    }
    assert_eq!(i64::try_from(audited(&admin, "config_section_update")).unwrap(), last - 1);
    let said = daemon.stop().log;
    assert!(!said.contains(SECRET) && !said.contains(PASSWORD) && !said.contains(&token), "{said}");

    for archive in ["rest.tar.gz", "cli.tar.gz"] {
        let told = here.run(&format!("backup verify --json {archive}")).exits(0).json();
        let sealed = &told["sealed_values"];
        assert_eq!(
            (&sealed["total"], &sealed["unreadable"], &sealed["v2"]),
            (&json!(1), &json!(0), &json!(1))
        );
        let elsewhere = DaemonFolder::default();
        fs::copy(here.path(archive), elsewhere.path("a.tar.gz")).unwrap();
        elsewhere.run("backup restore --data-dir var a.tar.gz").exits(0);
        comes_back(&elsewhere, &token, &cookie, last);
    }
}

/// Starts a daemon on a restored state and looks at everything the user made.
#[track_caller]
fn comes_back(folder: &DaemonFolder, token: &str, cookie: &str, last: i64) {
    let daemon = folder.start();
    let nobody = daemon.client();
    assert_eq!(nobody.get("/setup/status").gives(200).json(), json!({ "required": false }));
    nobody.post("/auth/login", &json!({ "username": ADMIN, "password": PASSWORD })).gives(200);
    nobody.post("/auth/login", &json!({ "username": ADMIN, "password": "another" })).gives(401);
    nobody.with("Cookie", cookie).get("/auth/me").gives(200);
    let admin = nobody.token(token);
    assert_eq!(admin.get("/auth/me").gives(200).json()["subject"], "grafana");
    assert_eq!(admin.get("/centrals/haus").gives(200).json()["username"], "loom");
    assert_eq!(admin.health_of("config.secrets")["status"], "healthy");
    assert_sealed(&folder.data());
    // One instant: the section and the entries about it are from the same moment, the entry may just not be there yet.
    let updates = i64::try_from(audited(&admin, "config_section_update")).unwrap();
    let version = write(&admin, "dark") - 1;
    assert!(version > 1 && version <= last, "{version} of {last}");
    assert!([version - 1, version - 2].contains(&updates), "{updates} entries of version {version}");
    assert_eq!(audited(&admin, "central_create"), 1);
    daemon.stop();
}

/// The password of the central is nowhere in clear, and opens with the key of its data dir.
#[track_caller]
fn assert_sealed(data: &Path) {
    let database = data.join("openccu-loom.db");
    for file in [database.clone(), data.join("openccu-loom.db-wal")] {
        let bytes = fs::read(&file).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|part| part == SECRET.as_bytes()), "{}", file.display());
    }
    let stored = sqlite(&database, "SELECT password_plain FROM centrals");
    let (key, place) = (read_key_file(&data.join("secret.key")), ["centrals", "haus", "password_plain"]);
    assert_eq!(open_v2(key, place, stored.trim()).as_deref(), Some(SECRET));
}
