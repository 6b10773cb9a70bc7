//! Every form of an archive, there and back, through every verb.
//!
//! Does NOT try what goes wrong (`opening`).

use super::{PASSPHRASE, story};
use loom_e2e::age_keys::OFFICE;
use loom_e2e::contents::Contents;
use loom_e2e::shell::shell;
use std::fs;

/// The sample without what an archive that is sealed with the master key leaves out.
fn without_key(mut contents: Contents) -> Contents {
    contents.0.retain(|name, _| name != "secret.key");
    contents
}

#[test]
fn every_form_is_listed_inspected_verified_and_brought_back() {
    let story = story();
    let expected = Contents::of(&story.data());
    let recipient = format!("--recipient {}", OFFICE.recipient);
    let seals = [
        ("", "", "null", ""),
        (recipient.as_str(), "--identity office.txt", "recipients", ".age"),
        ("--passphrase-file phrase.txt", "--passphrase-file phrase.txt", "passphrase", ".age"),
        ("--seal master-key", "--key-file key.txt", "master-key", ".oclbak"),
    ];
    for format in ["tar.gz", "tar.zst", "zip"] {
        for (seal, opener, sealed_for, mark) in seals {
            if sealed_for == "master-key" && format != "tar.gz" {
                continue;
            }
            let of_seal =
                |told: &serde_json::Value| told["sealed_for"].as_str().unwrap_or("null") == sealed_for;
            let folder = format!("store-{sealed_for}-{format}");
            fs::create_dir(story.path(&folder)).unwrap();
            let archive = format!("{folder}/a.{format}{mark}");
            let words =
                format!("backup create --config config.yaml --format {format} {seal} --json --out {archive}");
            let told = story.run(&words).exits(0).json();
            assert!(
                told["encrypted"] == !seal.is_empty() && of_seal(&told) && told["format"] == format,
                "{told}"
            );

            let told = story.run(&format!("backup list --json {opener} {folder}")).exits(0).json();
            let listed = &told["archives"][0];
            assert!(listed["ok"] == true && of_seal(listed) && listed["format"] == format, "{listed}");
            let told = story
                .run(&format!("backup inspect --data-dir nowhere --json {opener} {archive}"))
                .exits(0)
                .json();
            assert!(of_seal(&told) && told["format"] == format, "{told}");
            let told = story
                .run(&format!("backup verify --data-dir nowhere --json {opener} {archive}"))
                .exits(0)
                .json();
            assert!(told["ok"] == true && of_seal(&told) && told["format"] == format, "{told}");
            assert_eq!(told["sealed_values"]["unreadable"], 0, "{told}");

            let target = format!("target-{sealed_for}-{format}");
            let words = format!("backup restore --data-dir {target} --json {opener} {archive}");
            let told = story.run(&words).exits(0).json();
            assert!(told["restored"] == true && of_seal(&told), "{told}");
            let found = Contents::of(&story.path(&target));
            if sealed_for == "master-key" {
                assert!(!found.0.contains_key("secret.key"), "the key went into what it seals");
                assert_eq!(without_key(found), without_key(Contents::of(&story.data())));
            } else {
                assert_eq!(found, expected);
            }
        }
    }
}

#[test]
fn what_is_sealed_shows_nothing_of_the_state() {
    let story = story();
    super::of_each_seal(&story);
    // The search itself finds what is there.
    shell(story.root(), "cat var/secret.key config.yaml > open");
    for name in ["office.age", "both.age", "phrase.age", "key.oclbak", "open"] {
        let found = shell(
            story.root(),
            &format!(
                "grep -c -a -F -e \"$(cat var/secret.key)\" -e 'data_dir' -e SQLite -e manifest.json {name} || true"
            ),
        );
        assert_eq!(found.trim() == "0", name != "open", "{name}: {found}");
    }
}

#[test]
fn an_archive_goes_over_pipes_sealed() {
    let story = story();
    let expected = Contents::of(&story.data());
    let create = format!("backup create --config config.yaml --recipient {} --out -", OFFICE.recipient);
    let created = story.run(&create);
    created.exits(0).says("for 1 recipient");
    let restored =
        story.run_with_input("backup restore --data-dir target --identity office.txt -", &created.stdout);
    restored.exits(0);
    assert_eq!(Contents::of(&story.path("target")), expected);
}

#[test]
fn a_passphrase_may_come_over_standard_input() {
    let story = story();
    let create = "backup create --config config.yaml --passphrase-file - --out a.age";
    story.run_with_input(create, PASSPHRASE.as_bytes()).exits(0).says("sealed with a passphrase");
    story.run_with_input("backup verify --passphrase-file - a.age", PASSPHRASE.as_bytes()).exits(0);
}

#[test]
#[ignore = "needs age"]
fn age_itself_opens_what_was_sealed_and_its_files_are_read() {
    let story = story();
    super::of_each_seal(&story);
    let members = shell(story.root(), "age -d -i office.txt office.age | tar -tzf -");
    assert!(members.lines().any(|name| name == "state/openccu-loom.db"), "{members}");
    let plain = story.create("plain.tar.gz");
    shell(story.root(), &format!("age -r {} -o strange.age {}", OFFICE.recipient, plain.display()));
    story.run("backup verify --identity office.txt strange.age").exits(0);
}
