//! Cases of loading the daemon's configuration: which file, which layer, which words.

use super::*;
use crate::telemetry::logging::{Format, Level};
use std::ffi::OsString;
use std::sync::Arc;

/// A folder to look in, and variables.
struct Case {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
}

impl Case {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, variables: BTreeMap::new() }
    }

    fn with_file(yaml: &str) -> Self {
        Self::new().file("work/config.yaml", yaml)
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        let value = value.replace("{folder}", &self.folder.path().display().to_string());
        self.variables.insert(name.to_owned(), value);
        self
    }

    fn load_named(&self, config: Option<&str>) -> Result<DaemonConfig, ConfigError> {
        let variables = self.variables.clone();
        let environment: Environment = Arc::new(move |name| variables.get(name).map(OsString::from));
        let config = config.map(|name| self.folder.path().join(name));
        DaemonConfig::load(&Inputs {
            config: config.as_deref(),
            environment: &environment,
            working_dir: &self.folder.path().join("work"),
            system_dir: &self.folder.path().join("etc"),
        })
    }

    fn load(&self) -> DaemonConfig {
        self.load_named(None).unwrap()
    }

    fn refused(&self) -> String {
        self.load_named(None).unwrap_err().to_string()
    }
}

#[test]
fn without_anything_there_are_defaults() {
    let config = Case::new().load();
    assert_eq!(config.data_dir, Path::new("./var"));
    assert_eq!(config.state_backups_dir, Path::new("./var/state-backups"));
    assert_eq!(config.logging, Logging::default());
    assert_eq!(config.listen.to_string(), ":8119");
    assert!(config.allow_first_run_setup);
    let backends = &config.backends;
    assert_eq!(
        [&backends.state, &backends.keys, &backends.archives, &backends.ccu],
        ["sqlite", "file", "folder", "homematic"]
    );
    assert_eq!((config.config_path, config.warnings), (None, Vec::<String>::new()));
}

#[test]
fn the_first_file_of_the_search_is_used() {
    let data_dir = |case: &Case| case.load().data_dir.display().to_string();
    let case = Case::new().file("etc/config.yaml", "data_dir: etc\n").variable("HOME", "{folder}/home");
    assert_eq!(data_dir(&case), "etc");
    let case = case.file("home/.config/openccu-loom/config.yaml", "data_dir: home\n");
    assert_eq!(data_dir(&case), "home");
    let case = case
        .variable("XDG_CONFIG_HOME", "{folder}/xdg")
        .file("xdg/openccu-loom/config.yaml", "data_dir: xdg\n");
    assert_eq!(data_dir(&case), "xdg");
    let case = case.file("work/config.yaml", "data_dir: work\n");
    assert_eq!(data_dir(&case), "work");
    let case =
        case.file("named.yaml", "data_dir: named\n").variable("OPENCCU_LOOM_CONFIG", "{folder}/named.yaml");
    assert_eq!(data_dir(&case), "named");
    let flagged = case.file("flag.yaml", "data_dir: flag\n").load_named(Some("flag.yaml")).unwrap();
    assert_eq!(flagged.data_dir, Path::new("flag"));
    assert!(flagged.config_path.unwrap().ends_with("flag.yaml"));
    assert_eq!(flagged.config_bytes.unwrap(), b"data_dir: flag\n");
}

#[test]
fn a_named_file_that_is_missing_is_refused_with_who_named_it() {
    let case = Case::with_file("data_dir: work\n");
    let refused = case.load_named(Some("gone.yaml")).unwrap_err().to_string();
    assert!(refused.contains("gone.yaml` does not exist\nhint: `--config` names it"), "{refused}");
    let refused = case.variable("OPENCCU_LOOM_CONFIG", "{folder}/gone.yaml").refused();
    assert!(refused.contains("hint: the variable `OPENCCU_LOOM_CONFIG` names it"), "{refused}");
}

#[test]
fn a_later_layer_wins() {
    let yaml = "data_dir: file\nlogging: {level: warn, format: text, overrides: {loom_app.http: debug}}\n\
                backends: {ccu: memory}\nstate_backups: {dir: /archives}\nbootstrap: {allow_first_run_setup: false}\n";
    let config = Case::with_file(yaml)
        .variable("OPENCCU_LOOM_DATA_DIR", "env")
        .variable("OPENCCU_LOOM_LOG_FORMAT", "")
        .variable("OPENCCU_LOOM_REST_LISTEN", "[::1]:80")
        .load();
    assert_eq!(config.data_dir, Path::new("env"));
    assert_eq!((config.logging.level, config.logging.format), (Level::Warn, Format::Text));
    assert_eq!(config.logging.overrides["loom_app.http"], Level::Debug);
    assert_eq!(config.listen.to_string(), "[::1]:80");
    assert_eq!((config.backends.ccu.as_str(), config.backends.state.as_str()), ("memory", "sqlite"));
    assert_eq!(config.state_backups_dir, Path::new("/archives"));
    assert!(!config.allow_first_run_setup);
    let effective = config.effective(&[]);
    assert_eq!((effective.text("data_dir"), effective.text("listen.rest")), ("env", "[::1]:80"));
}

#[test]
fn both_names_of_the_address_count() {
    let config = Case::with_file("north: {rest: {listen: ':1'}}\n").load();
    assert_eq!((config.listen.port(), config.warnings), (1, vec![]));
    let config = Case::with_file("listen: {rest: ':2'}\nnorth: {rest: {listen: ':1'}}\n").load();
    assert_eq!(config.listen.port(), 2);
    assert!(config.warnings[0].contains("`listen.rest` is used"), "{:?}", config.warnings);
}

#[test]
fn a_key_without_a_value_is_not_set() {
    let config = Case::with_file("data_dir:\nlogging:\nlisten:\n  rest: ~\ncentrals:\n").load();
    assert_eq!((config.data_dir.as_path(), config.listen.port()), (Path::new("./var"), 8119));
    assert_eq!(config.warnings, Vec::<String>::new());
}

#[test]
fn an_unknown_key_is_a_warning_with_its_place() {
    let config =
        Case::with_file("data_dir: x\nnorth:\n  rest:\n    csrf_enabeld: true\nalarm:\n  zones: []\n").load();
    assert_eq!(config.warnings.len(), 2);
    let expected = "config.yaml`, line 4: `north.rest.csrf_enabeld` is no known setting; did you mean `north.rest.csrf_enabled`?";
    assert!(
        config
            .warnings
            .iter()
            .any(|warning| warning.starts_with("config file `") && warning.ends_with(expected)),
        "{:?}",
        config.warnings
    );
    let expected = "line 6: `alarm.zones` is not known here and is kept as it is";
    assert!(config.warnings.iter().any(|warning| warning.ends_with(expected)), "{:?}", config.warnings);
}

#[test]
fn every_wrong_value_is_refused_with_file_line_key_and_what_is_allowed() {
    let refused =
        Case::with_file("logging:\n  level: loud\ncallback:\n  port: 70000\ncentrals:\n- name: a b\n")
            .refused();
    assert!(
        refused.starts_with("config file `") && refused.contains("config.yaml` cannot be used: "),
        "{refused}"
    );
    for part in [
        "line 2: `logging.level` must be one of `debug`, `info`, `warn`, `error`, not `loud`; ",
        "line 4: `callback.port` must be from 0 to 65535, not `70000`; ",
        "line 6: `centrals[0].name` must be 1 to 64 letters, digits, `-` or `_`, not `a b`",
        "`centrals[0].host` must be a host name or address\nhint: ",
    ] {
        assert!(refused.contains(part), "{part}\n{refused}");
    }
}

#[test]
fn what_is_no_yaml_is_refused_without_its_lines() {
    for yaml in ["north: {mqtt: {password: 'hunter2\n", "password: hunter2: x\n", "a: 1\n---\nb: hunter2\n"] {
        let refused = Case::with_file(yaml).refused();
        assert!(refused.contains("is no YAML that can be read") && !refused.contains("hunter2"), "{refused}");
    }
    assert!(Case::with_file("- a\n").refused().contains("`config` must be a map, not a list"));
}

#[test]
fn values_that_make_no_sense_together_are_refused() {
    assert!(Case::with_file("data_dir: ''\n").refused().starts_with("`data_dir` is empty\nhint: "));
    assert!(
        Case::with_file("listen: {rest: nowhere}\n")
            .refused()
            .contains("`listen.rest` cannot be used: `nowhere`")
    );
    let refused = Case::new().variable("OPENCCU_LOOM_REST_OPENAPI_VALIDATE", "maybe").refused();
    assert!(
        refused.starts_with("variable `OPENCCU_LOOM_REST_OPENAPI_VALIDATE` must be one of `1`"),
        "{refused}"
    );
}

#[test]
fn the_env_file_fills_only_what_is_not_set() {
    let case = Case::new()
        .file("work/.env", "OPENCCU_LOOM_DATA_DIR=dotenv\nOPENCCU_LOOM_LOG_LEVEL=warn\nCCU_PASSWORD='a$b'\nOPENCCU_LOOM_NONE=1\n")
        .variable("OPENCCU_LOOM_LOG_LEVEL", "error")
        .variable("OPENCCU_LOOM_DATA_DIR", "");
    let config = case.load();
    assert_eq!((config.data_dir.as_path(), config.logging.level), (Path::new("./var"), Level::Error));
    assert_eq!((config.environment)("CCU_PASSWORD"), Some(OsString::from("a$b")));
    assert!(
        config.warnings[0].ends_with("`OPENCCU_LOOM_NONE` is no known variable"),
        "{:?}",
        config.warnings
    );
    for off in ["env_file: '-'\n", "env_file: /dev/null\n", "env_file: other.env\n"] {
        let config = Case::with_file(off).file("work/.env", "CCU_PASSWORD=x\n").load();
        assert_eq!((config.environment)("CCU_PASSWORD"), None, "{off}");
    }
}

#[test]
fn what_is_seeded_from_the_file_is_handed_out() {
    let yaml = "locale: de\nnorth:\n  rest:\n    cors: ['*']\n    auth: {users: {admin: hunter2}, tokens: {t0k3n: viewer}}\n\
                centrals:\n- {name: home, host: ccu, password: hunter2}\n";
    let config = Case::with_file(yaml).load();
    let sections = [
        ("locale".to_owned(), serde_json::json!({"locale": "de"})),
        ("north.rest".to_owned(), serde_json::json!({"cors": ["*"]})),
    ];
    assert_eq!(config.sections_of_file(), sections);
    assert_eq!(config.users_of_file(), [("admin".to_owned(), SecretText::new("hunter2"))]);
    assert_eq!(config.tokens_of_file(), [(SecretText::new("t0k3n"), Role::Viewer)]);
    assert_eq!(config.centrals_of_file(Timestamp::UNIX_EPOCH)[0].name.as_str(), "home");
}

#[test]
fn debug_shows_neither_the_file_nor_the_variables() {
    let config = Case::with_file("north: {mqtt: {password: hunter2}}\n")
        .variable("OPENCCU_LOOM_OIDC_CLIENT_SECRET", "hunter2")
        .file("work/.env", "CCU_PASSWORD=hunter2\n")
        .load();
    assert_eq!(config.overlay["north.rest.auth.oidc.client_secret"], "hunter2");
    assert!(!format!("{config:?} {:?}", config.effective(&[])).contains("hunter2"));
}

#[test]
fn a_slip_in_what_seals_stops_the_start() {
    for (yaml, words) in [
        ("data_dir: x\nstate_backups:\n  recipient: [a]\n", "line 3: `state_backups.recipient` is no known"),
        ("State_Backups:\n  seal: recipients\n", "line 1: `State_Backups` is no known setting; did you mean"),
        ("state_backups:\n  passphrase_file:\n", "`state_backups.passphrase_file` must be given a value"),
        ("keys:\n  KMS: {}\n", "did you mean `keys.kms`?"),
    ] {
        let refused = Case::with_file(yaml).refused();
        assert!(refused.contains(words), "{refused}");
    }
}
