//! Side-by-side benchmarks: `loom-bench backup SIZE_MIB [RUNS]` builds a state database of that size and prints our
//! figures beside the shell way's, from alternating runs.
//!
//! Does NOT judge: figures depend on the machine. It needs `sqlite3`, `tar`, `gzip` and `sha256sum`, and the release
//! binary beside its own.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

mod backup;
mod latency;
mod process;
mod state;

use std::error::Error;
use std::path::PathBuf;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["backup", size] => backup::run(size.parse()?, 3),
        ["backup", size, runs] => backup::run(size.parse()?, runs.parse()?),
        _ => Err("usage: loom-bench backup SIZE_MIB [RUNS]".into()),
    }
}

/// The binary under test: beside this one, built with the same profile.
fn binary() -> Outcome<PathBuf> {
    let path = std::env::current_exe()?.with_file_name("openccu-loom");
    if path.is_file() { Ok(path) } else { Err(format!("build `{}` first", path.display()).into()) }
}
