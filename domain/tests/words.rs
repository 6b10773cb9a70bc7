//! Names in commands that people are told: a shell takes each of them as it is.
//!
//! Does NOT look at messages and hints; those tests lie beside the code.

use loom_domain::words::for_a_shell;
use std::process::Command;

#[test]
fn a_plain_name_stays_bare() {
    assert_eq!(for_a_shell(&"/var/lib/openccu-loom"), "/var/lib/openccu-loom");
}

#[test]
fn a_shell_takes_every_name_as_it_is() {
    assert_eq!(for_a_shell(&"it's"), r"'it'\''s'");
    for name in ["/a b", "it's", "a\nb\n", "", "''", "$HOME", "`id`", "~", "a;b\\", "größe", "-x\"*?"] {
        let command = format!("printf '%s.' {} end", for_a_shell(&name));
        let said = Command::new("sh").args(["-c", &command]).output().unwrap().stdout;
        assert_eq!(String::from_utf8(said).unwrap(), format!("{name}.end."), "{command}");
    }
}
