//! Daemons as processes: a folder to run them in, the running binary, and waiting for what it does.
//!
//! | room | what lives there |
//! |---|---|
//! | [`client`] | requests over plain sockets |
//! | [`go_data_dir`] | what a Go daemon leaves |
//! | [`log`] | what a daemon wrote to standard error, line by line |
//! | [`small_disk`] | data dirs on a disk that runs full |
//!
//! A daemon listens on a free port of its own choice, which its log names. Does NOT know what a route answers.

pub mod client;
pub mod go_data_dir;
pub mod log;
pub mod small_disk;

use crate::data_dir::DATABASE;
use crate::run::{Outcome, loom, run};
use client::Client;
use log::Log;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// However slow a machine is, what is waited for has come by then; only a fault waits so long.
pub const LONG: Duration = Duration::from_secs(120);

/// A folder with `config.yaml`, in which daemons run with the data dir `var`. Gone when dropped.
#[derive(Debug)]
pub struct DaemonFolder {
    root: TempDir,
}

/// A running daemon. Killed when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
    log: Log,
    address: SocketAddr,
}

/// What a daemon that ended left behind.
#[derive(Debug)]
pub struct Ended {
    /// Exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Everything it wrote.
    pub log: String,
}

impl Default for DaemonFolder {
    fn default() -> Self {
        let folder = Self { root: TempDir::new().unwrap() };
        folder.configure("");
        folder
    }
}

impl DaemonFolder {
    /// The folder.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// A path below it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// The data dir; no daemon has run yet where it is missing.
    pub fn data(&self) -> PathBuf {
        self.path("var")
    }

    /// The main database.
    pub fn database(&self) -> PathBuf {
        self.data().join(DATABASE)
    }

    /// Writes `config.yaml` anew: the data dir, a free port, and `more`.
    pub fn configure(&self, more: &str) {
        let data = self.data();
        let text = format!("data_dir: \"{}\"\nlisten:\n  rest: \"127.0.0.1:0\"\n{more}", data.display());
        fs::write(self.path("config.yaml"), text).unwrap();
    }

    /// `openccu-loom` with these words, separated by blanks, to be run in the folder. Nothing of the user who runs the
    /// tests is found by it.
    pub fn command(&self, words: &str) -> Command {
        let mut command = loom(words.split_whitespace());
        command.current_dir(self.root()).env("HOME", self.root());
        for name in ["XDG_CONFIG_HOME", "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs `openccu-loom` with these words to its end.
    #[track_caller]
    pub fn run(&self, words: &str) -> Outcome {
        run(&mut self.command(words))
    }

    /// A start that is refused: the daemon has to end by itself.
    #[track_caller]
    pub fn refused(&self) -> Outcome {
        self.run("run --config config.yaml")
    }

    /// Starts a daemon and waits until it is ready.
    #[track_caller]
    pub fn start(&self) -> Daemon {
        Daemon::start(&mut self.command("run --config config.yaml"))
    }
}

impl Daemon {
    /// Starts a command that becomes a daemon and waits until it is ready.
    #[track_caller]
    pub fn start(command: &mut Command) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut child = child.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let log = Log::follow(child.stderr.take().unwrap());
        let Some(ready) = log.wait_for("daemon ready") else {
            _ = child.kill();
            panic!("the daemon did not start ({:?}): {}", child.wait(), log.text());
        };
        let address = ready["address"].as_str().unwrap().parse().unwrap();
        Self { child, log, address }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it says.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// A client that is not logged in.
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// Asserts that it says these words, or has said them.
    #[track_caller]
    pub fn says(&self, words: &str) {
        assert!(self.log.wait_for(words).is_some(), "`{words}` was not said: {}", self.log.text());
    }

    /// Sends a signal such as `TERM`.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    /// Waits until it has ended by itself.
    #[track_caller]
    pub fn ends(mut self) -> Ended {
        let status = eventually("an end of the daemon", || self.child.try_wait().unwrap());
        Ended { code: status.code(), log: self.log.all() }
    }

    /// Stops it as a service manager does; it has to end well.
    #[track_caller]
    pub fn stop(self) -> Ended {
        self.signal("TERM");
        let ended = self.ends();
        assert_eq!(ended.code, Some(0), "{}", ended.log);
        ended
    }

    /// Kills it on the spot; gives what it had said.
    pub fn kill(mut self) -> String {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.log.all()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// Sends a signal such as `TERM` to a process.
pub fn signal(pid: u32, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap();
    assert!(sent.success(), "{name} was not sent to {pid}");
}

/// Asks again and again until there is an answer.
#[track_caller]
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < LONG, "waited for {what} in vain");
        std::thread::sleep(Duration::from_millis(20));
    }
}
