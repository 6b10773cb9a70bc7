//! A daemon that is told of simulated centrals, and what is asked of it.
//!
//! Does NOT measure.

use crate::Outcome;
use crate::daemon::Daemon;
use loom_sim_ccu::Sim;
use reqwest::Method;
use serde_json::{Map, Value, json};
use std::path::Path;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// The token that every request shows.
const TOKEN: &str = "a-token-that-is-as-long-as-a-real-one-is-43";
const WITHIN: Duration = Duration::from_secs(120);
pub(super) const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// The daemon and the folder it lives in; both go when dropped.
pub(super) struct Bed {
    pub(super) daemon: Daemon,
    http: reqwest::Client,
    folder: TempDir,
}

impl Bed {
    /// A daemon that knows nobody yet.
    pub(super) fn start() -> Outcome<Self> {
        let folder = tempfile::tempdir_in("/var/tmp")?;
        let document = json!({
            "data_dir": folder.path().join("data"),
            "env_file": "-",
            "listen": { "rest": "127.0.0.1:0" },
            "north": { "rest": { "auth": { "tokens": { TOKEN: "admin" } } } },
            // Whoever lies is asked once more, and not in five minutes.
            "reliability": { "status_interval": "1h", "backup_retry_pause": "100ms" },
        });
        std::fs::write(folder.path().join("config.yaml"), document.to_string())?;
        let daemon = Daemon::start(folder.path())?;
        let http = reqwest::Client::builder().no_proxy().build()?;
        Ok(Self { daemon, http, folder })
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What a request is answered with.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Outcome<Value> {
        let mut request = self.http.request(method, self.daemon.url(path)).bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.header("Content-Type", "application/json").body(body.to_string());
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            return Err(format!("{path} is answered with {status}: {text}").into());
        }
        Ok(if text.is_empty() { Value::Null } else { serde_json::from_str(&text)? })
    }

    pub(super) async fn get(&self, path: &str) -> Outcome<Value> {
        self.ask(Method::GET, path, None).await
    }

    /// Tells it of a central.
    pub(super) async fn add(&self, name: &str, sim: &Sim) -> Outcome<()> {
        let ports: Map<String, Value> = sim
            .rpc_addrs()
            .iter()
            .map(|(interface, at)| (interface.name().to_owned(), json!(at.port())))
            .collect();
        let interfaces: Vec<&String> = ports.keys().collect();
        let row = json!({
            "name": name, "host": "127.0.0.1", "port": sim.web_addr().port(), "interfaces": interfaces, "ports": ports,
            "username": "Admin", "password_plain": "secret", "enabled": true,
        });
        self.ask(Method::POST, "/centrals", Some(row)).await.map(|_| ())
    }

    /// Waits until the devices of a central are read and nothing is left to do.
    pub(super) async fn settled(&self, name: &str) -> Outcome<()> {
        let began = Instant::now();
        loop {
            let status = self.get(&format!("/centrals/{name}/status")).await?;
            if status.get("refreshed_at").is_some() {
                return Ok(());
            }
            if began.elapsed() > WITHIN {
                return Err(format!("`{name}` stays as it is: {status}").into());
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
        }
    }

    /// Begins a backup of a central; its id.
    pub(super) async fn begin(&self, name: &str) -> Outcome<String> {
        let begun = self.ask(Method::POST, "/backups", Some(json!({ "central_name": name }))).await?;
        let id = begun["id"].as_str().ok_or("a backup without an id has begun")?;
        Ok(id.to_owned())
    }
}
