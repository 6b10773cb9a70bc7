//! Golden archives: what every released format version wrote is verified and restored by this one.
//!
//! Does NOT make archives; `fixtures/archives` keeps them for ever.

use loom_e2e::contents::hash;
use loom_e2e::data_dir::sqlite;
use loom_e2e::story::Story;
use std::fs;
use std::path::Path;

#[test]
fn an_archive_of_format_1_0_verifies_and_restores() {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/archives/v1/loom-1.0.tar.gz");
    let archive = fs::read(stored).unwrap();
    assert_eq!(hash(&archive), "56f651b1ad3d495ae31b44d42417bf41c289da48a79bee06c2fb5394446a2434");
    let story = Story::empty();
    story.write("golden.tar.gz", &archive);
    story.run("backup verify golden.tar.gz").exits(0).says("1 of 1 sealed values open");
    story.run("backup restore --data-dir back golden.tar.gz").exits(0);

    let back = story.path("back");
    let rows = |database: &str, question: &str| sqlite(&back.join(database), question).trim().to_owned();
    assert_eq!(
        rows("openccu-loom.db", "SELECT name, host FROM centrals ORDER BY host"),
        "Gäste-WC|10.0.0.2\nKüche|ccu3.lan"
    );
    assert_eq!(rows("openccu-loom.db", "SELECT subject, role FROM users"), "anna|admin");
    assert_eq!(rows("history.db", "SELECT at, value FROM readings ORDER BY at"), "1|21.5\n2|22.0");
    assert_eq!(fs::read_to_string(back.join("certs/größe.pem")).unwrap(), "a certificate\n");
    assert!(back.join("certs/empty").is_dir());
    assert_eq!(
        fs::read_to_string(back.join("secret.key")).unwrap(),
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"
    );
}
