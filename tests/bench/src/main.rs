//! Side-by-side benchmarks: our figures beside others', from alternating runs.
//!
//! `loom-bench backup SIZE_MIB [RUNS]` builds a state database of that size; it needs `sqlite3`, `tar`, `gzip` and
//! `sha256sum`. `loom-bench http` runs the daemon; it needs `nginx`, `wrk` and `curl`. `loom-bench ccu` runs it beside
//! simulated centrals; it needs a `python3` with pydevccu, `curl`, `tar`, `gzip` and `sha256sum`. `loom-bench formats
//! SIZE_MIB [RUNS]` needs `sqlite3`, `tar` and `zstd`; `loom-bench sealing SIZE_MIB [RUNS]` needs `openssl`, and `age` if
//! it is to be compared. `loom-bench rotate VALUES [RUNS]` needs nothing. All need the release binary beside their own.
//! Does NOT judge: figures depend on the machine.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod backup;
mod ccu;
mod daemon;
mod figures;
mod formats;
mod http;
mod latency;
mod process;
mod rotation;
mod sealing;
mod state;
mod table;
mod tools;

use std::error::Error;
use std::path::PathBuf;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["backup", size] => backup::run(size.parse()?, 3),
        ["backup", size, runs] => backup::run(size.parse()?, runs.parse()?),
        ["formats", size] => formats::run(size.parse()?, 3),
        ["formats", size, runs] => formats::run(size.parse()?, runs.parse()?),
        ["sealing", size] => sealing::run(size.parse()?, 3),
        ["sealing", size, runs] => sealing::run(size.parse()?, runs.parse()?),
        ["rotate", values] => rotation::run(values.parse()?, 3),
        ["rotate", values, runs] => rotation::run(values.parse()?, runs.parse()?),
        ["http"] => http::run(),
        ["ccu"] => ccu::run(),
        _ => Err(
            "usage: loom-bench {backup|formats|sealing} SIZE_MIB [RUNS] | loom-bench rotate VALUES [RUNS] | loom-bench http \
             | loom-bench ccu"
                .into(),
        ),
    }
}

/// The binary under test: beside this one, built with the same profile.
fn binary() -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("openccu-loom");
    if path.is_file() { Ok(path) } else { Err(format!("build `{}` first", path.display()).into()) }
}
