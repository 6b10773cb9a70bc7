//! Cases of the layers: which one wins, where a value comes from, and that no secret is shown.

use super::*;
use jiff::Timestamp;

fn section(name: &str, value: Value) -> ConfigSection {
    ConfigSection {
        name: name.to_owned(),
        value,
        version: 1,
        updated_at: Timestamp::UNIX_EPOCH,
        updated_by: "admin".to_owned(),
    }
}

fn environment<const N: usize>(entries: [(&str, Value); N]) -> BTreeMap<String, Value> {
    entries.map(|(path, value)| (path.to_owned(), value)).into()
}

#[test]
fn a_later_layer_wins() {
    let file = json!({"callback": {"host": "file", "port": 1, "bin_port": 2}});
    let environment = environment([("callback.host", json!("env")), ("callback.port", json!(3))]);
    let stored = [section("callback", json!({"host": "db"}))];
    let config = EffectiveConfig::work_out(&file, &environment, &stored);
    let found = ["callback.host", "callback.port", "callback.bin_port", "callback.port_range"]
        .map(|path| (config.value(path).clone(), config.source(path).as_str()));
    let expected = [(json!("db"), "db"), (json!(3), "env"), (json!(2), "bootstrap"), (json!(""), "default")];
    assert_eq!(found, expected);
}

#[test]
fn a_secret_of_the_environment_beats_the_stored_one() {
    let environment =
        environment([("north.mqtt.password", json!("env")), ("north.mqtt.broker_url", json!("env"))]);
    let stored = [section("north.mqtt", json!({"password": "db", "broker_url": "db"}))];
    let config = EffectiveConfig::work_out(&json!({}), &environment, &stored);
    assert_eq!(config.text("north.mqtt.password"), "env");
    assert_eq!(config.source("north.mqtt.password"), Source::Env);
    assert_eq!(config.text("north.mqtt.broker_url"), "db");
}

#[test]
fn getters_know_every_default() {
    let config = EffectiveConfig::work_out(&Value::Null, &BTreeMap::new(), &[]);
    assert!(config.bool("north.rest.csrf_enabled"));
    assert!(!config.bool("security.allow_plaintext_secrets"));
    assert_eq!(config.integer("north.rest.ws.replay_capacity"), 1024);
    assert!((config.number("north.rest.rate_limit.requests_per_second") - 10.0).abs() < f64::EPSILON);
    assert_eq!(config.integer("north.rest.rate_limit.burst"), 30);
    assert_eq!(config.text("listen.rest"), ":8119");
    assert_eq!(config.duration("persistence.values_cache.flush_interval"), Duration::from_secs(60));
    assert_eq!(config.duration("backup.schedule"), Duration::ZERO);
    assert_eq!(config.texts("north.rest.cors"), Vec::<&str>::new());
    for field in settings().filter(|field| field.alias_of.is_none()) {
        assert_eq!(*config.value(field.path), field.default_value(), "{}", field.path);
    }
}

#[test]
fn both_names_of_a_setting_have_one_value() {
    let only_alias = json!({"north": {"rest": {"listen": ":1"}}});
    let both = json!({"listen": {"rest": ":2"}, "north": {"rest": {"listen": ":1"}}});
    for (file, expected) in [(json!({}), ":8119"), (only_alias, ":1"), (both, ":2")] {
        let config = EffectiveConfig::work_out(&file, &BTreeMap::new(), &[]);
        assert_eq!(config.text("listen.rest"), expected);
        assert_eq!(config.text("north.rest.listen"), expected);
    }
}

#[test]
fn a_variable_beats_the_other_name_in_the_file() {
    let file = json!({"north": {"rest": {"listen": ":1"}}});
    let config = EffectiveConfig::work_out(&file, &environment([("listen.rest", json!(":3"))]), &[]);
    assert_eq!((config.text("north.rest.listen"), config.source("listen.rest")), (":3", Source::Env));
}

#[test]
fn a_value_its_field_cannot_have_is_passed_over_and_told() {
    let stored = [section("callback", json!({"port": "x", "host": "db"}))];
    let config = EffectiveConfig::work_out(&json!({"callback": {"port": 7}}), &BTreeMap::new(), &stored);
    assert_eq!((config.integer("callback.port"), config.text("callback.host")), (7, "db"));
    assert_eq!(config.ignored()[0].to_string(), "`callback.port` must be a whole number, not `x`");
}

#[test]
fn what_only_the_file_may_hold_is_not_taken_from_the_state() {
    let odd = json!({"listen": ":1", "auth": {"users": {"mallory": "x"}}});
    let stored = [section("north.rest", odd), section("listen", json!({"rest": ":1"}))];
    let config = EffectiveConfig::work_out(&json!({}), &BTreeMap::new(), &stored);
    assert_eq!(config.text("listen.rest"), ":8119");
    assert_eq!(*config.value("north.rest.auth.users"), json!({}));
}

#[test]
fn null_is_not_set() {
    let stored = [section("callback", json!({"port": null}))];
    let config = EffectiveConfig::work_out(&json!({}), &BTreeMap::new(), &stored);
    assert_eq!((config.integer("callback.port"), config.source("callback.port")), (8120, Source::Default));
}

#[test]
fn what_an_open_section_keeps_is_in_effect_too() {
    let stored = [section("alarm", json!({"zones": [1], "delay": {"exit": 30}}))];
    let masked = EffectiveConfig::work_out(&json!({}), &BTreeMap::new(), &stored).to_masked_json();
    assert_eq!(masked["config"]["alarm"], json!({"zones": [1], "delay": {"exit": 30}}));
    assert_eq!(masked["sources"]["alarm.delay.exit"], json!("db"));
}

#[test]
fn neither_debug_nor_the_masked_form_shows_a_secret() {
    let file = json!({
        "north": {
            "mqtt": {"password": "hunter2"},
            "rest": {"auth": {"users": {"hunter2": "hunter2"}, "tokens": {"hunter2": "admin"}}},
            "matter": {"commissioning": {"passcode": 20_202_021, "salt": "hunter2"}},
        },
        "centrals": [{"name": "home", "password": "hunter2"}],
    });
    let environment = environment([("north.rest.auth.oidc.client_secret", json!("hunter2"))]);
    let stored = [section("north.webhook", json!({"secret": "hunter2", "inbound": {"token": "hunter2"}}))];
    let config = EffectiveConfig::work_out(&file, &environment, &stored);
    let masked = config.to_masked_json();
    let shown = format!("{masked} {config:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("20202021"), "{shown}");
    assert_eq!(masked["config"]["north"]["mqtt"]["password"], json!("***"));
    assert_eq!(masked["sources"]["north.rest.auth.oidc.client_secret"], json!("env"));
    assert_eq!(masked["config"]["north"]["matter"]["attestation"]["dac_key_path"], json!(""));
    assert_eq!(masked["config"]["centrals"], Value::Null);
}
