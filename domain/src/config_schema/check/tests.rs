//! Cases of the checks: what is found, how it reads, and that no secret is quoted.

use super::*;
use serde_json::json;

fn words(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

#[test]
fn a_sound_document_has_no_findings() {
    let document = json!({
        "data_dir": "/data",
        "locale": "de",
        "logging": {"level": "debug", "overrides": {"http": "warn"}},
        "listen": {"rest": ":8119"},
        "north": {
            "rest": {"listen": ":8119", "csrf_enabled": null, "auth": {"users": {"admin": "x"}, "oidc": {"enabled": true}}},
            "mqtt": null,
        },
        "centrals": [{"name": "home", "host": "ccu", "interfaces": ["HmIP-RF"]}],
        "backup": {"schedule": "24h"},
    });
    assert_eq!(words(&check_document(&document)), Vec::<String>::new());
    assert_eq!(check_document(&Value::Null), []);
}

#[test]
fn each_kind_of_wrong_value_is_told_in_its_words() {
    let document = json!({
        "logging": {"level": "loud"},
        "callback": {"port": 70_000},
        "north": {"rest": {"csrf_enabled": "yes", "cors": "*", "auth": 3}},
        "backup": {"schedule": 1800},
    });
    let expected = [
        "`backup.schedule` must be a duration such as `30s` or `12h`, not `1800`",
        "`callback.port` must be from 0 to 65535, not `70000`",
        "`logging.level` must be one of `debug`, `info`, `warn`, `error`, not `loud`",
        "`north.rest.auth` must be a map, not a number",
        "`north.rest.cors` must be a list of texts, not `*`",
        "`north.rest.csrf_enabled` must be `true` or `false`, not `yes`",
    ];
    let findings = check_document(&document);
    assert_eq!(words(&findings), expected);
    assert!(findings.iter().all(Finding::is_wrong));
}

#[test]
fn an_unknown_key_is_told_with_what_it_may_have_meant() {
    let cases = [
        (json!({"north": {"rest": {"csrf_enabeld": true}}}), "north.rest.csrf_enabled"),
        (json!({"data-dir": "x"}), "data_dir"),
        (json!({"csrf_enabled": true}), "north.rest.csrf_enabled"),
        (json!({"central": []}), "centrals"),
        (json!({"centrals": [{"nmae": "x"}]}), "centrals[].name"),
    ];
    for (document, meant) in cases {
        let findings = check_document(&document);
        let [Finding { problem: Problem::UnknownField { nearest }, .. }] = &findings[..] else {
            panic!("{findings:?}")
        };
        assert_eq!(nearest.first().map(String::as_str), Some(meant));
    }
    let expected = "`north.rest.csrf_enabeld` is no known setting; did you mean `north.rest.csrf_enabled`?";
    assert_eq!(words(&check_document(&json!({"north": {"rest": {"csrf_enabeld": 1}}}))), [expected]);
    assert_eq!(words(&check_document(&json!({"quux": 1}))), ["`quux` is no known setting"]);
}

#[test]
fn an_open_section_keeps_what_is_not_known() {
    let findings = check_section("alarm", &json!({"zones": [1], "pin": {"length": 4}}));
    assert!(findings.iter().all(Finding::is_mention));
    assert_eq!(words(&findings)[0], "`alarm.pin` is not known here and is kept as it is");
    let findings = check_section("north.mqtt", &json!({"enabled": "on"}));
    assert!(findings[0].is_wrong(), "what is known is checked there too");
}

#[test]
fn a_section_holds_neither_other_sections_nor_what_only_the_file_has() {
    let value =
        json!({"listen": ":1", "auth": {"users": {}, "oidc": {"enabled": true}, "basic_enabled": true}});
    let expected = [
        "`north.rest.auth.oidc` is not kept in this section, but in the section `north.rest.auth.oidc`",
        "`north.rest.auth.users` is not kept in this section, but only in the config file",
        "`north.rest.listen` is not kept in this section, but only in the config file",
    ];
    assert_eq!(words(&check_section("north.rest", &value)), expected);
}

#[test]
fn a_section_is_known_and_a_map() {
    let expected = "`north.mqt` is no known setting; did you mean `north.mqtt`?";
    assert_eq!(words(&check_section("north.mqt", &json!({}))), [expected]);
    assert_eq!(words(&check_section("backup", &json!([1]))), ["`backup` must be a map, not a list"]);
    assert_eq!(check_section("locale", &json!("de")), []);
}

#[test]
fn a_secret_may_be_masked_but_is_never_quoted() {
    let masked = json!({"enabled": true, "password": "***"});
    assert_eq!(check_section("north.mqtt", &masked), []);
    assert_eq!(check_section("north.matter", &json!({"commissioning": {"passcode": ""}})), []);
    let documents = [
        json!({"north": {"mqtt": {"password": 4711_4711}}}),
        json!({"north": {"matter": {"commissioning": {"passcode": "4711-4711"}}}}),
        json!({"north": {"matter": {"commissioning": {"passcode": 471_147_110_u64}}}}),
        json!({"north": {"rest": {"auth": {"tokens": {"47114711": "king"}}}}}),
        json!({"north": {"rest": {"auth": {"tokens": {"47114711": 1}}}}}),
        json!({"centrals": [{"name": "a", "host": "b", "password": 4711_4711}]}),
    ];
    for document in documents {
        let findings = words(&check_document(&document));
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert!(!findings[0].contains("4711"), "{findings:?}");
    }
}

#[test]
fn what_is_wrong_with_a_central_has_its_place() {
    let document = json!({"centrals": [{"name": "a"}, {"port": "x", "tls": 1}, "ccu"]});
    let expected = [
        "`centrals[1].port` must be a whole number, not `x`",
        "`centrals[1].tls` must be `true` or `false`, not `1`",
        "`centrals[2]` must be a map, not a text",
    ];
    assert_eq!(words(&check_document(&document)), expected);
    let other = json!({"centrals": {"home": {}}});
    assert_eq!(words(&check_document(&other)), ["`centrals` must be a list, not a map"]);
}
