//! Bodies field by field: the names and types that clients of other OpenCCU-Loom daemons know.
//!
//! Does NOT compare values. A field marked `ours` is one that other daemons do not send; clients pass it over.

use loom_api_tests::shape::Shape::{Any, Bool, Int, List, Object, Text, Time, Word};
use loom_api_tests::shape::{Shape, always, fits, maybe};
use loom_api_tests::{Backend, TestDaemon, on_each_backend};
use serde_json::{Value, json};

on_each_backend! {
    info_and_health_have_the_fields_clients_know,
    identities_users_and_tokens_have_the_fields_clients_know,
    centrals_have_the_fields_clients_know,
    settings_have_the_fields_clients_know,
    audit_entries_have_the_fields_clients_know,
    figures_are_those_a_prometheus_reads,
    lists_without_entries_are_empty_lists,
}

const ROLE: Shape = Word(&["viewer", "operator", "admin"]);
const STATUS: Shape = Word(&["healthy", "degraded", "unhealthy", "unknown"]);

const INFO: Shape = Object(&[
    always("version", Text),
    always("commit", Text),
    always("build_date", Text),
    always("addon_build", Bool),
    always("uptime", Int),
    always("started_at", Time),
    always("config_ui_url", Text),
    always("api_version", Text),
    always("schema_digest", Text),
    always("capabilities", List(&Text)),
]);
const HEALTH: Shape = Object(&[
    always("status", STATUS),
    always(
        "components",
        List(&Object(&[
            always("name", Text),
            always("status", STATUS),
            maybe("note", Text),
            maybe("note_key", Text),
            always("recorded_at", Time),
        ])),
    ),
]);
const SETUP_STATUS: Shape = Object(&[always("required", Bool)]);
const IDENTITY: Shape = Object(&[
    always("subject", Text),
    always("role", ROLE),
    always("scheme", Word(&["basic", "bearer", "session", "oidc", "ingress"])),
]);
const USER: Shape = Object(&[
    always("subject", Text),
    always("role", ROLE),
    always("created_at", Time),
    maybe("last_seen_at", Time),
]);
const CREATED_USER: Shape =
    Object(&[always("subject", Text), always("role", ROLE), always("created_at", Time)]);
const LEGACY_USER: Shape = Object(&[always("username", Text), always("role", ROLE)]);
const TOKEN: Shape = Object(&[
    always("fingerprint", Text),
    always("subject", Text),
    always("role", ROLE),
    always("created_at", Time),
    maybe("last_seen_at", Time),
    maybe("expires_at", Time),
]);
const CREATED_TOKEN: Shape = Object(&[
    always("token", Text),
    always("fingerprint", Text),
    always("subject", Text),
    always("role", ROLE),
    maybe("expires_at", Time),
]);
const CENTRAL: Shape = Object(&[
    always("name", Text),
    always("host", Text),
    maybe("serial", Text),
    maybe("port", Int),
    maybe("json_rpc_port", Int),
    maybe("username", Text),
    maybe("password_env", Text),
    maybe("password_plain", Text),
    maybe("tls", Bool),
    maybe("tls_insecure_skip_verify", Bool),
    maybe("primary_interface", Text),
    always("interfaces", List(&Text)),
    always("ports", Any),
    always("visibility", Any),
    always("behavior", Any),
    always("enabled", Bool),
    maybe("created_at", Time),
    maybe("updated_at", Time),
    maybe("system_type", Text),
    maybe("api_token_env", Text),
    maybe("api_token_plain", Text),
    maybe("api_token_file", Text),
    maybe("tls_fingerprint", Text),
]);
const SNAPSHOT: Shape = Object(&[
    always("locale", Text),
    always(
        "centrals",
        List(&Object(&[always("name", Text), always("host", Text), always("interfaces", List(&Text))])),
    ),
    always("callback_ports", Any),
    always("features", Any),
    always("extras", Any),
    always("policies", Any),
]);
const SCHEMA: Shape = Object(&[
    always("sections", List(&Text)),
    // Ours.
    always("open_sections", List(&Text)),
    always(
        "fields",
        List(&Object(&[
            always("path", Text),
            always("class", Word(&["basic", "expert", "secret"])),
            always("go_type", Text),
            always("restart_required", Bool),
            maybe("default", Any),
            // Ours.
            maybe("section", Text),
            always("description", Text),
        ])),
    ),
]);
const EFFECTIVE: Shape = Object(&[always("config", Any), always("sources", Any)]);
const WRITTEN_SECTION: Shape = Object(&[
    always("section", Text),
    always("version", Int),
    always("updated_at", Time),
    always("restart_required", Bool),
]);
const AUDIT_ENTRY: Shape = Object(&[
    always("id", Int),
    always("timestamp", Time),
    always("action", Text),
    maybe("user", Text),
    maybe("central", Text),
    maybe("device_address", Text),
    maybe("channel_no", Int),
    maybe("paramset", Text),
    maybe("peer", Text),
    maybe("parameter", Text),
    maybe("note", Text),
    maybe("changes", List(&Object(&[always("parameter", Text), maybe("before", Any), maybe("after", Any)]))),
]);

fn at_least_one(value: &Value) {
    assert!(value.as_array().is_some_and(|items| !items.is_empty()), "{value}");
}

async fn info_and_health_have_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for client in [daemon.anonymous(), daemon.as_admin()] {
        let info = client.get("/info").await.expect(200).json();
        fits(&info, INFO);
        for capability in ["rest.v1", "ws.broadcasts.v1", "errors.problem_details.v1"] {
            assert!(info["capabilities"].as_array().unwrap().contains(&json!(capability)));
        }
        assert!(info["schema_digest"].as_str().unwrap().starts_with("sha256:"));
        let health = client.get("/health").await.expect(200).json();
        fits(&health, HEALTH);
        let names: Vec<_> =
            health["components"].as_array().unwrap().iter().map(|part| &part["name"]).collect();
        for name in ["config.secrets", "config.overlay"] {
            assert!(names.contains(&&json!(name)), "{names:?}");
        }
    }
    let status = daemon.anonymous().get("/setup/status").await.expect(200).json();
    fits(&status, SETUP_STATUS);
}

async fn identities_users_and_tokens_have_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let new = json!({ "username": "ada", "password": "correct horse", "role": "operator" });
    let created = admin.post("/users", &new).await.expect(201).json();
    fits(&created, CREATED_USER);
    let login = json!({ "username": "ada", "password": "correct horse" });
    fits(&daemon.anonymous().post("/auth/login", &login).await.expect(200).json(), IDENTITY);
    fits(&admin.get("/auth/me").await.expect(200).json(), IDENTITY);
    let users = admin.get("/users").await.expect(200).json();
    at_least_one(&users);
    fits(&users, List(&USER));
    fits(&admin.get("/users/ada").await.expect(200).json(), USER);
    fits(&admin.get("/auth/users").await.expect(200).json(), List(&LEGACY_USER));
    for new in [
        json!({ "subject": "bot", "role": "viewer" }),
        json!({ "subject": "bot", "role": "viewer", "expires_in_days": 3 }),
    ] {
        let created = admin.post("/auth/tokens/v2", &new).await.expect(201).json();
        fits(&created, CREATED_TOKEN);
        assert_eq!(created.get("expires_at").is_some(), new.get("expires_in_days").is_some());
        let path = format!("/auth/tokens/v2/{}", created["fingerprint"].as_str().unwrap());
        fits(&admin.get(&path).await.expect(200).json(), TOKEN);
    }
    let tokens = admin.get("/auth/tokens/v2").await.expect(200).json();
    at_least_one(&tokens);
    fits(&tokens, List(&TOKEN));
}

async fn centrals_have_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let full = json!({
        "name": "full", "host": "192.0.2.7", "serial": "ABC1234567", "port": 80, "json_rpc_port": 443,
        "username": "loom", "password_plain": "a secret", "tls": true, "tls_insecure_skip_verify": true,
        "primary_interface": "HmIP-RF", "interfaces": ["HmIP-RF"], "ports": { "HmIP-RF": 2010 },
        "visibility": { "un_ignore": ["X"] }, "behavior": {}, "enabled": true,
    });
    let created = admin.post("/centrals", &full).await.expect(201);
    assert!(!created.header("etag").is_empty());
    fits(&created.json(), CENTRAL);
    let least = json!({ "name": "least", "host": "192.0.2.8" });
    fits(&admin.post("/centrals", &least).await.expect(201).json(), CENTRAL);
    for client in [&admin, &daemon.as_operator(), &daemon.as_viewer()] {
        let list = client.get("/centrals").await.expect(200).json();
        assert_eq!(list.as_array().map(Vec::len), Some(2));
        fits(&list, List(&CENTRAL));
        fits(&client.get("/centrals/full").await.expect(200).json(), CENTRAL);
    }
    let shown = admin.get("/centrals/full").await.json();
    for (key, value) in full.as_object().unwrap() {
        let wanted = if key == "password_plain" { &json!("***") } else { value };
        assert_eq!(&shown[key], wanted, "{key}");
    }
    let below = daemon.as_viewer().get("/centrals/full").await.json();
    assert_eq!((&below["host"], &below["password_plain"]), (&json!(""), &json!("***")));
    for key in ["port", "json_rpc_port", "username", "tls", "tls_insecure_skip_verify"] {
        assert!(below.get(key).is_none(), "a viewer sees `{key}`: {below}");
    }
    let unchanged = json!({ "enabled": false, "interfaces": [] });
    let answer = admin.put("/centrals/full", &unchanged).await.expect(204);
    assert!(answer.body.is_empty());
    assert_eq!(admin.get("/centrals/full").await.json()["password_plain"], "***");
    let cleared = json!({ "enabled": false, "interfaces": [], "password_plain": "" });
    admin.put("/centrals/full", &cleared).await.expect(204);
    assert!(admin.get("/centrals/full").await.json().get("password_plain").is_none());
}

async fn settings_have_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    admin.post("/centrals", &json!({ "name": "ccu", "host": "192.0.2.8" })).await.expect(201);
    for client in [daemon.as_viewer(), daemon.as_admin()] {
        fits(&client.get("/config").await.expect(200).json(), SNAPSHOT);
        let schema = client.get("/config/schema").await.expect(200).json();
        fits(&schema, SCHEMA);
        at_least_one(&schema["fields"]);
        client.get("/system/restart-pending").await.expect(200);
        client.get("/system/config-changes").await.expect(200);
    }
    let section = json!({ "broker_url": "tcp://192.0.2.8:1883", "password": "a secret" });
    let written = admin.put("/config/sections/north.mqtt", &section).await.expect(200);
    fits(&written.json(), WRITTEN_SECTION);
    assert_eq!(written.json()["version"], 1);
    let shown = admin.get("/config/sections/north.mqtt").await.expect(200);
    assert_eq!(shown.header("etag"), written.header("etag"));
    assert_eq!(
        (&shown.json()["password"], &shown.json()["broker_url"]),
        (&json!("***"), &section["broker_url"])
    );
    let effective = admin.get("/config/effective").await.expect(200).json();
    fits(&effective, EFFECTIVE);
    assert_eq!(effective["config"]["north"]["mqtt"]["password"], "***");
    for (path, source) in effective["sources"].as_object().unwrap() {
        assert!(
            ["bootstrap", "db", "env", "default"].contains(&source.as_str().unwrap()),
            "{path}: {source}"
        );
    }
    assert_eq!(effective["sources"]["north.mqtt.broker_url"], "db");
    admin.get("/config/sections/nothing").await.problem(400, "validation");
    admin.get("/config/sections/locale").await.problem(404, "not_found");
    let kept = json!({ "password": "***", "broker_url": null });
    admin.put("/config/sections/north.mqtt", &kept).await.expect(200);
    assert_eq!(admin.get("/config/sections/north.mqtt").await.json()["password"], "***");
    admin.put("/config/sections/north.mqtt", &json!({ "password": "" })).await.expect(200);
    let cleared = admin.get("/config/sections/north.mqtt").await.json();
    assert!(["", "null"].contains(&cleared["password"].as_str().unwrap_or("null")), "{cleared}");
    for _ in 0..2 {
        admin.delete("/config/sections/north.mqtt").await.expect(204);
    }
}

async fn audit_entries_have_the_fields_clients_know(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let admin = daemon.as_admin();
    let central = json!({ "name": "ccu", "host": "192.0.2.8", "password_plain": "a secret" });
    admin.post("/centrals", &central).await.expect(201);
    admin.put("/config/sections/locale", &json!({ "locale": "de" })).await.expect(200);
    let entries = admin.get("/audit").await.expect(200).json();
    fits(&entries, List(&AUDIT_ENTRY));
    let create =
        entries.as_array().unwrap().iter().find(|entry| entry["action"] == "central_create").unwrap();
    let of_host = json!({ "parameter": "host", "after": "192.0.2.8" });
    assert!(create["changes"].as_array().unwrap().contains(&of_host), "{create}");
}

async fn figures_are_those_a_prometheus_reads(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let inside = daemon.as_viewer().get("/metrics").await.expect(200);
    assert!(inside.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = inside.text();
    for name in ["config_secrets_plaintext 0", "config_overlay_failed 0", "config_unroutable_centrals 0"] {
        assert!(text.lines().any(|line| line == name), "no line `{name}` in\n{text}");
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (_, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
    }
    let outside = loom_api_tests::Answer::of(daemon.as_viewer().outside("GET", "/metrics")).await.expect(200);
    assert_eq!(outside.header("content-type"), inside.header("content-type"));
}

async fn lists_without_entries_are_empty_lists(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for path in [
        "/users",
        "/auth/users",
        "/centrals",
        "/backups",
        "/restores",
        "/status/centrals",
        "/state-backups",
        "/jobs",
        "/system/config-changes",
    ] {
        assert_eq!(daemon.as_admin().get(path).await.expect(200).json(), json!([]), "{path}");
    }
    let devices = daemon.as_viewer().get("/devices").await.expect(200).json();
    assert_eq!(devices, json!({ "items": [], "page": 1, "per_page": 100, "total": 0 }));
    let fabrics = daemon.as_viewer().get("/matter/fabrics").await.expect(200).json();
    assert_eq!(fabrics, json!({ "fabrics": [] }));
}
