//! Downloads by `curl`, some at once or one slowly.
//!
//! Does NOT keep what comes.

use super::place::TOKEN;
use crate::Outcome;
use crate::tools::program;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A slow line: this many bytes a second, for so many seconds.
const SLOWLY: [&str; 4] = ["--limit-rate", "10M", "--max-time", "5"];
/// What `curl` ends with when that time is over.
const TIME_IS_OVER: i32 = 28;

/// So many downloads at the same time: MiB per second of all of them together.
pub(super) fn mib_per_second(url: &str, at_once: usize) -> Outcome<f64> {
    let began = Instant::now();
    let mut running = Vec::new();
    for _ in 0..at_once {
        let mut curl = curl(url);
        running.push(curl.args(["--write-out", "%{size_download}"]).stdout(Stdio::piped()).spawn()?);
    }
    let mut mib = 0.0;
    for child in running {
        let output = child.wait_with_output()?;
        if !output.status.success() {
            return Err(format!("a download of {url} ended with {}", output.status).into());
        }
        mib += String::from_utf8_lossy(&output.stdout).parse::<f64>()? / f64::from(1 << 20);
    }
    Ok(mib / began.elapsed().as_secs_f64())
}

/// Begins to download slowly, and goes away.
pub(super) fn slowly(url: &str) -> Outcome<()> {
    let ended = curl(url).args(SLOWLY).status()?;
    match ended.code() {
        Some(TIME_IS_OVER) => Ok(()),
        _ => Err(format!("a slow download of {url} ended with {ended}").into()),
    }
}

fn curl(url: &str) -> Command {
    let mut command = program("curl");
    command.args(["--silent", "--fail", "--output", "/dev/null"]);
    command.args(["--header", &format!("Authorization: Bearer {TOKEN}"), url]);
    command
}
