//! A rotation from end to end: all secrets are sealed anew, and archives from before still restore.

use crate::bed::{KEY, SealedState, stored};
use loom_e2e::sealing::{key_file, open, read_key_file};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt;

fn archive<'a>(status: &'a Value, name: &str) -> &'a Value {
    let archives = status["archives"].as_array().unwrap();
    archives.iter().find(|archive| archive["archive"] == name).unwrap()
}

#[test]
fn a_rotation_seals_every_secret_anew_and_archives_from_before_still_restore() {
    let state = SealedState::v1(30);
    let folder = &state.folder;
    let (_, before) = state.status("");
    assert_eq!(before["values"]["centrals"], json!({ "v1": 30, "v2": 0, "clear": 0, "unreadable": 0 }));
    assert_eq!(before["key"]["source"], json!(format!("file `{}`", state.key_path().display())));
    fs::create_dir(folder.path("archives")).unwrap();
    for (name, seal) in [("plain.tar.gz", ""), ("sealed.tar.gz.oclbak", " --seal master-key")] {
        folder.run(&format!("backup create --config config.yaml --out archives/{name}{seal}")).exits(0);
    }

    let rotated = folder.run("key rotate --config config.yaml --json");
    let rotated = rotated.exits(0).says("is kept as `secret.key.old-").json();
    assert_eq!((&rotated["resealed"], &rotated["left"]), (&json!(31), &json!(0)));
    assert_eq!(rotated["from"], before["key"]["fingerprint"]);
    assert_eq!(state.every_secret_opens(), state.secrets());
    assert_ne!(read_key_file(&state.key_path()), KEY);
    let [old] = state.old_keys().try_into().unwrap();
    assert_eq!(read_key_file(&old), KEY);
    for file in [&old, &state.key_path()] {
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{}", file.display());
    }
    let old_name = old.file_name().unwrap().to_str().unwrap().to_owned();

    let (outcome, status) = state.status("--archives archives");
    outcome.exits(0);
    assert_eq!(status["key"]["fingerprint"], rotated["to"]);
    assert_eq!(status["values"]["centrals"], json!({ "v1": 0, "v2": 30, "clear": 0, "unreadable": 0 }));
    assert_eq!(
        status["old_keys"][0],
        json!({ "name": old_name, "fingerprint": rotated["from"], "problem": null })
    );
    assert_eq!(archive(&status, "plain.tar.gz")["key_at"], "inside");
    let sealed = archive(&status, "sealed.tar.gz.oclbak");
    assert_eq!((&sealed["key_at"], &sealed["old_key"]), (&json!("old"), &json!(old_name)), "{status}");
    folder
        .run("key status --config config.yaml --archives archives")
        .exits(0)
        .says(&format!("the old key {old_name}"));

    let retire =
        |archives: &str| folder.run(&format!("key retire --config config.yaml --archives {archives}"));
    retire("archives").exits(6).says("sealed.tar.gz.oclbak");
    retire("archvies").exits(2).says("folder `archvies` does not exist");
    // Nor does it go while nobody can tell what an archive needs.
    fs::rename(folder.path("archives/sealed.tar.gz.oclbak"), folder.path("sealed")).unwrap();
    fs::write(folder.path("archives/monday.tar.gz.oclbak"), b"OCLBAK\x01").unwrap();
    retire("archives").exits(6).says("`monday.tar.gz.oclbak` may need it").says("hint: `--force`");
    fs::remove_file(folder.path("archives/monday.tar.gz.oclbak")).unwrap();
    fs::rename(folder.path("sealed"), folder.path("archives/sealed.tar.gz.oclbak")).unwrap();
    folder.run("key status --config config.yaml --archives archvies").exits(2).says("archvies");
    // What cannot be tried on an archive may be what it needs.
    fs::set_permissions(&old, fs::Permissions::from_mode(0o644)).unwrap();
    retire("archives").exits(6).says("sealed.tar.gz.oclbak").says("can be read by others").says("chmod 600");
    let (_, untried) = state.status("--archives archives");
    let problem = untried["old_keys"][0]["problem"].as_str().unwrap();
    assert!(problem.contains("can be read by others"), "{problem}");
    fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
    assert!(old.exists());
    for (name, key_file) in [("plain.tar.gz", ""), ("sealed.tar.gz.oclbak", "--key-file")] {
        let target = format!("restored-{name}");
        let key = if key_file.is_empty() { String::new() } else { format!("--key-file {}", old.display()) };
        folder.run(&format!("backup restore --data-dir {target} {key} archives/{name}")).exits(0);
        let secrets = stored(&folder.path(&target).join("openccu-loom.db"));
        assert_eq!(secrets.len(), state.secrets());
        assert!(secrets.values().all(|sealed| open(KEY, sealed).is_some()), "{secrets:?}");
    }
    fs::remove_file(folder.path("archives/sealed.tar.gz.oclbak")).unwrap();
    let retired = folder.run("key retire --config config.yaml --archives archives --json").exits(0).json();
    let configured = folder.data().join("state-backups");
    let looked_at = json!([{ "folder": "archives", "archives": 1 }, { "folder": configured, "archives": 0 }]);
    assert_eq!(retired, json!({ "removed": [old_name], "looked_at": looked_at }));
    assert!(!old.exists());

    let daemon = folder.start();
    let admin = daemon.client().token(&state.token);
    assert_eq!(admin.health_of("config.secrets")["status"], "healthy");
    let entries = admin.get("/audit?op=key_&limit=10").gives(200).json();
    let actions: Vec<_> = entries.as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["key_retire", "key_rotate"]);
    let exported = admin.get("/config/export?secrets=included").gives(200).text();
    assert!(exported.contains("\"secret 29\"") && exported.contains("\"secret of mqtt\""));
}

#[test]
fn a_running_daemon_is_named_and_does_it_itself_when_asked() {
    let state = SealedState::v1(3);
    let folder = &state.folder;
    let daemon = folder.start();
    let refused = folder.run("key rotate --config config.yaml");
    refused.exits(6).says("in use by a daemon").says("--running");
    fs::write(folder.path("token"), &state.token).unwrap();
    let who = format!("--running --url http://{} --token-file token", daemon.address());
    let (outcome, _) = state.status("");
    outcome.exits(0);
    let rotated = folder.run(&format!("key rotate {who} --json"));
    assert_eq!(rotated.exits(0).json()["resealed"], 4);
    let status = folder.run(&format!("key status {who} --json"));
    assert_eq!(status.exits(0).json()["key"]["fingerprint"], rotated.json()["to"]);
    folder.run(&format!("key rotate {who}")).exits(0);
    let old = state.old_keys();
    let names = old.iter().map(|path| path.file_name().unwrap().to_str().unwrap());
    let [first, second] = names.collect::<Vec<_>>().try_into().unwrap();
    folder.run(&format!("key retire {who} {first} secret.key.old-unknown")).exits(2);
    assert_eq!(state.old_keys(), old, "all or none");
    let retired = folder.run(&format!("key retire {who}"));
    retired
        .exits(0)
        .says(first)
        .says(second)
        .says("the daemon looked at the archives in its configured folder");
    assert!(state.old_keys().is_empty());
    daemon.stop();
    assert_eq!(state.every_secret_opens(), state.secrets());
}

#[test]
fn a_secret_that_does_not_open_keeps_the_key_unless_it_may_stay_as_it_is() {
    let state = SealedState::v1(3);
    let folder = &state.folder;
    let foreign = loom_e2e::sealing::seal([1; 32], "of another key");
    loom_e2e::data_dir::sqlite(
        &folder.database(),
        &format!("UPDATE centrals SET password_plain = '{foreign}' WHERE name = 'c1';"),
    );
    let before = state.stored();
    folder.run("key rotate --config config.yaml").exits(5).says("centrals/c1/password_plain");
    assert_eq!(state.stored(), before);
    assert_eq!((state.old_keys().len(), read_key_file(&state.key_path())), (0, KEY));
    let (outcome, status) = state.status("");
    outcome.exits(5);
    assert_eq!(status["unreadable_places"], json!(["centrals/c1/password_plain"]));
    let rotated = folder.run("key rotate --config config.yaml --allow-unreadable-secrets --json");
    let rotated = rotated.exits(3).says("stayed as they were: centrals/c1/password_plain").json();
    assert_eq!((&rotated["resealed"], &rotated["left"]), (&json!(3), &json!(1)));
    assert_eq!(state.stored()[&["centrals", "c1", "password_plain"].map(str::to_owned)], foreign);
}

#[test]
fn a_key_is_tried_before_it_is_needed() {
    let state = SealedState::v1(2);
    let folder = &state.folder;
    crate::bed::write_key(&folder.path("right.key"), KEY);
    crate::bed::write_key(&folder.path("wrong.key"), [3; 32]);
    let right = folder.run("key check --config config.yaml --key-file right.key --json");
    let right = right.exits(0).json();
    assert_eq!(
        (&right["total"], &right["unreadable"], &right["is_present"]),
        (&json!(3), &json!(0), &json!(true))
    );
    let wrong = folder.run("key check --config config.yaml --key-file wrong.key");
    wrong.exits(5).says("opens 0 of 3 sealed values").says("this data dir uses another key");
    folder.run("key check --config config.yaml --key-file missing.key").exits(5).says("does not exist");
    loom_e2e::data_dir::sqlite(
        &folder.database(),
        "DELETE FROM centrals; UPDATE config_sections SET value_json = json_remove(value_json, '$.password');",
    );
    let wrong = folder.run("key check --config config.yaml --key-file wrong.key");
    wrong.exits(5).says("opens 0 of 0 sealed values").says("this data dir uses another key");
    folder.run("key check --config config.yaml --key-file right.key").exits(0);
}

#[test]
fn a_new_key_that_comes_out_of_a_pipe_is_not_put_into_the_environment() {
    let state = SealedState::v1(2);
    let folder = &state.folder;
    let pipe = folder.path("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    // It is never read, and ends with the test.
    std::thread::spawn(move || fs::write(pipe, key_file([42; 32])));
    let rotate = folder.run("key rotate --config config.yaml --to env --new-key-file pipe");
    rotate
        .exits(5)
        .says("out of `pipe`: it is no regular file")
        .says("the file the daemon's environment is set from");
    assert_eq!(read_key_file(&state.key_path()), KEY);
    assert_eq!(state.every_secret_opens(), 0, "sealed anew");
}

#[test]
fn a_new_key_goes_to_the_environment_by_the_operators_hand() {
    let state = SealedState::v1(2);
    let folder = &state.folder;
    let rotate = "key rotate --config config.yaml --to env";
    let new = [42; 32];
    let text = key_file(new).trim().to_owned();
    // A key in the environment of the command is gone with it.
    let gone = loom_e2e::run::run(folder.command(rotate).env("OPENCCU_LOOM_NEW_SECRET_KEY", &text));
    gone.exits(5)
        .says("a line OPENCCU_LOOM_NEW_SECRET_KEY=")
        .says("openssl rand -base64 32")
        .says("--new-key-file");
    assert_eq!(read_key_file(&state.key_path()), KEY);
    let rotate = format!("{rotate} --new-key-file environment");
    folder.run(&rotate).exits(5).says("`environment` holds no new master key");
    fs::write(folder.path("environment"), format!("OPENCCU_LOOM_NEW_SECRET_KEY={text}\n")).unwrap();
    let rotated = folder.run(&rotate);
    rotated.exits(0).says("OPENCCU_LOOM_SECRET_KEY");
    assert!(!rotated.words().contains(&text));
    assert_eq!(state.every_secret_opens_with(new), state.secrets());
    assert!(!state.key_path().exists());
    let status = "key status --config config.yaml";
    loom_e2e::run::run(folder.command(status).env("OPENCCU_LOOM_SECRET_KEY", &text)).exits(0);

    // And back, with the variable that now beats the file, in whose place another key lies.
    fs::write(state.key_path(), key_file([9; 32])).unwrap();
    let back = "key rotate --config config.yaml --to file --json";
    let back = loom_e2e::run::run(folder.command(back).env("OPENCCU_LOOM_SECRET_KEY", &text));
    let told = back.exits(0).says("remove OPENCCU_LOOM_SECRET_KEY").json();
    for (files, key) in [(&told["kept"], new), (&told["set_aside"], [9; 32])] {
        let [file] = &files.as_array().unwrap()[..] else { panic!("{told}") };
        let file = file.as_str().unwrap();
        assert_eq!(read_key_file(&folder.data().join(file)), key);
        back.says(&format!("is kept as `{file}`"));
    }
    assert_eq!(state.every_secret_opens(), state.secrets());
    let still_set = loom_e2e::run::run(folder.command(status).env("OPENCCU_LOOM_SECRET_KEY", &text));
    still_set.exits(5);
}
