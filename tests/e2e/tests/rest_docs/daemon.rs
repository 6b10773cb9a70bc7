//! A daemon of the test's own: the built binary on a data dir, on a port the system chose.
//!
//! Does NOT read its log but for the line that names the port.

use loom_e2e::binary::binary;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A running daemon; killed when it is dropped.
pub(crate) struct Daemon {
    child: Child,
    address: SocketAddr,
}

impl Daemon {
    /// Starts one; it answers when this returns. Beside the data dir lies a config file for it.
    pub(crate) fn start(data_dir: &Path) -> Self {
        let folder = data_dir.parent().unwrap();
        let mut command = Command::new(binary());
        command.arg("run").current_dir(folder).env_clear().env("OPENCCU_LOOM_DATA_DIR", data_dir);
        command.env("OPENCCU_LOOM_CONFIG", folder.join("config.yaml"));
        command.env("OPENCCU_LOOM_REST_LISTEN", "127.0.0.1:0").env("HOME", folder);
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        let address = loop {
            line.clear();
            assert!(log.read_line(&mut line).unwrap() > 0, "the daemon ended before it was ready");
            let event: Value = serde_json::from_str(&line).unwrap_or_default();
            if event["msg"] == "daemon ready" {
                break event["address"].as_str().unwrap().parse().unwrap();
            }
        };
        let mut kept = File::options().create(true).append(true).open(folder.join("daemon.log")).unwrap();
        std::thread::spawn(move || std::io::copy(&mut log, &mut kept));
        Self { child, address }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops it as a service manager does.
    pub(crate) fn stop(mut self) {
        let pid = Pid::from_child(&self.child);
        kill_process(pid, Signal::TERM).unwrap();
        assert!(self.child.wait().unwrap().success(), "the daemon did not stop well");
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
