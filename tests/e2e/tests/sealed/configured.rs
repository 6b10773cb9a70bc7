//! What the configuration makes permanent for the command line, and what flags change for one backup.
//!
//! Does NOT run a daemon (`daemon`).

use super::{archives, story};
use loom_e2e::age_keys::{OFFICE, SAFE};
use loom_e2e::story::Story;

/// A story whose config file says more.
fn configured(more: &str) -> Story {
    let story = story();
    let config = std::fs::read_to_string(story.state().config()).unwrap();
    std::fs::write(story.state().config(), config + "\nstate_backups:\n" + more).unwrap();
    story
}

#[test]
fn recipients_of_the_configuration_seal_every_backup() {
    let story = configured(&format!(
        "  recipients: [{}]\n  recipients_file: recipients.txt\n  format: tar.zst\n",
        OFFICE.recipient
    ));
    story.run("backup create --config config.yaml").exits(0).says("for 2 recipients");
    let [name] = archives(&story).try_into().unwrap();
    assert!(name.ends_with(".tar.zst.age"), "{name}");
    for identity in ["office.txt", "safe.txt"] {
        story.run(&format!("backup verify --identity {identity} {name}")).exits(0);
    }
}

#[test]
fn each_seal_can_be_configured() {
    let story = configured("  passphrase_file: phrase.txt\n");
    story.run("backup create --config config.yaml --out a").exits(0).says("sealed with a passphrase");
    let story = configured("  seal: master-key\n");
    story.run("backup create --config config.yaml --out a").exits(0).says("sealed with the master key");
    let story = configured("  seal: none\n  format: zip\n");
    story.run("backup create --config config.yaml --out a").exits(0).says("UNENCRYPTED");
    story.run("backup inspect a").exits(0).says("kind       zip");
}

#[test]
fn flags_beat_the_configuration_and_one_of_them_is_the_way_back_to_an_open_archive() {
    let story = configured(&format!("  recipients: [{}]\n", OFFICE.recipient));
    for (flags, words) in [
        ("--seal none", "UNENCRYPTED"),
        ("--seal master-key", "sealed with the master key"),
        ("--passphrase-file phrase.txt", "sealed with a passphrase"),
        (&format!("--recipient {}", SAFE.recipient), "for 1 recipient"),
        ("--format zip", "for 1 recipient"),
    ] {
        story.run(&format!("backup create --config config.yaml {flags} --out a")).exits(0).says(words);
        std::fs::rename(story.path("a"), story.path("last")).unwrap();
        if flags.starts_with("--recipient ") {
            story.run("backup verify --identity office.txt last").exits(9);
            story.run("backup verify --identity safe.txt last").exits(0);
        }
    }
}

#[test]
fn a_seal_that_cannot_be_honoured_is_an_error_and_never_an_open_archive() {
    for (more, words) in [
        ("  recipients_file: nowhere.txt\n", "the recipients file `nowhere.txt` cannot be read"),
        ("  passphrase_file: nowhere.txt\n", "the passphrase file `nowhere.txt` cannot be read"),
        ("  seal: recipients\n", "`state_backups.seal: recipients` needs `state_backups.recipients`"),
        ("  seal: passphrase\n", "`state_backups.seal: passphrase` needs `state_backups.passphrase_file`"),
        ("  seal: master-key\n  format: zip\n", "packed as tar.gz, not as zip"),
        (
            "  seal: none\n  passphrase_file: phrase.txt\n",
            "`state_backups.seal` and `state_backups.passphrase_file` contradict",
        ),
        (
            "  recipients: [age1x]\n  passphrase_file: phrase.txt\n",
            "`state_backups.recipients` and `state_backups.passphrase_file`",
        ),
        ("  recipients: [age1x]\n", "recipient number 1"),
        ("  seal: gpg\n", "must be one of"),
        ("  recipients: age1x\n", "must be a list of texts"),
    ] {
        let story = configured(more);
        story.run("backup create --config config.yaml --out a.tar.gz").exits(2).says(words);
        assert_eq!(archives(&story), [] as [&str; 0], "{more}");
    }
}

#[test]
fn a_misspelt_order_to_seal_is_refused_and_keeps_no_archive_from_being_read() {
    for (slip, words) in [
        ("state_backups:\n  recipient: [age1x]\n", "did you mean `state_backups.recipients`"),
        ("state_backup:\n  seal: recipients\n", "did you mean `state_backups`?"),
        ("state_backups.seal: recipients\n", "`seal:` in a line below `state_backups:`"),
        ("state_backups:\n  passphrase_file: \"\"\n", "must be given a value, or left out"),
    ] {
        let story = story();
        let config = std::fs::read_to_string(story.state().config()).unwrap();
        std::fs::write(story.state().config(), config + "\n" + slip).unwrap();
        story.run("backup create --config config.yaml --out a.tar.gz").exits(2).says(words);
        assert_eq!(archives(&story), [] as [&str; 0], "{slip}");
        story.run("backup create --out a.tar.gz").exits(2).says("is not known").says("--seal none");
        story.run("backup create --seal none --out a.tar.gz").exits(0);
        story.run("backup verify a.tar.gz").exits(0);
        story.run("backup restore --config config.yaml --data-dir target a.tar.gz").exits(0);
    }
}

#[test]
fn a_backup_that_names_no_config_file_is_not_left_open_where_a_daemon_would_seal_it() {
    let mut story = configured(&format!("  recipients: [{}]\n", OFFICE.recipient));
    std::fs::rename(story.path("config.yaml"), story.path("daemon.yaml")).unwrap();
    story.run("backup create --out before").exits(0).says("UNENCRYPTED");
    // A unit may have a daemon start in its data dir.
    let of_data_dir = story.state().path().join("config.yaml");
    std::fs::copy(story.path("daemon.yaml"), &of_data_dir).unwrap();
    story.run("backup create --out a").exits(2).says("/config.yaml`, which has archives sealed");
    std::fs::remove_file(of_data_dir).unwrap();
    story.set("OPENCCU_LOOM_CONFIG", story.path("daemon.yaml").to_str().unwrap());
    for flags in ["", "--format zip", "--include-secrets --json"] {
        let refused = story.run(&format!("backup create {flags} --out a"));
        refused.exits(2).says("/daemon.yaml`, which has archives sealed").says("hint: ").says("--seal none");
        assert!(!story.path("a").exists(), "{flags}");
    }
    story.run("backup create --config daemon.yaml --out sealed").exits(0).says("for 1 recipient");
    story.run("backup create --passphrase-file phrase.txt --out phrase").exits(0).says("with a passphrase");
    story.run("backup create --seal none --out open").exits(0).says("UNENCRYPTED");
    // Of everything else that file says nothing is taken.
    story.run("backup verify open").exits(0);
}

#[test]
fn what_has_nothing_to_do_with_sealing_keeps_no_backup_from_being_taken() {
    let story = configured("  format: zip\nlogging:\n  level: loud\n");
    story.run("backup create --config config.yaml --out a").exits(0);
}

#[test]
fn a_contradiction_keeps_no_archive_from_being_restored() {
    let story = configured("  seal: recipients\n");
    story.run("backup create --seal none --out a.tar.gz").exits(0);
    story.run("backup restore --config config.yaml --data-dir target a.tar.gz").exits(0);
}
