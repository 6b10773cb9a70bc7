//! The configuration at a start: which file, which value, and what is said of one that does not fit.

use loom_e2e::daemon::{Daemon, DaemonFolder};
use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes a config file that names a data dir of its own, `name`.
fn config(folder: &DaemonFolder, file: &str, name: &str) {
    let path = folder.path(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let data = folder.path(name);
    fs::write(path, format!("data_dir: \"{}\"\nlisten: {{rest: \"127.0.0.1:0\"}}\n", data.display()))
        .unwrap();
}

/// The data dir that a daemon started by this command uses.
#[track_caller]
fn data_dir_of(command: &mut Command) -> String {
    let daemon = Daemon::start(command);
    let ready = daemon.log().wait_for("daemon ready").unwrap();
    daemon.stop();
    let data_dir = Path::new(ready["data_dir"].as_str().unwrap());
    assert!(data_dir.join("openccu-loom.db").is_file());
    data_dir.file_name().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_nearest_config_file_is_used() {
    let folder = DaemonFolder::default();
    for (file, name) in [
        ("flag.yaml", "of-the-flag"),
        ("variable.yaml", "of-the-variable"),
        ("config.yaml", "of-the-folder"),
        ("xdg/openccu-loom/config.yaml", "of-xdg"),
        (".config/openccu-loom/config.yaml", "of-the-home"),
    ] {
        config(&folder, file, name);
    }
    let with_all = |words: &str| {
        let mut command = folder.command(words);
        command.env("OPENCCU_LOOM_CONFIG", "variable.yaml").env("XDG_CONFIG_HOME", folder.path("xdg"));
        command
    };
    assert_eq!(data_dir_of(&mut with_all("run --config flag.yaml")), "of-the-flag");
    assert_eq!(data_dir_of(&mut with_all("run")), "of-the-variable");
    assert_eq!(data_dir_of(with_all("run").env("OPENCCU_LOOM_CONFIG", "")), "of-the-folder");
    fs::remove_file(folder.path("config.yaml")).unwrap();
    assert_eq!(data_dir_of(with_all("run").env_remove("OPENCCU_LOOM_CONFIG")), "of-xdg");
    assert_eq!(data_dir_of(&mut folder.command("run")), "of-the-home");
    let told = folder.run("run --config nowhere.yaml");
    told.exits(2).says("config file `nowhere.yaml` does not exist").says("`--config` names it");
}

#[test]
fn a_variable_beats_the_file_and_the_env_file_fills_in_what_is_not_set() {
    let folder = DaemonFolder::default();
    fs::write(folder.path(".env"), format!("OPENCCU_LOOM_DATA_DIR={}\n", folder.path("dotted").display()))
        .unwrap();
    let command = || folder.command("run --config config.yaml");
    assert_eq!(data_dir_of(&mut command()), "dotted");
    assert_eq!(data_dir_of(command().env("OPENCCU_LOOM_DATA_DIR", folder.path("set"))), "set");
    fs::write(folder.path(".env"), "OPENCCU_LOOM_SECRET_KEY=hidden\nnonsense with hunter2\n").unwrap();
    let told = folder.refused();
    told.exits(2).says("environment file").says("line 2 has no `=`");
    assert!(!told.words().contains("hunter2") && !told.words().contains("hidden"), "{}", told.words());
}

#[test]
fn an_unknown_key_is_warned_of_with_its_file_and_line() {
    let folder = DaemonFolder::default();
    folder.configure("logging:\n  levle: debug\n");
    let daemon = folder.start();
    daemon.says("config file `config.yaml`, line 5: `logging.levle` is no known setting");
    let warning = daemon.log().wait_for("logging.levle").unwrap();
    assert_eq!(warning["level"], "warn");
    daemon.stop();
}

#[test]
fn a_wrong_value_is_refused_with_its_place_and_what_is_allowed() {
    let folder = DaemonFolder::default();
    folder.configure("logging:\n  level: loud\n");
    let told = folder.refused();
    told.exits(2).says("config file `config.yaml` cannot be used").says("line 5").says("`logging.level`");
    told.says("`debug`, `info`, `warn`, `error`");
    folder.configure("north:\n  mqtt:\n    password: [hunter2]\n");
    let told = folder.refused();
    told.exits(2).says("line 6").says("`north.mqtt.password`");
    assert!(!told.words().contains("hunter2"), "{}", told.words());
    folder.configure("");
    let mut command = folder.command("run --config config.yaml");
    loom_e2e::run::run(command.env("OPENCCU_LOOM_LOG_LEVEL", "loud"))
        .exits(2)
        .says("`OPENCCU_LOOM_LOG_LEVEL`");
    assert!(!folder.data().exists(), "a start that is refused makes nothing");
}

#[test]
fn an_unknown_backend_is_refused_with_those_there_are() {
    let folder = DaemonFolder::default();
    for (key, known) in [
        ("state", "`sqlite`, `memory`"),
        ("keys", "`file`, `env`, `memory`"),
        ("archives", "`folder`, `memory`"),
        ("ccu", "`homematic`, `none`, `memory`"),
    ] {
        folder.configure(&format!("backends:\n  {key}: postgres\n"));
        let told = folder.refused();
        told.exits(2).says(&format!("`backends.{key}` names the backend `postgres`"));
        told.says(&format!("there are: {known}"));
    }
    assert!(!folder.data().exists());
}

#[test]
fn a_daemon_on_memory_writes_nothing_to_the_disk() {
    let folder = DaemonFolder::default();
    folder.configure("backends: {state: memory, keys: memory, archives: memory, ccu: memory}\n");
    let daemon = folder.start();
    let admin = daemon.client().set_up();
    admin.post("/centrals", &crate::central("haus", "a secret")).gives(201);
    admin.take_backup();
    daemon.stop();
    assert!(!folder.data().exists());
}
