//! The flags of `backup create`: what is said of them, the names that result, and those that contradict each other.
//!
//! Does NOT bring anything back (`round_trips`).

use super::{archives, story};
use loom_e2e::age_keys::{OFFICE, SAFE};

#[test]
fn for_whom_it_is_sealed_is_said_instead_of_unencrypted() {
    let story = story();
    let office = format!("--recipient {}", OFFICE.recipient);
    for (flags, words) in [
        (String::new(), "UNENCRYPTED"),
        (office.clone(), "  for 1 recipient  "),
        (format!("{office} --recipients-file recipients.txt"), "  for 2 recipients  "),
        // Named twice is sealed for once.
        (format!("{office} {office}"), "  for 1 recipient  "),
        ("--passphrase-file phrase.txt".to_owned(), "  sealed with a passphrase  "),
        ("--seal master-key".to_owned(), "  sealed with the master key  "),
    ] {
        let told = story.run(&format!("backup create --config config.yaml {flags} --out a"));
        told.exits(0).says(words);
        assert_eq!(told.text().contains("UNENCRYPTED"), flags.is_empty());
        let open = told.stderr.contains("holds `secret.key` and is not encrypted");
        assert_eq!(open, flags.is_empty(), "{}", told.stderr);
        std::fs::remove_file(story.path("a")).unwrap();
    }
}

#[test]
fn the_default_name_ends_like_the_form() {
    let office = format!("--recipient {}", OFFICE.recipient);
    for (flags, ending) in [
        ("--format tar.zst".to_owned(), ".tar.zst"),
        ("--format zip".to_owned(), ".zip"),
        (office.clone(), ".tar.gz.age"),
        (format!("{office} --format zip"), ".zip.age"),
        ("--seal master-key".to_owned(), ".tar.gz.oclbak"),
    ] {
        let story = story();
        story.run(&format!("backup create --config config.yaml {flags}")).exits(0);
        let [name] = archives(&story).try_into().unwrap();
        let (_, time) = name.strip_suffix(ending).unwrap().rsplit_once('-').unwrap();
        assert!(time.len() == 16 && time.ends_with('Z'), "{name}");
    }
}

#[test]
fn what_is_sealed_is_told_as_json() {
    let story = story();
    let words = format!(
        "backup create --config config.yaml --recipient {} --recipients-file recipients.txt --out a --json",
        OFFICE.recipient
    );
    let told = story.run(&words).exits(0).json();
    let expected = serde_json::json!([
        { "recipient": OFFICE.recipient, "fingerprint": OFFICE.fingerprint },
        { "recipient": SAFE.recipient, "fingerprint": SAFE.fingerprint },
    ]);
    assert_eq!(told["recipients"], expected);
    assert_eq!((&told["sealed_for"], &told["encrypted"]), (&"recipients".into(), &true.into()));
}

#[test]
fn flags_that_contradict_each_other_are_usage_errors_that_name_both() {
    let story = story();
    for (flags, one, other) in [
        ("--recipient age1x --passphrase-file phrase.txt", "--recipient", "--passphrase-file"),
        ("--recipient age1x --passphrase", "--recipient", "--passphrase"),
        ("--recipient age1x --seal none", "--recipient", "--seal"),
        ("--recipients-file recipients.txt --seal master-key", "--recipients-file", "--seal"),
        ("--recipients-file recipients.txt --passphrase", "--recipients-file", "--passphrase"),
        ("--passphrase --passphrase-file phrase.txt", "--passphrase", "--passphrase-file"),
        ("--passphrase-file phrase.txt --seal none", "--passphrase-file", "--seal"),
        ("--seal master-key --format zip", "--seal master-key", "--format zip"),
        ("--seal master-key --format tar.zst", "--seal master-key", "--format tar.zst"),
    ] {
        story
            .run(&format!("backup create --config config.yaml {flags} --out a.age"))
            .exits(2)
            .says(one)
            .says(other);
    }
    assert_eq!(archives(&story), [] as [&str; 0]);
}

#[test]
fn what_cannot_seal_is_an_error_and_leaves_no_archive() {
    let story = story();
    story.write("nobody.txt", "# nobody yet\n");
    story.write("empty.txt", "");
    story.write(
        "ssh.txt",
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHsKLqeplhpW+uObz5dvMgjz1OxfM/XXUB+VHtZ6isGN me@host\n",
    );
    let broken = OFFICE.recipient.replace("age1a4", "age1a5");
    for (flags, code, words) in [
        ("--recipients-file nowhere.txt", 2, "the recipients file `nowhere.txt` cannot be read"),
        ("--recipients-file nobody.txt", 2, "the recipients file `nobody.txt` holds no recipient"),
        ("--recipients-file ssh.txt", 2, "the recipients file `ssh.txt` line 1: is an SSH key"),
        ("--recipients-file office.txt", 2, "line 3: is an identity, which is secret"),
        ("--recipient nonsense", 2, "recipient number 1 is no recipient"),
        (&format!("--recipient {broken}"), 2, "recipient number 1 looks like a recipient and is none"),
        ("--passphrase-file nowhere.txt", 2, "the passphrase file `nowhere.txt` cannot be read"),
        ("--passphrase-file empty.txt", 2, "the passphrase file `empty.txt` is empty"),
        ("--passphrase-file office.txt", 2, "the passphrase file `office.txt` has several lines"),
        ("--passphrase", 2, "asks on the terminal, and there is none"),
    ] {
        let told = story.run(&format!("backup create --config config.yaml {flags} --out a.age"));
        told.exits(code).says(words);
        assert!(!told.words().contains("AGE-SECRET-KEY-1QA5"), "an identity was said");
    }
    assert_eq!(archives(&story), [] as [&str; 0]);
}

#[test]
fn without_a_master_key_nothing_is_sealed_with_it() {
    let story = story();
    std::fs::remove_file(story.data().join("secret.key")).unwrap();
    let told = story.run("backup create --config config.yaml --seal master-key --out a.oclbak");
    told.exits(5).says("no master key");
    assert_eq!(archives(&story), [] as [&str; 0]);
}

#[test]
fn a_name_that_hides_an_archive_for_a_passphrase_is_warned_of() {
    let story = story();
    let office = format!("--recipient {}", OFFICE.recipient);
    for (flags, name, hidden) in
        [("--passphrase-file phrase.txt", "monday.age", true), (&office, "office.age", false)]
    {
        let told = story.run(&format!("backup create --config config.yaml {flags} --out {name}"));
        let warned = told.exits(0).words().contains("does not end in `.tar.gz.age`");
        assert_eq!(warned, hidden, "{}", told.words());
        let listed = story.run("backup list .").exits(0).text().contains(name);
        assert_eq!(listed, !hidden);
    }
}
