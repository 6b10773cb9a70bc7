//! Simulated centrals beside a daemon that talks to them as to real ones, and what is asked of it about them.
//!
//! Does NOT judge what comes out; the claims do.

use crate::answer::Answer;
use crate::client::Client;
use crate::daemon::{Backend, TestDaemon};
use crate::jobs::{BETWEEN_LOOKS, WITHIN, idle, until};
use loom_sim_ccu::{Flavour, Interface, Sim, SimConfig};
use serde_json::{Map, Value, json};
use std::time::{Duration, Instant};

/// Both kinds of firmware.
pub const FLAVOURS: [Flavour; 2] = [Flavour::Stock, Flavour::OpenCcu];

/// Long enough to ask some questions meanwhile on a busy machine.
pub const A_WHILE: Duration = Duration::from_secs(3);

/// A central that is restarted in a moment and has five devices on each interface.
pub fn config(flavour: Flavour) -> SimConfig {
    let mut config = SimConfig::new(flavour).devices_everywhere(5);
    config.down_for = Duration::from_millis(150);
    config.booting_for = Duration::ZERO;
    config
}

/// A central of this flavour.
pub async fn central(flavour: Flavour) -> Sim {
    Sim::start(config(flavour)).await.unwrap()
}

/// A daemon that talks to centrals, and loses its patience within a second.
pub async fn daemon(backend: Backend) -> TestDaemon {
    daemon_with(backend, json!({})).await
}

/// The same, with `reliability` laid over.
pub async fn daemon_with(backend: Backend, reliability: Value) -> TestDaemon {
    TestDaemon::with(backend, settings(reliability)).await
}

/// The settings of such a daemon.
pub fn settings(reliability: Value) -> Value {
    let mut patience = json!({
        "connect_timeout": "500ms",
        "answer_timeout": "2s",
        "backup_first_byte_timeout": "1s",
        "idle_timeout": "500ms",
        "backup_total_timeout": "20s",
        "apply_timeout": "2s",
        "way_back_timeout": "10s",
        "settle_timeout": "0s",
        "retry_pause": "20ms",
        "backup_retry_pause": "10ms",
        "status_interval": "1h",
    });
    for (name, value) in reliability.as_object().into_iter().flatten() {
        patience[name] = value.clone();
    }
    json!({ "backends": { "ccu": "homematic" }, "reliability": patience })
}

/// How the configuration says where this central is.
pub fn row(name: &str, sim: &Sim) -> Value {
    let ports: Map<String, Value> = sim
        .rpc_addrs()
        .iter()
        .map(|(interface, at)| (interface.name().to_owned(), json!(at.port())))
        .collect();
    let interfaces: Vec<&str> = sim.rpc_addrs().keys().map(|interface| interface.name()).collect();
    json!({
        "name": name, "host": "127.0.0.1", "port": sim.web_addr().port(), "ports": ports, "interfaces": interfaces,
        "username": "Admin", "password_plain": "secret", "enabled": true,
    })
}

/// A daemon that knows one central by the name `ccu`, once it has read its devices.
pub async fn daemon_of(backend: Backend, sim: &Sim) -> TestDaemon {
    let daemon = daemon(backend).await;
    add(&daemon, "ccu", sim).await;
    daemon
}

/// The same, but it waits longer than `A_WHILE` for a backup to begin.
pub async fn patient_daemon_of(backend: Backend, sim: &Sim) -> TestDaemon {
    let daemon = daemon_with(backend, json!({ "backup_first_byte_timeout": "30s" })).await;
    add(&daemon, "ccu", sim).await;
    daemon
}

/// Tells a daemon of a central, and waits until it has read its devices: from then on it is left alone.
pub async fn add(daemon: &TestDaemon, name: &str, sim: &Sim) {
    let admin = daemon.as_admin();
    admin.post("/centrals", &row(name, sim)).await.expect(201);
    let settled = |status: &Value| status.get("refreshed_at").is_some();
    until(&admin, &format!("/centrals/{name}/status"), settled).await;
    idle(&admin).await;
}

/// Begins a backup of the only central; its id.
pub async fn begin(admin: &Client) -> String {
    let begun = Answer::of(admin.request("POST", "/backups")).await.expect(202).json();
    begun["id"].as_str().unwrap().to_owned()
}

/// Waits until a backup is over, and its job as well.
pub async fn ended(admin: &Client, id: &str) -> Value {
    let over = |entry: &Value| ["completed", "failed"].contains(&entry["state"].as_str().unwrap());
    let path = format!("/backups/{id}");
    until(admin, &path, over).await;
    idle(admin).await;
    admin.get(&path).await.expect(200).json()
}

/// Takes a backup of the only central; its entry.
pub async fn taken(admin: &Client) -> Value {
    let id = begin(admin).await;
    let entry = ended(admin, &id).await;
    assert_eq!(entry["state"], "completed", "{entry:#}");
    entry
}

/// The bytes of a backup.
pub async fn bytes(admin: &Client, id: &str) -> bytes::Bytes {
    admin.get(&format!("/backups/{id}/download")).await.expect(200).body
}

/// Begins a restore of a backup; the id of the restore.
pub async fn restoring(admin: &Client, id: &str, order: &Value) -> String {
    let begun = admin.post(&format!("/backups/{id}/restore"), order).await.expect(202).json();
    begun["restore"].as_str().unwrap().to_owned()
}

/// Waits until nothing happens any more with a restore, and its job is over.
pub async fn settled(admin: &Client, restore: &str) -> Value {
    let over = |entry: &Value| !["queued", "running"].contains(&entry["state"].as_str().unwrap());
    let path = format!("/restores/{restore}");
    until(admin, &path, over).await;
    idle(admin).await;
    admin.get(&path).await.expect(200).json()
}

/// Restores a backup and waits for its end.
pub async fn restored(admin: &Client, id: &str, order: &Value) -> Value {
    let restore = restoring(admin, id, order).await;
    settled(admin, &restore).await
}

/// Waits until nobody has a session of a central or has it make a backup.
pub async fn released(sim: &Sim) {
    let began = Instant::now();
    while (sim.observed().open_sessions, sim.observed().backups_running) != (0, 0) {
        assert!(began.elapsed() < WITHIN, "{:?}", sim.observed());
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

/// The devices of the interface all centrals have.
pub fn devices(sim: &Sim) -> usize {
    sim.device_count(Interface::HmIpRf)
}

/// A form with a file, and before it a text part for each of `texts`.
pub fn form(texts: &[(&str, &str)], part: &str, filename: &str, file: &[u8]) -> (String, Vec<u8>) {
    let boundary = "a-boundary-that-is-nowhere-else";
    let mut body = Vec::new();
    for (name, text) in texts {
        body.extend(
            format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
                .bytes(),
        );
    }
    let about = format!("form-data; name=\"{part}\"; filename=\"{filename}\"");
    body.extend(
        format!(
            "--{boundary}\r\nContent-Disposition: {about}\r\nContent-Type: application/octet-stream\r\n\r\n"
        )
        .bytes(),
    );
    body.extend(file);
    body.extend(format!("\r\n--{boundary}--\r\n").bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

/// Uploads a file.
pub async fn upload(client: &Client, texts: &[(&str, &str)], filename: &str, file: &[u8]) -> Answer {
    let (kind, body) = form(texts, "file", filename, file);
    Answer::of(client.request("POST", "/backups/upload").header("Content-Type", kind).body(body)).await
}
