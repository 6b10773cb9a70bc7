//! What every story has: simulated centrals in this process, a folder, a daemon that is told of them, its admin, and
//! `openccu-loom ccu` run against it.
//!
//! Does NOT judge, but for secrets: no run and no log may say one.

use crate::central::Central;
use loom_e2e::daemon::client::{Client, PASSWORD};
use loom_e2e::daemon::{Daemon, DaemonFolder, Ended, eventually};
use loom_e2e::data_dir::sqlite;
use loom_e2e::run::{Outcome, run};
use loom_sim_ccu::SimConfig;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use tokio::runtime::Runtime;

/// Short where it lets a story wait, long where only a fault needs it.
pub(crate) const PATIENCE: &str = "
  answer_timeout: 30s
  apply_timeout: 60s
  backup_first_byte_timeout: 60s
  idle_timeout: 60s
  retry_pause: 50ms
  backup_retry_pause: 100ms
  settle_timeout: 0s
  status_interval: 200ms
";

/// One story.
pub(crate) struct Bed {
    /// Where the daemon runs.
    pub(crate) folder: DaemonFolder,
    /// An admin of it.
    pub(crate) admin: Client,
    daemon: Option<Daemon>,
    token: String,
    runtime: Runtime,
}

impl Bed {
    /// A daemon that knows no central yet.
    pub(crate) fn new() -> Self {
        Self::with(PATIENCE)
    }

    /// The same with another section `reliability`.
    pub(crate) fn with(patience: &str) -> Self {
        let folder = DaemonFolder::default();
        configure(&folder, patience);
        Self::begun(folder, |folder| folder.command("run --config config.yaml"))
    }

    /// The same with a command that becomes the first daemon.
    pub(crate) fn begun(folder: DaemonFolder, command: impl FnOnce(&DaemonFolder) -> Command) -> Self {
        let daemon = Daemon::start(&mut command(&folder));
        let admin = daemon.client().set_up();
        let token = admin.new_token("cli");
        let runtime = Runtime::new().unwrap();
        Self { folder, admin, daemon: Some(daemon), token, runtime }
    }

    /// A simulated central nobody is told of.
    pub(crate) fn stranger(&self, name: &str, config: SimConfig) -> Central {
        self.runtime.block_on(Central::start(name, config))
    }

    /// A simulated central the daemon is told of, once its devices are read.
    pub(crate) fn central(&self, name: &str, config: SimConfig) -> Central {
        let central = self.stranger(name, config);
        self.admin.post("/centrals", &central.row()).gives(201);
        self.devices_are_read(name);
        central
    }

    /// Waits until nothing happens any more around a central that is there.
    pub(crate) fn devices_are_read(&self, name: &str) {
        eventually("the devices to be read", || {
            let status = self.admin.get(&format!("/centrals/{name}/status")).gives(200).json();
            (status.get("refreshed_at").is_some() && status["state"] == "ready").then_some(())
        });
        self.idle();
    }

    /// Waits until a central is up.
    pub(crate) fn wait_until_ready(&self, central: &Central) {
        self.runtime.block_on(central.ready());
    }

    /// Waits until no job waits or runs.
    pub(crate) fn idle(&self) {
        eventually("the jobs to end", || {
            let jobs = self.admin.get("/jobs").gives(200).json();
            let open = jobs.as_array().unwrap().iter().any(|job| !has_ended(job));
            (!open).then_some(())
        });
    }

    /// The daemon.
    #[track_caller]
    pub(crate) fn daemon(&self) -> &Daemon {
        self.daemon.as_ref().unwrap()
    }

    /// Where CCU backups are kept.
    pub(crate) fn backups_folder(&self) -> PathBuf {
        self.folder.data().join("backups")
    }

    /// What lies there, but for the mark that keeps it out of archives.
    pub(crate) fn files(&self) -> Vec<String> {
        names(&self.backups_folder())
    }

    /// Runs `openccu-loom ccu` as the admin.
    #[track_caller]
    pub(crate) fn ccu(&self, words: &str) -> Outcome {
        self.ccu_as(&self.token, words)
    }

    /// The same as the owner of another token.
    #[track_caller]
    pub(crate) fn ccu_as(&self, token: &str, words: &str) -> Outcome {
        let url = format!("http://{}", self.daemon().address());
        let mut command = self.folder.command(&format!("ccu {words}"));
        run(command.env("OPENCCU_LOOM_URL", url).env("OPENCCU_LOOM_TOKEN", token))
    }

    /// Begins a backup; its id.
    #[track_caller]
    pub(crate) fn begin_backup(&self, central: &str) -> String {
        let begun = self.admin.post("/backups", &json!({ "central_name": central })).gives(202).json();
        begun["id"].as_str().unwrap().to_owned()
    }

    /// Takes a backup; its entry.
    #[track_caller]
    pub(crate) fn backup(&self, central: &str) -> Value {
        let entry = self.backup_ended(&self.begin_backup(central));
        assert_eq!(entry["state"], "completed", "{entry:#}");
        // The record ends a moment before the job does, which has the central to itself.
        self.idle();
        entry
    }

    /// Waits until a backup is over.
    #[track_caller]
    pub(crate) fn backup_ended(&self, id: &str) -> Value {
        eventually("the end of a backup", || {
            let entry = self.admin.get(&format!("/backups/{id}")).gives(200).json();
            has_ended(&entry).then_some(entry)
        })
    }

    /// Begins a restore of a backup to the central it is of; the id of the restore.
    #[track_caller]
    pub(crate) fn begin_restore(&self, backup: &str, order: &Value) -> String {
        let begun = self.admin.post(&format!("/backups/{backup}/restore"), order).gives(202).json();
        begun["restore"].as_str().unwrap().to_owned()
    }

    /// Waits until nothing happens any more with a restore.
    #[track_caller]
    pub(crate) fn restore_ended(&self, id: &str) -> Value {
        eventually("the end of a restore", || {
            let entry = self.admin.get(&format!("/restores/{id}")).gives(200).json();
            has_ended(&entry).then_some(entry)
        })
    }

    /// Kills the daemon on the spot; gives what it had said.
    pub(crate) fn kill(&mut self) -> String {
        self.daemon.take().unwrap().kill()
    }

    /// Stops it as a service manager does.
    #[track_caller]
    pub(crate) fn stop(&mut self) -> Ended {
        self.daemon.take().unwrap().stop()
    }

    /// Starts the next one.
    #[track_caller]
    pub(crate) fn start(&mut self) {
        let daemon = self.folder.start();
        self.admin = self.admin.at(daemon.address());
        self.daemon = Some(daemon);
    }

    /// Asks the database, whether or not a daemon runs.
    pub(crate) fn sql(&self, query: &str) -> String {
        sqlite(&self.folder.database(), &format!(".timeout 10000\n{query}")).trim().to_owned()
    }

    /// Asserts that nothing of `said` is a secret of the central, its daemon or the session between them.
    #[track_caller]
    pub(crate) fn kept_secret(&self, central: &Central, said: &str) {
        let own = [self.token.as_str(), PASSWORD].map(str::to_owned);
        for secret in central.secrets().into_iter().chain(own) {
            assert!(!said.contains(&secret), "`{secret}` was said: {said}");
        }
    }
}

/// Writes the configuration of a daemon that says everything it does.
pub(crate) fn configure(folder: &DaemonFolder, patience: &str) {
    folder.configure(&format!("logging:\n  level: debug\nreliability:{patience}"));
}

/// Names in a folder of backups, but for the mark that keeps it out of archives.
pub(crate) fn names(folder: &std::path::Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.retain(|name| name != ".nobackup");
    names.sort();
    names
}

fn has_ended(entry: &Value) -> bool {
    !["queued", "running"].contains(&entry["state"].as_str().unwrap())
}
