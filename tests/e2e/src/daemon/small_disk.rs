//! Daemons whose data dir is a small or broken disk, in a mount namespace that ends with them.
//!
//! Does NOT check that mounting is allowed: tests that use it say so where they are ignored.

use super::{Daemon, DaemonFolder};
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A daemon's command, run where `mount` has mounted something on its data dir `$1`.
pub fn mounted(folder: &DaemonFolder, mount: &str) -> Command {
    fs::create_dir_all(folder.data()).unwrap();
    let daemon = folder.command("run --config config.yaml");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "bash", "-euc"]);
    command.arg(format!("{mount}; shift; exec \"$@\"")).arg("bash").arg(folder.data());
    command.arg(daemon.get_program()).args(daemon.get_args()).current_dir(folder.root());
    for (name, value) in daemon.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// A file on the disk as the daemon sees it.
pub fn inside(daemon: &Daemon, folder: &DaemonFolder, name: &str) -> PathBuf {
    let data = folder.data();
    PathBuf::from(format!("/proc/{}/root", daemon.pid())).join(data.strip_prefix("/").unwrap()).join(name)
}

/// Takes the room that is left.
pub fn fill(path: &Path) {
    let mut file = File::create(path).unwrap();
    for size in [64 << 10, 4 << 10, 1] {
        while file.write_all(&vec![1; size]).is_ok() {}
    }
}
