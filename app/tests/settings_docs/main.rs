//! What is written about settings is what the schema says: `docs/configuration.md` and the example file.
//!
//! On a difference the right text is printed, to be put in place.

mod example;
mod reference;

use std::path::{Path, PathBuf};

fn in_repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

#[track_caller]
fn assert_written(path: &str, written: &str, right: &str) {
    let differs = written.lines().zip(right.lines()).position(|(written, right)| written != right);
    let line = differs.map(|at| at + 1);
    assert!(written == right, "{path} differs from the schema (first at line {line:?}); right is:\n{right}");
}
