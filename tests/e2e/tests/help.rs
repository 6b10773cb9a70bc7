//! The help of every verb, as an operator reads it. Each page is kept in `tests/e2e/tests/help/`.
//!
//! Does NOT judge the grammar itself.

use loom_e2e::binary::{binary, short_name};
use loom_e2e::run::{Outcome, loom, run};
use std::path::Path;
use std::process::Command;

const VERBS: [&str; 35] = [
    "",
    "run",
    "backup",
    "backup create",
    "backup restore",
    "backup undo-restore",
    "backup verify",
    "backup inspect",
    "backup list",
    "config",
    "config export",
    "config import",
    "ccu",
    "ccu backup",
    "ccu list",
    "ccu download",
    "ccu restore",
    "ccu resume",
    "ccu verify",
    "ccu test",
    "ccu status",
    "ccu cancel",
    "ccu delete",
    "ccu upload",
    "key",
    "key status",
    "key check",
    "key rotate",
    "key wrap",
    "key unwrap",
    "key retire",
    "key kit",
    "demo",
    "completions",
    "man",
];

fn help(verb: &str) -> String {
    let mut command = loom(verb.split_whitespace().chain(["--help"]));
    run(command.env_remove("COLUMNS")).exits(0).text()
}

fn page(verb: &str) -> std::path::PathBuf {
    let name = if verb.is_empty() { "openccu-loom".to_owned() } else { verb.replace(' ', "-") };
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/help").join(name + ".txt")
}

#[test]
fn every_page_is_as_it_was_when_it_was_last_read() {
    for verb in VERBS {
        let kept = std::fs::read_to_string(page(verb)).unwrap();
        let now = help(verb);
        assert!(
            now == kept,
            "the help of `{verb}` has changed; if it is better now:\n  openccu-loom {verb} --help > {}\n\n{now}",
            page(verb).display()
        );
    }
}

#[test]
fn every_page_fits_a_terminal_and_every_verb_that_takes_words_has_an_example() {
    for verb in VERBS {
        let page = help(verb);
        assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
        let takes_words = !["", "backup", "config", "ccu", "key", "demo"].contains(&verb);
        assert_eq!(page.contains(&format!("Example:\n  openccu-loom {verb}")), takes_words, "{page}");
    }
}

#[test]
fn the_flags_of_the_manual_are_there_with_their_defaults() {
    let create = help("backup create").split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "--config <PATH> Path to config.yaml (resolves data_dir; without it, ./var is used)",
        "--out <PATH>",
        "[default: backup-<hostname>-<utc>.tar.gz]",
        "--include-secrets Add a secrets/ placeholder note (env-resolved secrets are not stored)",
        "--json Emit a single-line JSON result for scripting",
    ] {
        assert!(create.contains(words), "`{words}` in {create}");
    }
    let restore = help("backup restore").split_whitespace().collect::<Vec<_>>().join(" ");
    for words in [
        "--config <PATH> Path to config.yaml; also receives an extracted config.yaml if present",
        "--data-dir <PATH> Override the restore target [default: from --config or ./var]",
        "--force Overwrite an existing openccu-loom.db",
    ] {
        assert!(restore.contains(words), "`{words}` in {restore}");
    }
}

#[test]
fn the_short_name_is_the_same_program() {
    for words in [&["--version"][..], &["--help"], &["backup", "--help"], &["backup", "list", "nowhere"]] {
        let of = |binary: &Path| -> Outcome { run(Command::new(binary).args(words)) };
        let (long, short) = (of(binary()), of(&short_name()));
        assert_eq!((long.code, &long.stderr), (short.code, &short.stderr));
        assert_eq!(long.text(), short.text().replace("Usage: loom", "Usage: openccu-loom"));
    }
}

#[test]
fn wrong_words_are_usage_errors_that_point_to_the_help() {
    for (words, said) in [
        ("", "Usage: openccu-loom <COMMAND>"),
        ("backup", "Usage: openccu-loom backup <COMMAND>"),
        ("backup creat", "tip: "),
        ("backup create --frobnicate", "unexpected argument '--frobnicate'"),
        ("backup create extra", "unexpected argument 'extra'"),
        ("backup restore", "<FILE>"),
        ("backup restore a b", "unexpected argument 'b'"),
        ("backup create --out", "a value is required"),
    ] {
        run(&mut loom(words.split_whitespace())).exits(2).says(said);
    }
}
