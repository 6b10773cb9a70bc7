//! The program under its long and its short name.
//!
//! With a test of its own package the binary is built together with all others, once; `tests/e2e` run that one. Does NOT try
//! verbs.

use std::process::Command;

#[test]
fn both_names_tell_the_version() {
    let versions = [env!("CARGO_BIN_EXE_openccu-loom"), env!("CARGO_BIN_EXE_loom")].map(|path| {
        let told = Command::new(path).arg("--version").output().unwrap();
        assert!(told.status.success(), "{told:?}");
        String::from_utf8(told.stdout).unwrap().split_whitespace().last().unwrap().to_owned()
    });
    assert_eq!(versions, [env!("CARGO_PKG_VERSION"); 2]);
}
