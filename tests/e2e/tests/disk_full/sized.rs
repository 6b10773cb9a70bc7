//! A command in a file system of its own of a chosen size, in a mount namespace that ends with it.
//!
//! Does NOT judge what the command did.

use super::with_command;
use loom_e2e::run::{Outcome, run};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A folder on which, while a command runs, a small file system is mounted.
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    pub(crate) fn new() -> Self {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("disk")).unwrap();
        Self { folder }
    }

    /// Where it will be mounted.
    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("disk")
    }

    /// Runs `command` with a disk of `kibibytes` beyond a copy of the folder `holding`. Gives what was said, and a
    /// copy of what is on the disk afterwards.
    pub(crate) fn run(
        &self,
        kibibytes: u64,
        holding: Option<&Path>,
        command: &Command,
    ) -> (Outcome, TempDir) {
        let after = TempDir::new().unwrap();
        let empty = TempDir::new().unwrap();
        let script = r#"
            disk=$1 free=$2 holding=$3 after=$4; shift 4
            used=$(du --summarize --block-size=1024 "$holding" | cut -f 1)
            # A page for each name, too.
            names=$(find "$holding" | wc -l)
            mount -t tmpfs -o "size=$((free + used + 4 * names))k,mode=700" none "$disk"
            cp --archive "$holding/." "$disk"
            code=0
            "$@" || code=$?
            cp --archive "$disk/." "$after"
            exit "$code"
        "#;
        let mut shell = Command::new("unshare");
        shell.args(["--map-root-user", "--mount", "bash", "-euc", script, "bash"]);
        shell
            .arg(self.path())
            .arg(kibibytes.to_string())
            .arg(holding.unwrap_or(empty.path()))
            .arg(after.path());
        (run(with_command(&mut shell, command)), after)
    }
}
