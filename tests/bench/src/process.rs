//! Runs one command and measures it: wall time and peak memory.
//!
//! Does NOT interpret its output.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What one run took.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    pub(crate) wall: Duration,
    /// Largest resident set, in KiB, of the process itself; children are not counted.
    pub(crate) peak_kib: u64,
}

/// Runs `command` to its end; an exit code other than 0 is an error with its words.
pub(crate) fn measure(command: &mut Command) -> Outcome<Cost> {
    let log = tempfile::NamedTempFile::new()?;
    let started = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.reopen()?).spawn()?;
    let process = PathBuf::from(format!("/proc/{}", child.id()));
    let mut peak_kib = 0;
    let ended = loop {
        // The kernel keeps the high-water mark itself; asking often only catches it close to the end.
        peak_kib = high_water_mark(&process).unwrap_or(peak_kib).max(peak_kib);
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let cost = Cost { wall: started.elapsed(), peak_kib };
    if ended.success() {
        return Ok(cost);
    }
    let words = std::fs::read_to_string(log.path())?;
    Err(format!("{command:?} ended with {ended}: {words}").into())
}

/// A shell script, stopping at its first error.
pub(crate) fn shell(script: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    command.args(["-euo", "pipefail", "-c", script]).current_dir(folder);
    command
}

pub(crate) fn median(costs: &[Cost]) -> Duration {
    let mut walls: Vec<_> = costs.iter().map(|cost| cost.wall).collect();
    walls.sort();
    walls.get(walls.len() / 2).copied().unwrap_or_default()
}

pub(crate) fn peak_mib(costs: &[Cost]) -> f64 {
    let peak = costs.iter().map(|cost| cost.peak_kib).max().unwrap_or(0);
    f64::from(u32::try_from(peak).unwrap_or(u32::MAX)) / 1024.0
}

/// `None` if the process has ended, or is still on the way from this program to its own: until then it shows this
/// program's memory.
fn high_water_mark(process: &Path) -> Option<u64> {
    let program = std::fs::read_link(process.join("exe")).ok()?;
    if program == std::env::current_exe().ok()? {
        return None;
    }
    let text = std::fs::read_to_string(process.join("status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
