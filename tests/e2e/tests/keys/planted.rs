//! A planted key is looked for in everything that verbs and daemons say and leave, in every form it could have.
//!
//! Does NOT look into the key files of the data dir: there it belongs. In an archive that is not sealed it is packed, so
//! it is not found in one.

use crate::bed::{KEY, SealedState, write_key};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use loom_e2e::run::run;
use loom_e2e::sealing::{key_file, read_key_file};
use serde_json::json;
use std::fs;
use std::path::Path;

/// What is done in two turns, one of which speaks JSON, and how it ends.
const VERBS: [(&str, i32); 20] = [
    ("key status --config config.yaml --archives .", 0),
    ("key check --config config.yaml --key-file operator.key", 0),
    ("key check --config config.yaml --key-file secret.key.wrong", 5),
    ("backup create --config config.yaml --out plain-TURN.tar.gz", 0),
    ("backup verify --config config.yaml plain-TURN.tar.gz", 0),
    ("key rotate --config config.yaml", 0),
    ("key check --config config.yaml --key-file operator.key", 5),
    ("key wrap --config config.yaml --to kms", 5),
    ("key wrap --config config.yaml --to pkcs11", 5),
    ("key unwrap --config config.yaml", 6),
    ("backup create --config config.yaml --seal master-key --out sealed-TURN.tar.gz.oclbak", 0),
    ("backup verify --config config.yaml sealed-TURN.tar.gz.oclbak", 0),
    ("backup restore --config config.yaml sealed-TURN.tar.gz.oclbak", 6),
    ("backup restore --config config.yaml --force plain-TURN.tar.gz", 0),
    ("backup undo-restore --config config.yaml", 0),
    ("config export --config config.yaml --out export-TURN.json", 0),
    ("key kit --config config.yaml --out kit-TURN.txt", 0),
    ("key retire --config config.yaml", 6),
    ("key retire --config config.yaml --force", 0),
    ("key rotate --config config.yaml --to env", 5),
];

/// They say everything in words.
const WITHOUT_JSON: [&str; 2] = ["config export", "key kit"];

/// The forms a key could be found in.
fn forms(key: [u8; 32]) -> Vec<(&'static str, Vec<u8>)> {
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    let debug = format!("{key:?}");
    let base64 = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD].map(|engine| engine.encode(key));
    let mut forms = vec![
        ("raw", key.to_vec()),
        ("hex", hex.to_uppercase().into_bytes()),
        ("hex", hex.into_bytes()),
        ("numbers", debug.trim_matches(['[', ']']).as_bytes().to_vec()),
    ];
    forms.extend(base64.map(|text| ("base64", text.into_bytes())));
    forms
}

#[track_caller]
fn not_in(keys: &[[u8; 32]], place: &str, bytes: &[u8]) {
    for (form, wanted) in keys.iter().flat_map(|key| forms(*key)) {
        let found = bytes.windows(wanted.len()).any(|window| window == wanted);
        assert!(!found, "a key is in {place}, as {form}");
    }
}

/// Every file below `folder`, but for those that are `meant` to hold one; how many there are.
fn not_in_files(keys: &[[u8; 32]], folder: &Path, meant: &dyn Fn(&Path) -> bool) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files += not_in_files(keys, &path, meant);
        } else if !meant(&path) {
            not_in(keys, &path.display().to_string(), &fs::read(&path).unwrap());
            files += 1;
        }
    }
    files
}

#[test]
fn what_is_looked_for_is_found_where_it_is() {
    let told = format!("…{}…", key_file(KEY));
    let found = std::panic::catch_unwind(|| not_in(&[KEY], "a text", told.as_bytes()));
    assert!(found.is_err());
}

#[test]
fn no_verb_and_no_daemon_says_a_key_or_leaves_one_outside_of_its_files() {
    let state = SealedState::v1(3);
    let folder = &state.folder;
    write_key(&folder.path("operator.key"), KEY);
    write_key(&folder.path("secret.key.wrong"), [9; 32]);
    fs::create_dir(folder.path("tmp")).unwrap();
    let [from_environment, mut keys] = [[77; 32], KEY].map(|key| vec![key]);
    keys.extend(&from_environment);
    let new = key_file(from_environment[0]).trim().to_owned();

    let mut said = Vec::new();
    let mut say = |words: &str, variables: &[(&str, &str)]| {
        let mut command = folder.command(words);
        command.env("TMPDIR", folder.path("tmp")).env("RUST_LOG", "trace").envs(variables.iter().copied());
        let outcome = run(&mut command);
        said.push((words.to_owned(), outcome.words()));
        outcome
    };
    for (verb, code) in VERBS {
        for (turn, more) in [(0, ""), (1, " --json")] {
            let more = if WITHOUT_JSON.iter().any(|without| verb.starts_with(without)) { "" } else { more };
            let words = verb.replace("TURN", &turn.to_string()) + more;
            say(&words, &[]).exits(code);
            keys.push(read_key_file(&state.key_path()));
        }
    }
    let kept = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(kept.path(), &new).unwrap();
    let to_env = format!("key rotate --config config.yaml --to env --new-key-file {}", kept.path().display());
    say(&to_env, &[]).exits(0);
    for words in ["key status --config config.yaml", "key rotate --config config.yaml --to file"] {
        say(words, &[("OPENCCU_LOOM_SECRET_KEY", &new)]).exits(0);
    }
    keys.push(read_key_file(&state.key_path()));

    let mut command = folder.command("run --config config.yaml");
    command.env("TMPDIR", folder.path("tmp")).env("OPENCCU_LOOM_LOG_LEVEL", "debug");
    let daemon = loom_e2e::daemon::Daemon::start(&mut command);
    let admin = daemon.client().token(&state.token);
    let mut answers = Vec::new();
    for (method, path) in [("GET", "/keys"), ("POST", "/keys/rotate"), ("GET", "/keys"), ("GET", "/health")] {
        let body = (method == "POST").then(|| json!({}));
        let answer = admin.send(method, path, body.as_ref());
        if path == "/keys/rotate" {
            let job = admin.job(answer.gives(202).json()["id"].as_str().unwrap());
            assert_eq!(job["state"], "completed", "{job}");
            answers.push(job.to_string());
        }
        answers.push(answer.text());
    }
    let ended = daemon.stop();
    keys.push(read_key_file(&state.key_path()));
    keys.sort_unstable();
    keys.dedup();
    assert!(keys.len() > 4, "only {} keys were in use", keys.len());

    for (words, text) in &said {
        not_in(&keys, &format!("what `{words}` says"), text.as_bytes());
    }
    not_in(&keys, "the log of the daemon", ended.log.as_bytes());
    not_in(&keys, "the answers of the daemon", answers.concat().as_bytes());
    let planted = ["operator.key", "secret.key.wrong"].map(|name| folder.path(name));
    let data_dir = [folder.data(), folder.data().join(".loom-undo/files")];
    let meant = |path: &Path| {
        let is_key_file = path.file_name().unwrap().to_string_lossy().starts_with("secret.key");
        let in_data_dir = data_dir.iter().any(|dir| path.parent() == Some(dir));
        (is_key_file && in_data_dir) || planted.iter().any(|planted| path == planted)
    };
    let looked_at = not_in_files(&keys, folder.root(), &meant);
    assert!(looked_at > VERBS.len() / 2, "only {looked_at} files were left");
}
