//! An archive that is streamed to where nothing goes.

use super::{create, state};
use loom_e2e::contents::{Bytes, working_files};
use loom_e2e::run::Outcome;
use std::fs::File;
use std::path::Path;
use std::process::Stdio;

#[test]
fn a_full_standard_output_is_named() {
    let source = state("source");
    let before = Bytes::of(&source.path());
    let mut create = create(&source.path(), Path::new("-"));
    create.stdout(File::options().write(true).open("/dev/full").unwrap()).stderr(Stdio::piped());
    let outcome = Outcome::from(create.spawn().unwrap().wait_with_output().unwrap());
    outcome.exits(1).says("no space left in `standard output`");
    assert_eq!(Bytes::of(&source.path()), before);
    assert_eq!(working_files(&source.path()), [""; 0]);
}
