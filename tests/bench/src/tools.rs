//! What the benchmark needs of the machine: programs, and open files.
//!
//! Does NOT install anything.

use crate::Outcome;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::io;
use std::process::{Command, Stdio};

/// Looks whether every program is there; `debian` are the packages that bring them.
pub(crate) fn check(programs: &[&str], debian: &str) -> Outcome<()> {
    for name in programs {
        let started = program(name).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if matches!(started, Err(error) if error.kind() == io::ErrorKind::NotFound) {
            return Err(
                format!("`{name}` is not installed\nhint: on Debian, `apt-get install {debian}`").into()
            );
        }
    }
    Ok(())
}

/// A program of the system, also one of those that only administrators have in their path.
pub(crate) fn program(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{path}:/usr/sbin:/sbin"));
    command
}

/// Sets how many files this process, and each that it starts from now on, may have open unless it asks for more.
pub(crate) fn limit_open_files(files: u64) -> Outcome<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(files), maximum })
        .map_err(|error| format!("{files} open files are not allowed: {error}"))?;
    Ok(())
}
