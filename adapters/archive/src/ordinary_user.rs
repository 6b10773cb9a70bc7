//! A case of this crate's unit tests, run as a child whom missing rights stop.
//!
//! Does NOT open the folders that the case is about to that user.

use std::ffi::OsStr;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// The user who stands in where root runs the tests: root may read and write everywhere.
pub(crate) const USER: u32 = 65534;

/// What one ignored case said, with the variable `name` set, and whether it passed.
pub(crate) fn run_case(case: &str, name: &str, value: impl AsRef<OsStr>) -> (bool, String) {
    let program = std::env::current_exe().unwrap();
    // It may lie in a folder that is closed to that user.
    let place = tempfile::tempdir().unwrap();
    let mut command = if rustix::process::geteuid().is_root() {
        let open = place.path().join("tests");
        set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
        // Not by this process: one that a test beside this starts would have the copy open for writing when it is run.
        let install = Command::new("install").args(["-m", "755"]).arg(program).arg(&open).status();
        assert!(install.unwrap().success());
        let mut command = Command::new(open);
        command.uid(USER);
        command
    } else {
        Command::new(program)
    };
    let output = command.args(["--exact", case, "--ignored"]).env(name, value).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output.status.success() && text.contains("1 passed"), text)
}
