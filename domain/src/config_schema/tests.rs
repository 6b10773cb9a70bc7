//! Cases of the table of settings as a whole.

use super::*;
use crate::config_section::SECTION_NAMES;
use crate::secret::classify::{LeafKind, SECRET_LEAVES};
use std::collections::BTreeSet;

#[test]
fn every_path_and_every_variable_stands_there_once() {
    let mut seen = BTreeSet::new();
    for field in fields() {
        assert!(seen.insert(field.path), "{} stands there twice", field.path);
        let variable = field.environment.unwrap_or(field.path);
        assert!(variable == field.path || seen.insert(variable), "{variable} sets two fields");
        assert!(field.environment.is_none_or(|name| name.starts_with("OPENCCU_LOOM_")), "{variable}");
    }
}

#[test]
fn no_field_lies_inside_of_another() {
    for field in fields() {
        for (at, _) in field.path.match_indices('.') {
            assert!(find_field(&field.path[..at]).is_none(), "{}", field.path);
        }
    }
}

#[test]
fn the_sections_are_those_that_are_stored() {
    assert_eq!(SECTIONS.map(|section| section.name), SECTION_NAMES);
}

#[test]
fn every_setting_of_a_section_has_its_section() {
    for field in fields() {
        let in_section = matches!(field.home, Home::Section | Home::FileOnly);
        assert_eq!(field.section().is_some(), in_section, "{}", field.path);
        assert_eq!(field.path.starts_with("centrals[]."), field.home == Home::Central, "{}", field.path);
    }
}

#[test]
fn what_is_read_at_the_start_only_asks_for_a_restart() {
    let waits = |path| find_field(path).unwrap().restart_required;
    assert!(waits("security.allow_plaintext_secrets"));
    assert!(!waits("north.rest.csrf_enabled"));
}

#[test]
fn the_longest_section_name_owns_a_path() {
    assert_eq!(section_of("north.rest.csrf_enabled"), Some("north.rest"));
    assert_eq!(section_of("north.rest.auth.oidc.issuer"), Some("north.rest.auth.oidc"));
    assert_eq!(section_of("north.rest.auth.oidcs"), Some("north.rest"));
    assert_eq!(section_of("north.restful"), None);
    assert_eq!(section_of("north"), None);
}

#[test]
fn each_default_is_a_value_its_field_takes() {
    for field in fields() {
        assert_eq!(check_field(field, &field.default_value()), None, "{}", field.path);
    }
}

#[test]
fn secret_leaves_and_secret_fields_are_the_same() {
    let of_leaves: BTreeSet<String> =
        SECRET_LEAVES.iter().map(|leaf| format!("{}.{}", leaf.section, leaf.path.join("."))).collect();
    let secret = settings().filter(|field| field.is_secret());
    assert_eq!(of_leaves, secret.map(|field| field.path.to_owned()).collect());
    for leaf in SECRET_LEAVES {
        let field = find_field(&format!("{}.{}", leaf.section, leaf.path.join("."))).unwrap();
        assert_eq!(field.section(), Some(leaf.section));
        assert_eq!(field.path_in_section(), leaf.path.join("."));
        let kinds_agree = match leaf.kind {
            LeafKind::Text => field.kind == FieldKind::Text,
            LeafKind::Integer => matches!(field.kind, FieldKind::Integer { .. }),
            LeafKind::TextMap => matches!(field.kind, FieldKind::TextMap(_)),
        };
        assert!(kinds_agree, "{}", field.path);
    }
}

#[test]
fn an_alias_names_a_field_that_takes_the_same_values() {
    let aliases: Vec<_> = fields().filter(|field| field.alias_of.is_some()).collect();
    assert!(!aliases.is_empty());
    for alias in aliases {
        let meant = find_field(alias.alias_of.unwrap()).unwrap();
        assert_eq!((meant.kind, meant.is_secret()), (alias.kind, alias.is_secret()), "{}", alias.path);
        assert!(alias.default_value().is_null(), "{}: the default is the other's", alias.path);
    }
}

#[test]
fn every_sentence_is_one() {
    for field in fields() {
        let sentence = field.sentence();
        assert!(sentence.ends_with('.') && sentence.len() > 10, "{}: {sentence}", field.path);
        assert!(!sentence.contains("  ") && !sentence.contains('|'), "{}: {sentence}", field.path);
    }
}

#[test]
fn a_known_variable_sets_a_known_field() {
    let variable_of = |path| find_field(path).and_then(|field| field.environment);
    for (path, variable) in [
        ("data_dir", "OPENCCU_LOOM_DATA_DIR"),
        ("logging.level", "OPENCCU_LOOM_LOG_LEVEL"),
        ("logging.format", "OPENCCU_LOOM_LOG_FORMAT"),
        ("listen.rest", "OPENCCU_LOOM_REST_LISTEN"),
        ("locale.locale", "OPENCCU_LOOM_LOCALE"),
        ("callback.host", "OPENCCU_LOOM_CALLBACK_HOST"),
        ("callback.public_host", "OPENCCU_LOOM_CALLBACK_PUBLIC_HOST"),
        ("callback.port", "OPENCCU_LOOM_CALLBACK_PORT"),
        ("callback.bin_port", "OPENCCU_LOOM_CALLBACK_BIN_PORT"),
        ("north.rest.openapi_validate", "OPENCCU_LOOM_REST_OPENAPI_VALIDATE"),
        ("north.rest.openapi_spec_path", "OPENCCU_LOOM_REST_OPENAPI_SPEC_PATH"),
        ("north.mqtt.broker_url", "OPENCCU_LOOM_MQTT_BROKER_URL"),
        ("north.mqtt.password", "OPENCCU_LOOM_MQTT_PASSWORD"),
        ("north.rest.auth.oidc.client_secret", "OPENCCU_LOOM_OIDC_CLIENT_SECRET"),
        ("north.ui.embedded", "OPENCCU_LOOM_UI_EMBEDDED"),
    ] {
        assert_eq!(variable_of(path), Some(variable));
    }
}
