//! Schemas of the future: `--force` replaces a state and is no consent to one nobody here knows.

use loom_e2e::contents::Bytes;
use loom_e2e::data_dir::sqlite;
use loom_e2e::story::Story;

fn needs_its_own_consent(newer: &str, schema: &str) {
    let story = Story::default();
    let source = Story::default();
    sqlite(&source.state().database(), newer);
    std::fs::copy(source.create("newer.tar.gz"), story.path("newer.tar.gz")).unwrap();
    let before = Bytes::of(&story.data());
    // Not damaged, so it verifies.
    story.run("backup verify newer.tar.gz").exits(0);
    for verb in ["--force", "--force --dry-run"] {
        let told = story.run(&format!("backup restore --data-dir var {verb} newer.tar.gz"));
        told.exits(6).says(schema).says("newer than this binary supports").says("--allow-newer-schema");
    }
    story.run("backup restore --data-dir var --allow-newer-schema newer.tar.gz").exits(6).says("use --force");
    assert_eq!(Bytes::of(&story.data()), before);
    story.run("backup restore --data-dir var --allow-newer-schema --force newer.tar.gz").exits(0);
}

#[test]
fn a_newer_schema_of_go_daemons_is_refused() {
    let newer = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 1);";
    needs_its_own_consent(newer, "goose 46");
}

#[test]
fn a_newer_schema_of_this_program_is_refused() {
    let newer = "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
      run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP);
      INSERT INTO __diesel_schema_migrations (version) VALUES ('100'), ('101'), ('102'), ('103'), ('104');";
    needs_its_own_consent(newer, "loom 104");
}

#[test]
fn a_newer_schema_that_was_rolled_back_is_not_newer() {
    let story = Story::default();
    let rolled_back = "INSERT INTO goose_db_version (version_id, is_applied) VALUES (46, 0);";
    sqlite(&story.state().database(), rolled_back);
    story.create("a.tar.gz");
    story.run("backup restore --data-dir var --force a.tar.gz").exits(0);
}
