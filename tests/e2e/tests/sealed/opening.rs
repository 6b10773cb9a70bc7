//! What opens a sealed archive, and what is said, with which exit code, where nothing does.
//!
//! Does NOT create forms one by one (`flags`).

use super::{of_each_seal, story};
use loom_e2e::age_keys::{OFFICE, SAFE};
use loom_e2e::contents::Bytes;
use loom_e2e::json_docs::{agrees, fields};
use serde_json::{Value, json};
use std::fs;

#[test]
fn a_wrong_key_damage_a_wrong_passphrase_and_a_missing_identity_are_told_apart() {
    let story = story();
    of_each_seal(&story);
    let sealed = fs::read(story.path("office.age")).unwrap();
    let mut flipped = sealed.clone();
    flipped[sealed.len() - 40] ^= 1;
    story.write("flipped.age", flipped);
    let before = Bytes::of(&story.data());
    let mut said = Vec::new();
    for (words, code) in [
        ("--key-file wrong.key key.oclbak", 5),
        ("--identity office.txt flipped.age", 4),
        ("--passphrase-file wrong.txt phrase.age", 8),
        ("--identity safe.txt office.age", 9),
        ("phrase.age", 8),
        ("key.oclbak", 5),
    ] {
        // The data dir of the story holds the key of `key.oclbak`.
        for verb in ["verify --data-dir nowhere", "inspect --data-dir nowhere", "restore --data-dir target"] {
            let told = story.run(&format!("backup {verb} {words}"));
            told.exits(code);
            if verb.starts_with("verify") {
                said.push(told.text());
            }
        }
    }
    for (words, said) in [
        "the archive does not open: wrong master key",
        "the archive is damaged: ",
        "the archive does not open: wrong passphrase",
        "no identity at hand opens the archive: it is sealed for 1 recipient (X25519; fingerprint 1013930d6e6c386e)",
        "no passphrase: the archive is sealed with one",
        "no master key: the archive is sealed",
    ]
    .iter()
    .zip(&said)
    {
        assert!(said.contains(words), "{words}: {said}");
    }
    said.sort();
    said.dedup();
    assert_eq!(said.len(), 6);
    assert!(!story.path("target").exists() || fs::read_dir(story.path("target")).unwrap().count() == 0);
    assert_eq!(Bytes::of(&story.data()), before);
}

#[test]
fn any_of_the_identities_opens_and_any_of_the_recipients_is_enough() {
    let story = story();
    of_each_seal(&story);
    story.run("backup verify --identity safe.txt --identity office.txt office.age").exits(0);
    story.run("backup verify --identity safe.txt both.age").exits(0);
    story.write("all.txt", [SAFE.file, OFFICE.file].concat());
    story.run("backup verify --identity all.txt office.age").exits(0);
}

#[test]
fn many_archives_are_verified_to_the_last_whatever_opens_them() {
    let story = story();
    of_each_seal(&story);
    let told = story.run(
        "backup verify --data-dir nowhere --json --identity office.txt key.oclbak phrase.age office.age both.age",
    );
    let lines: Vec<Value> =
        told.exits(5).text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let codes: Vec<_> = lines.iter().map(|line| line["exit_code"].clone()).collect();
    assert_eq!(codes, [json!(5), json!(8), json!(0), json!(0)]);
    // Whose passphrase is missing is worse news than whose identity is.
    story.run("backup verify --data-dir nowhere office.age phrase.age").exits(8);
    story.run("backup verify --data-dir nowhere both.age").exits(9);
}

#[test]
fn files_that_are_no_identities_are_refused_with_words() {
    let story = story();
    of_each_seal(&story);
    story.write("encrypted.txt", "-----BEGIN AGE ENCRYPTED FILE-----\nYWdlLWVuY3J5cHRpb24=\n");
    story.write("binary.txt", b"age-encryption.org/v1\n-> scrypt x 18\n\xff\xfe");
    story.write("ssh.txt", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk=\n");
    for (file, words) in [
        ("nowhere.txt", "--identity: `nowhere.txt` cannot be read"),
        ("recipients.txt", "--identity: `recipients.txt` line 2: is a recipient, which opens nothing"),
        ("phrase.txt", "--identity: `phrase.txt` line 1: is no identity"),
        ("encrypted.txt", "--identity: `encrypted.txt` is an identity file that is itself encrypted"),
        ("binary.txt", "--identity: `binary.txt` is an identity file that is itself encrypted"),
        ("ssh.txt", "--identity: `ssh.txt` holds an SSH key"),
    ] {
        for verb in ["verify", "inspect", "restore --data-dir target", "list"] {
            let archive = if verb == "list" { "." } else { "office.age" };
            story.run(&format!("backup {verb} --identity {file} {archive}")).exits(2).says(words);
        }
    }
    let empty = story.write("empty.txt", "");
    let told = story.run(&format!("backup verify --passphrase-file {} phrase.age", empty.display()));
    told.exits(2).says("--passphrase-file: ").says("is empty");
}

#[test]
fn an_archive_and_its_passphrase_do_not_come_over_one_standard_input() {
    let story = story();
    of_each_seal(&story);
    let archive = fs::read(story.path("phrase.age")).unwrap();
    for verb in ["verify", "inspect", "restore --data-dir target"] {
        let told = story.run_with_input(&format!("backup {verb} --passphrase-file - -"), &archive);
        told.exits(2).says("the archive and --passphrase-file are both `-`").says("hint: ");
    }
    assert!(!story.path("target").exists());
}

#[test]
fn a_list_shows_sealed_archives_as_sealed_and_for_whom() {
    let story = story();
    fs::create_dir(story.path("store")).unwrap();
    of_each_seal(&story);
    for (from, to) in [
        ("office.age", "backup-pi-20260608T120000Z.tar.gz.age"),
        ("both.age", "backup-pi-20260609T120000Z.tar.zst.age"),
        ("phrase.age", "phrase.tar.gz.age"),
        ("key.oclbak", "key.tar.gz.oclbak"),
    ] {
        fs::rename(story.path(from), story.path("store").join(to)).unwrap();
    }
    let told = story.run("backup list --json store").exits(0).json();
    let listed = told["archives"].as_array().unwrap();
    let office = listed.iter().find(|one| one["archive"] == "backup-pi-20260608T120000Z.tar.gz.age").unwrap();
    assert_eq!(
        (&office["ok"], &office["damage"], &office["sealed_for"], &office["format"], &office["created_at"]),
        (&json!(false), &json!(null), &json!("recipients"), &json!("tar.gz"), &json!("2026-06-08T12:00:00Z"))
    );
    assert!(office["closed"].is_string(), "{office}");
    assert_eq!(office["recipients"], json!([{ "kind": "X25519", "fingerprint": OFFICE.fingerprint }]));
    let key = &office["master_key"];
    assert!(key["proven"] == false && key["inside"].is_null() && key["fingerprint"].is_string(), "{key}");
    let words: Vec<_> = listed.iter().map(|one| one["sealed_for"].as_str().unwrap()).collect();
    assert_eq!(words, ["recipients", "recipients", "master-key", "passphrase"]);
    let table = story.run("backup list store").exits(0).text();
    for words in
        ["sealed  1 recipient ", "sealed  2 recipients ", "sealed  a passphrase ", "sealed  the master key "]
    {
        assert!(table.contains(words), "`{words}` in {table}");
    }
    assert!(!table.contains("DAMAGED"), "{table}");
    // Whoever has what opens one sees what it is.
    let told = story.run(
        "backup list --json --identity office.txt --passphrase-file phrase.txt --key-file key.txt store",
    );
    for one in told.exits(0).json()["archives"].as_array().unwrap() {
        assert!(one["ok"] == true && one["master_key"]["proven"] == true, "{one}");
    }
}

#[test]
fn inspect_tells_what_shows_from_outside_before_it_fails() {
    let story = story();
    of_each_seal(&story);
    let told = story.run("backup inspect --data-dir nowhere both.age");
    told.exits(9).says("no identity at hand");
    let (first, second) = (OFFICE.fingerprint, SAFE.fingerprint);
    let sealed = format!("sealed     for 2 recipients (X25519; fingerprints {first}, {second})");
    for words in ["archive    both.age", "size       ", &sealed, "(as it says from outside; not proven)"] {
        assert!(told.text().contains(words), "`{words}` in {}", told.text());
    }
    fs::rename(story.path("phrase.age"), story.path("phrase.tar.gz.age")).unwrap();
    let told = story.run("backup inspect --data-dir nowhere --json phrase.tar.gz.age").exits(8).json();
    agrees(&told, &fields("Of a file that nothing at hand opens"));
    assert_eq!((&told["sealed_for"], &told["exit_code"]), (&json!("passphrase"), &json!(8)));
    let stored = fs::read(story.path("phrase.tar.gz.age")).unwrap();
    assert_eq!(told["bytes"], stored.len());
    // Less shows over a stream.
    let told = story.run_with_input("backup inspect --data-dir nowhere --json -", &stored).exits(8).json();
    agrees(&told, &fields("Of a file that nothing at hand opens"));
    assert_eq!((&told["sealed_for"], &told["bytes"]), (&json!("passphrase"), &json!(null)));
    story.run("backup inspect --data-dir nowhere key.oclbak").exits(5).says("sealed     with the master key");
}
