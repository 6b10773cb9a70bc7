//! The audit trail over HTTP: each change leaves one entry that says who did what, and none shows a secret.
//!
//! Does NOT look at what a refused change leaves beyond that it leaves nothing.

mod centrals;

use loom_adapter_sqlite::SqliteStateStore;
use loom_api_tests::client::Credential;
use loom_api_tests::{Answer, Backend, Client, Session, TestDaemon, ccu, jobs, on_each_backend};
use loom_app::http::list_routes;
use loom_domain::fabric::{Fabric, FabricIndex};
use loom_domain::ports::MatterFabrics;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

on_each_backend! {
    each_change_leaves_one_entry_with_who_and_what,
    a_refused_change_leaves_none,
    entries_are_found_by_what_they_are_about,
}

const SECRETS: [&str; 7] = [
    "secret-of-bob",
    "newer-secret-of-bob",
    "secret-of-ccu",
    "newer-of-ccu",
    "secret-of-mqtt",
    "secret-of-eve",
    "secret-of-the-house",
];

/// Carries requests out and holds the trail to one entry each.
struct Trail {
    daemon: TestDaemon,
    admin: Client,
    walked: BTreeSet<String>,
    entries: usize,
}

impl Trail {
    async fn entries(&self) -> Vec<Value> {
        self.daemon.as_admin().get("/audit").await.expect(200).json().as_array().unwrap().clone()
    }

    /// Sends a request as `client`; the template is that of the route.
    async fn walk(
        &mut self,
        client: &Client,
        (method, template, path): (&str, &str, &str),
        body: Option<Value>,
        (user, action, note): (&str, &str, &str),
    ) -> Answer {
        let request = client.request(method, path);
        let request = match &body {
            Some(body) => request.json(body),
            None => request,
        };
        self.walk_with((method, template, path), request, (user, action, note)).await
    }

    /// Sends a request that was put together elsewhere.
    async fn walk_with(
        &mut self,
        (method, template, path): (&str, &str, &str),
        request: reqwest::RequestBuilder,
        (user, action, note): (&str, &str, &str),
    ) -> Answer {
        let answer = Answer::of(request).await;
        assert!((200..300).contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.text());
        let entries = self.entries().await;
        assert_eq!(entries.len(), self.entries + 1, "{method} {path}: {:#?}", entries.first());
        let newest = &entries[0];
        assert_eq!((&newest["user"], &newest["action"]), (&json!(user), &json!(action)), "{method} {path}");
        let told = format!("{} {}", newest["note"].as_str().unwrap(), newest["central"]);
        assert!(told.contains(note) && told.contains("via "), "{method} {path}: {told}");
        self.entries = entries.len();
        self.walked.insert(format!("{method} /api/v1{template}"));
        answer
    }

    async fn by_admin(
        &mut self,
        route: (&str, &str, &str),
        body: Option<Value>,
        action: &str,
        note: &str,
    ) -> Answer {
        let admin = self.admin.clone();
        self.walk(&admin, route, body, ("ada", action, note)).await
    }
}

async fn plant_fabric(data_dir: &Path) {
    let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db")).unwrap();
    let at = "2024-05-06T07:08:09Z".parse().unwrap();
    let fabric = Fabric {
        index: FabricIndex::parse(1).unwrap(),
        fabric_id: vec![0, 0, 0, 0, 0, 0, 0xab, 1],
        node_id: vec![0, 0, 0, 0, 0, 0, 0, 2],
        root_public_key: vec![4; 65],
        root_cert: None,
        vendor_id: 0x1349,
        label: "home".to_owned(),
        compressed_id: vec![7; 8],
        created_at: at,
        updated_at: at,
    };
    store.create_fabric(&fabric).await.unwrap();
}

async fn each_change_leaves_one_entry_with_who_and_what(backend: Backend) {
    let prepare = async |data_dir: &Path| {
        if backend == Backend::Sqlite {
            plant_fabric(data_dir).await;
        }
    };
    let daemon = TestDaemon::prepared(backend, ccu::settings(json!({})), prepare).await;
    let admin = daemon.token_of("ada", "admin").await;
    let mut trail = Trail { daemon, admin, walked: BTreeSet::new(), entries: 0 };
    trail.entries = trail.entries().await.len();

    let user = json!({ "username": "bob", "password": SECRETS[0], "role": "operator" });
    trail.by_admin(("POST", "/users", "/users"), Some(user), "user_create", "bob").await;
    let login = Some(json!({ "username": "bob", "password": SECRETS[0] }));
    let stranger = trail.daemon.anonymous();
    let route = ("POST", "/auth/login", "/auth/login");
    let login = trail.walk(&stranger, route, login, ("bob", "login", "session")).await;
    let session = |answer: &Answer, csrf: &Answer| {
        let (id, csrf) = (answer.cookie("openccu_loom_session"), csrf.cookie("openccu_loom_csrf"));
        Session { id, csrf }
    };
    let bob = trail.daemon.client(Credential::Session(session(&login, &login)));
    let change = json!({ "current_password": SECRETS[0], "new_password": SECRETS[1] });
    let route = ("PATCH", "/auth/me/password", "/auth/me/password");
    let changed = trail.walk(&bob, route, Some(change), ("bob", "password_change", "session")).await;
    let bob = trail.daemon.client(Credential::Session(session(&changed, &login)));
    let route = ("POST", "/auth/logout", "/auth/logout");
    trail.walk(&bob, route, Some(json!({})), ("bob", "logout", "session")).await;
    let route = ("PATCH", "/users/{subject}", "/users/bob");
    trail.by_admin(route, Some(json!({ "role": "viewer" })), "user_update", "bob").await;
    trail.by_admin(("DELETE", "/users/{subject}", "/users/bob"), None, "user_delete", "bob").await;

    let asked = json!({ "subject": "bot", "role": "viewer" });
    let route = ("POST", "/auth/tokens/v2", "/auth/tokens/v2");
    let created = trail.by_admin(route, Some(asked), "token_create", "").await.json();
    let token = created["token"].as_str().unwrap().to_owned();
    let fingerprint = created["fingerprint"].as_str().unwrap();
    let path = format!("/auth/tokens/v2/{fingerprint}");
    let route = ("DELETE", "/auth/tokens/v2/{fingerprint}", path.as_str());
    trail.by_admin(route, None, "token_revoke", fingerprint).await;

    let central = json!({ "name": "ccu", "host": "192.0.2.7", "interfaces": [], "enabled": true,
        "username": "loom", "password_plain": SECRETS[2] });
    trail.by_admin(("POST", "/centrals", "/centrals"), Some(central), "central_create", "ccu").await;
    let central = json!({ "interfaces": ["HmIP-RF"], "enabled": false, "password_plain": SECRETS[3] });
    let route = ("PUT", "/centrals/{name}", "/centrals/ccu");
    trail.by_admin(route, Some(central), "central_update", "ccu").await;
    trail.by_admin(("DELETE", "/centrals/{name}", "/centrals/ccu"), None, "central_delete", "ccu").await;

    centrals::walk(&mut trail).await;

    let section = json!({ "broker_url": "tcp://192.0.2.8:1883", "password": SECRETS[4] });
    let route = ("PUT", "/config/sections/{section}", "/config/sections/north.mqtt");
    trail.by_admin(route, Some(section), "config_section_update", "north.mqtt").await;
    let route = ("DELETE", "/config/fields/{path}", "/config/fields/north.mqtt.broker_url");
    trail.by_admin(route, None, "config_field_reset", "north.mqtt").await;
    let path = "/config/export?secrets=included";
    trail.by_admin(("GET", "/config/export", path), None, "config_export", "with secrets").await;
    let route = ("DELETE", "/config/sections/{section}", "/config/sections/north.mqtt");
    trail.by_admin(route, None, "config_section_delete", "north.mqtt").await;
    let document = json!({ "exported_at": "2026-06-08T12:00:00Z", "daemon_version": "0.63.0", "centrals": [],
        "sections": { "north.mqtt": { "password": SECRETS[5] } }, "users": [], "tokens": [] });
    let route = ("POST", "/config/import", "/config/import");
    trail.by_admin(route, Some(document), "config_import", "").await;

    let route = ("POST", "/state-backups", "/state-backups");
    let begun = trail.by_admin(route, Some(json!({})), "state_backup_create", "").await;
    let (id, job) = (begun.json()["id"].clone(), begun.json()["job"].clone());
    let (id, job) = (id.as_str().unwrap(), job.as_str().unwrap());
    jobs::completed(&trail.admin, job).await;
    let path = format!("/state-backups/{id}/verify");
    let route = ("POST", "/state-backups/{id}/verify", path.as_str());
    let verifying = trail.by_admin(route, None, "state_backup_verify", id).await.json();
    jobs::completed(&trail.admin, verifying["id"].as_str().unwrap()).await;
    let path = format!("/state-backups/{id}/download");
    let route = ("GET", "/state-backups/{id}/download", path.as_str());
    trail.by_admin(route, None, "state_backup_download", id).await;
    let path = format!("/state-backups/{id}");
    let route = ("DELETE", "/state-backups/{id}", path.as_str());
    trail.by_admin(route, None, "state_backup_delete", id).await;
    if backend == Backend::Sqlite {
        keys(&mut trail).await;
    }
    if backend == Backend::Sqlite {
        let route = ("DELETE", "/matter/fabrics/{id}", "/matter/fabrics/1");
        trail.by_admin(route, None, "matter_fabric_revoke", "fabric 1").await;
    }

    let text = trail.daemon.as_admin().get("/audit?limit=10000").await.expect(200).text();
    for secret in SECRETS.into_iter().chain([token.as_str()]) {
        assert!(!text.contains(secret), "`{secret}` is in the audit trail");
    }
    let changing = list_routes().into_iter().filter(|route| route.method != "GET");
    let changing = changing.map(|route| format!("{} {}", route.method, route.path));
    let mut missing: BTreeSet<_> = changing.filter(|route| !trail.walked.contains(route)).collect();
    // It works only where nobody has been, and its entry is looked at below.
    assert!(missing.remove("POST /api/v1/setup"));
    if backend == Backend::Memory {
        // A key in memory is not changed.
        assert!(missing.remove("POST /api/v1/keys/rotate"));
        assert!(missing.remove("DELETE /api/v1/keys/old/{name}"));
        // No route makes a fabric.
        assert!(missing.remove("DELETE /api/v1/matter/fabrics/{id}"));
    }
    assert_eq!(missing, BTreeSet::new(), "nobody looked at the entries of these");

    let fresh = TestDaemon::unseeded(backend).await;
    let setup = json!({ "admin": { "username": "eve", "password": SECRETS[5] },
        "locale": { "locale": "de", "theme": "dark" } });
    fresh.anonymous().post("/setup", &setup).await.expect(204);
    let entries = fresh.basic("eve", SECRETS[5]).get("/audit?op=setup").await.expect(200).json();
    assert_eq!(entries.as_array().unwrap().len(), 1);
    assert_eq!((&entries[0]["user"], &entries[0]["note"]), (&json!("anonymous"), &json!("eve, via setup")));
}

/// The entry of a rotation is written together with the values, so it comes with the end of the job.
async fn keys(trail: &mut Trail) {
    let begun = trail.admin.post("/keys/rotate", &json!({})).await.expect(202).json();
    jobs::completed(&trail.admin, begun["id"].as_str().unwrap()).await;
    let entries = trail.entries().await;
    assert_eq!(entries.len(), trail.entries + 1);
    assert_eq!((&entries[0]["user"], &entries[0]["action"]), (&json!("ada"), &json!("key_rotate")));
    trail.entries = entries.len();
    trail.walked.insert("POST /api/v1/keys/rotate".to_owned());
    let keys = trail.admin.get("/keys").await.expect(200).json();
    let old = keys["old_keys"][0]["name"].as_str().unwrap().to_owned();
    let path = format!("/keys/old/{old}");
    trail.by_admin(("DELETE", "/keys/old/{name}", &path), None, "key_retire", &old).await;
}

#[tokio::test]
async fn a_change_after_which_nothing_can_be_read_leaves_its_entry() {
    let daemon = TestDaemon::start(Backend::Sqlite).await;
    let admin = daemon.as_admin();
    let central = |name: &str| json!({ "name": name, "host": "h", "interfaces": [], "enabled": true });
    admin.post("/centrals", &central("one")).await.expect(201);
    let broken = "UPDATE centrals SET interfaces_json = 'broken' WHERE name = 'one'";
    let database = daemon.data_dir().join("openccu-loom.db");
    assert!(Command::new("sqlite3").arg(database).arg(broken).status().unwrap().success());
    // Written, and then all centrals are looked at.
    admin.post("/centrals", &central("two")).await.problem(500, "internal");
    admin.delete("/centrals/two").await.problem(500, "internal");
    for action in ["central_create", "central_delete"] {
        let audit = admin.get(&format!("/audit?op={action}&central=two")).await.expect(200).json();
        assert_eq!(audit.as_array().unwrap().len(), 1, "{action}");
    }
}

async fn a_refused_change_leaves_none(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let before = admin.get("/audit").await.json();
    for (method, path, body) in [
        ("POST", "/users", json!({ "username": "a b", "password": "p", "role": "viewer" })),
        ("PATCH", "/users/nobody", json!({ "role": "viewer" })),
        ("DELETE", "/users/nobody", json!(null)),
        ("DELETE", "/auth/tokens/v2/nothing", json!(null)),
        ("POST", "/centrals", json!({ "name": "a b", "host": "h" })),
        ("PUT", "/centrals/nothing", json!({ "enabled": true, "interfaces": [] })),
        ("PUT", "/config/sections/locale", json!({ "locale": 7 })),
        ("DELETE", "/config/fields/nothing", json!(null)),
        ("DELETE", "/state-backups/nothing", json!(null)),
        ("DELETE", "/keys/old/nothing", json!(null)),
        ("POST", "/keys/rotate", json!({ "to": "env" })),
        ("POST", "/backups", json!({})),
        ("POST", "/backups/upload", json!({})),
        ("POST", "/backups/nothing/verify", json!({})),
        ("POST", "/backups/nothing/cancel", json!({})),
        ("POST", "/backups/nothing/restore", json!({ "confirm": "ccu" })),
        ("POST", "/restores/nothing/resume", json!({})),
        ("POST", "/centrals/nothing/test", json!({})),
        ("POST", "/centrals/nothing/refresh", json!({})),
        ("DELETE", "/matter/fabrics/7", json!(null)),
        ("POST", "/auth/login", json!({ "username": "ada", "password": "wrong" })),
        ("POST", "/config/import", json!({ "sections": { "nothing": {} } })),
    ] {
        let answer = Answer::of(admin.request(method, path).json(&body)).await;
        assert!((400..500).contains(&answer.status), "{method} {path}: {}", answer.status);
        let kept_out = Answer::of(daemon.as_viewer().request(method, path).json(&body)).await;
        assert!((400..500).contains(&kept_out.status), "{method} {path}: {}", kept_out.status);
    }
    assert_eq!(admin.get("/audit").await.json(), before);
}

async fn entries_are_found_by_what_they_are_about(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.token_of("ada", "admin").await;
    for name in ["one", "two"] {
        let central = json!({ "name": name, "host": "h", "interfaces": [], "enabled": true });
        admin.post("/centrals", &central).await.expect(201);
    }
    let find = async |query: &str| {
        let entries = admin.get(&format!("/audit?{query}")).await.expect(200).json();
        entries.as_array().unwrap().clone()
    };
    assert_eq!(find("central=two").await.len(), 1);
    assert_eq!(find("central=three").await.len(), 0);
    assert_eq!(find("op=central_").await.len(), 2);
    let newest = find("limit=1").await;
    assert_eq!((newest.len(), &newest[0]["central"]), (1, &json!("two")));
    let at = newest[0]["timestamp"].as_str().unwrap();
    assert!(find(&format!("since={at}")).await.iter().any(|entry| entry["central"] == "two"));
    assert!(find(&format!("until={at}")).await.iter().all(|entry| entry["central"] != "two"));
    let all = find("limit=10000").await;
    let numbers: Vec<_> = all.iter().map(|entry| entry["id"].as_i64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|newer, older| newer > older), "{numbers:?}");
}
