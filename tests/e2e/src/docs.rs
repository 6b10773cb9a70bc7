//! What the docs tell an operator to type, to be typed as it stands there.
//!
//! Paths of the manual are put below a folder of the test's own. Does NOT run anything.

use crate::binary::binary;
use crate::run::{Outcome, run};
use std::path::Path;
use std::process::{Command, Stdio};

/// A document by its path in the repository.
pub fn document(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)).unwrap()
}

/// The fenced blocks of a language below a heading, such as `### cron`, up to the next one of the same level.
#[track_caller]
pub fn blocks(document: &str, heading: &str, language: &str) -> Vec<String> {
    let level = heading.split(' ').next().unwrap();
    let (mut below, mut inside, mut blocks) = (false, false, Vec::<String>::new());
    for line in document.lines() {
        if line == heading {
            below = true;
        } else if below && !inside && line.starts_with(&format!("{level} ")) {
            break;
        } else if below && line == format!("```{language}") {
            inside = true;
            blocks.push(String::new());
        } else if inside && line == "```" {
            inside = false;
        } else if inside {
            let block = blocks.last_mut().unwrap();
            *block += line;
            block.push('\n');
        }
    }
    assert!(!blocks.is_empty(), "no `{language}` block below `{heading}`");
    blocks
}

/// The manual's paths, put below `root`.
pub fn below(root: &Path, text: &str) -> String {
    let root = root.display();
    text.replace("/etc/openccu-loom", &format!("{root}/etc"))
        .replace("/var/backups/openccu-loom", &format!("{root}/archives"))
        .replace(" /data/", &format!(" {root}/var/"))
}

/// A shell that knows little more than where the binary is, as that of cron does.
pub fn plain_shell(home: &Path, script: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    let path = format!("{}:/usr/bin:/bin", binary().parent().unwrap().display());
    command.args(["-c", script]).current_dir(home).stdin(Stdio::null());
    command.env_clear().env("PATH", path).env("HOME", home).env("SHELL", "/bin/sh").env("LOGNAME", "openccu");
    command
}

/// Runs a script in such a shell.
pub fn run_plainly(home: &Path, script: &str) -> Outcome {
    run(&mut plain_shell(home, script))
}
