//! A running daemon with its own data dir and tokens of each role.
//!
//! Does NOT read the environment or a file of the machine it runs on.

use crate::client::{Client, Credential};
use loom_app::Environment;
use loom_app::SystemClock;
use loom_app::config::{DaemonConfig, Inputs};
use loom_app::daemon::Daemon;
use loom_app::telemetry::metrics::Metrics;

use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// Token of the role `admin` that every daemon but an unseeded one begins with.
pub const ADMIN_TOKEN: &str = "admin-token-that-is-as-long-as-a-real-one-is";
/// The same of the role `operator`.
pub const OPERATOR_TOKEN: &str = "operator-token-that-is-as-long-as-a-real-one";
/// The same of the role `viewer`.
pub const VIEWER_TOKEN: &str = "viewer-token-that-is-as-long-as-a-real-one-is";

/// What stands behind the ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// Every port in memory.
    Memory,
    /// SQLite and files in a temporary folder.
    Sqlite,
}

/// A daemon that runs in this process, and the folder it lives in.
pub struct TestDaemon {
    daemon: Option<Daemon>,
    document: Value,
    folder: TempDir,
    http: reqwest::Client,
}

impl TestDaemon {
    /// A daemon with one token per role and no user.
    pub async fn start(backend: Backend) -> Self {
        Self::with(backend, Value::Null).await
    }

    /// A daemon nobody has set up: no user, no token.
    pub async fn unseeded(backend: Backend) -> Self {
        Self::with(backend, json!({ "north": { "rest": { "auth": { "tokens": {} } } } })).await
    }

    /// Like [`start`](Self::start), with `settings` laid over the config file.
    pub async fn with(backend: Backend, settings: Value) -> Self {
        Self::prepared(backend, settings, async |_: &Path| {}).await
    }

    /// Like [`with`](Self::with); `prepare` is given the data dir before the daemon sees it.
    pub async fn prepared(backend: Backend, settings: Value, prepare: impl AsyncFnOnce(&Path)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut document = document(backend, &folder.path().join("data"));
        lay_over(&mut document, settings);
        std::fs::create_dir(folder.path().join("data")).unwrap();
        prepare(&folder.path().join("data")).await;
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy();
        let mut daemon = Self { daemon: None, document, folder, http: http.build().unwrap() };
        daemon.start_again().await;
        daemon
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.running().address()
    }

    /// Its data dir.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Every byte of every file in its data dir.
    pub fn bytes_at_rest(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for entry in std::fs::read_dir(self.data_dir()).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                bytes.extend(std::fs::read(path).unwrap());
            }
        }
        bytes
    }

    /// A caller without a credential.
    pub fn anonymous(&self) -> Client {
        self.client(Credential::None)
    }

    /// A caller with the token of an admin.
    pub fn as_admin(&self) -> Client {
        self.bearer(ADMIN_TOKEN)
    }

    /// A caller with the token of an operator.
    pub fn as_operator(&self) -> Client {
        self.bearer(OPERATOR_TOKEN)
    }

    /// A caller with the token of a viewer.
    pub fn as_viewer(&self) -> Client {
        self.bearer(VIEWER_TOKEN)
    }

    /// A caller with this token.
    pub fn bearer(&self, token: &str) -> Client {
        self.client(Credential::Bearer(token.to_owned()))
    }

    /// A caller with this name and password in each request.
    pub fn basic(&self, user: &str, password: &str) -> Client {
        self.client(Credential::Basic(user.to_owned(), password.to_owned()))
    }

    /// A caller with this credential.
    pub fn client(&self, credential: Credential) -> Client {
        Client::new(self.http.clone(), self.address(), credential)
    }

    /// A caller with a fresh token for `subject`.
    pub async fn token_of(&self, subject: &str, role: &str) -> Client {
        let asked = json!({ "subject": subject, "role": role });
        let created = self.as_admin().post("/auth/tokens/v2", &asked).await.expect(201).json();
        self.bearer(created["token"].as_str().unwrap())
    }

    /// Adds a user; the admin of all daemons asks for it.
    pub async fn add_user(&self, name: &str, password: &str, role: &str) {
        let asked = json!({ "username": name, "password": password, "role": role });
        self.as_admin().post("/users", &asked).await.expect(201);
    }

    /// Stops it as a signal would.
    pub async fn stop(&mut self) {
        self.daemon.take().unwrap().stop().await;
    }

    /// Starts it again after [`stop`](Self::stop), on another port.
    pub async fn start_again(&mut self) {
        let path = self.folder.path().join("config.yaml");
        std::fs::write(&path, self.document.to_string()).unwrap();
        let environment: Environment = Arc::new(|_| None);
        let inputs = Inputs {
            config: Some(&path),
            environment: &environment,
            working_dir: self.folder.path(),
            system_dir: self.folder.path(),
        };
        let config = DaemonConfig::load(&inputs).unwrap();
        let metrics = Metrics::new(Arc::new(SystemClock));
        self.daemon = Some(Daemon::start(config, metrics).await.unwrap());
    }

    fn running(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }
}

fn document(backend: Backend, data_dir: &Path) -> Value {
    let (state, keys, archives) = match backend {
        Backend::Memory => ("memory", "memory", "memory"),
        Backend::Sqlite => ("sqlite", "file", "folder"),
    };
    let tokens = json!({ ADMIN_TOKEN: "admin", OPERATOR_TOKEN: "operator", VIEWER_TOKEN: "viewer" });
    json!({
        "data_dir": data_dir,
        "env_file": "-",
        "listen": { "rest": "127.0.0.1:0" },
        "backends": { "state": state, "keys": keys, "archives": archives, "ccu": "none" },
        "north": { "rest": { "auth": { "tokens": tokens } } },
    })
}

/// Objects are merged, an empty one empties, `null` leaves all as it is, anything else replaces.
fn lay_over(document: &mut Value, settings: Value) {
    match (document, settings) {
        (Value::Object(document), Value::Object(settings)) if !settings.is_empty() => {
            for (key, value) in settings {
                lay_over(document.entry(key).or_insert(json!({})), value);
            }
        }
        (Value::Object(document), Value::Object(_)) => document.clear(),
        (_, Value::Null) => {}
        (document, settings) => *document = settings,
    }
}
