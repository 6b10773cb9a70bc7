//! Requests on 64 kept-alive connections, as many as are answered, from `wrk`.
//!
//! Does NOT say how long an answer takes at a lower rate: each connection asks again as soon as it is answered.

use super::place::TOKEN;
use crate::Outcome;
use crate::figures::{median, milliseconds};
use crate::tools::program;
use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

const CONNECTIONS: &str = "-c64";
const TIME: &str = "-d5s";
/// Makes `wrk` tell its figures in plain numbers: requests, and times in microseconds.
const REPORT: &str = r#"
done = function(summary, latency)
    local errors = summary.errors
    local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format("figures %d %d %d %d %d\n", summary.requests, summary.duration,
        latency:percentile(50), latency:percentile(99), failed))
end
"#;

/// What one run saw, or the medians of several.
#[derive(Debug, Clone, Copy)]
pub(super) struct Load {
    requests_per_second: f64,
    p50: Duration,
    p99: Duration,
}

pub(super) fn measure(folder: &Path, threads: u32, url: &str) -> Outcome<Load> {
    let script = folder.join("report.lua");
    fs::write(&script, REPORT)?;
    let mut command = program("wrk");
    command.args([&format!("-t{threads}"), CONNECTIONS, TIME, "-s"]).arg(script);
    command.args(["-H", &format!("Authorization: Bearer {TOKEN}"), url]);
    let output = command.output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let figures = said.lines().find_map(|line| line.strip_prefix("figures "));
    let figures =
        figures.ok_or_else(|| format!("wrk failed: {}", String::from_utf8_lossy(&output.stderr)))?;
    let figures = figures.split(' ').map(str::parse).collect::<Result<Vec<u32>, _>>()?;
    match figures[..] {
        [requests, micros, p50, p99, 0] => Ok(Load {
            requests_per_second: f64::from(requests) * 1e6 / f64::from(micros),
            p50: Duration::from_micros(p50.into()),
            p99: Duration::from_micros(p99.into()),
        }),
        _ => Err(format!("requests to {url} failed: {said}").into()),
    }
}

impl Load {
    pub(super) fn median(seen: &[Self]) -> Self {
        let seconds = |time: fn(&Self) -> Duration| {
            Duration::from_secs_f64(median(seen.iter().map(|load| time(load).as_secs_f64()).collect()))
        };
        Self {
            p50: seconds(|load| load.p50),
            p99: seconds(|load| load.p99),
            requests_per_second: median(seen.iter().map(|load| load.requests_per_second).collect()),
        }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (p50, p99) = (milliseconds(self.p50), milliseconds(self.p99));
        write!(f, "{:.0} requests/s, p50 {p50:.2} ms, p99 {p99:.2} ms", self.requests_per_second)
    }
}
