//! What a row holds, and what a central takes over from one.

use super::*;
use crate::secret::SecretText;

fn now() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

fn clear(text: &str) -> Option<SecretValue> {
    Some(SecretValue::Clear(SecretText::new(text)))
}

fn full() -> Central {
    Central {
        port: Some(443),
        json_rpc_port: Some(8443),
        username: Some("loom".into()),
        password_env: Some("CCU_PASSWORD".into()),
        password: clear("hunter2"),
        tls: true,
        tls_insecure_skip_verify: true,
        tls_fingerprint: Some("ab:cd".into()),
        primary_interface: Some("HmIP-RF".into()),
        interfaces: vec!["HmIP-RF".into(), "BidCos-RF".into()],
        ports: json!({"HmIP-RF": 2010}),
        visibility: json!({"un_ignore": ["LEVEL"], "later": 1}),
        behavior: json!({"anything": {"goes": true}}),
        serial: Some("NEQ1".into()),
        system_type: Some("ccu3".into()),
        api_token_env: Some("CCU_TOKEN".into()),
        api_token: clear("hunter3"),
        api_token_file: Some("/run/token".into()),
        enabled: false,
        ..Central::new(CentralName::parse("home").unwrap(), "ccu.local", now())
    }
}

fn findings(of: Result<Central, Vec<Finding>>) -> Vec<String> {
    of.unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn every_field_makes_the_round_trip() {
    let row = to_json(&full(), Secrets::Clear);
    assert_eq!(row.as_object().unwrap().len(), 23);
    assert_eq!(from_json(&row, now()), Ok(full()));
    let plain = Central::new(CentralName::parse("home").unwrap(), "ccu.local", now());
    let row = to_json(&plain, Secrets::Clear);
    let keys: Vec<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
    let always = [
        "behavior",
        "created_at",
        "enabled",
        "host",
        "interfaces",
        "name",
        "ports",
        "updated_at",
        "visibility",
    ];
    assert_eq!(keys, always);
    assert_eq!(from_json(&row, now()), Ok(plain));
}

#[test]
fn secrets_are_shown_as_asked_for() {
    let sealed = Central { password: Some(SecretValue::Sealed("enc:v1:x".into())), ..full() };
    for (central, secrets, password) in [
        (&full(), Secrets::Clear, Some(json!("hunter2"))),
        (&full(), Secrets::Masked, Some(json!("***"))),
        (&full(), Secrets::Withheld, None),
        (&sealed, Secrets::Clear, None),
        (&sealed, Secrets::Masked, Some(json!("***"))),
        (&Central { password: clear(""), ..full() }, Secrets::Masked, None),
    ] {
        assert_eq!(to_json(central, secrets).get("password_plain"), password.as_ref());
    }
}

#[test]
fn below_an_admin_neither_place_nor_login_is_shown() {
    let row = to_json_below_admin(&full());
    let shown = json!({
        "name": "home", "host": "", "ports": {}, "interfaces": ["HmIP-RF", "BidCos-RF"], "enabled": false,
        "primary_interface": "HmIP-RF", "serial": "NEQ1", "system_type": "ccu3",
        "visibility": {"un_ignore": ["LEVEL"], "later": 1}, "behavior": {"anything": {"goes": true}},
        "password_plain": "***", "api_token_plain": "***",
        "created_at": "2026-11-23T12:00:00Z", "updated_at": "2026-11-23T12:00:00Z",
    });
    assert_eq!(row, shown);
}

#[test]
fn what_a_change_leaves_out_stays() {
    let later = "2026-11-24T12:00:00Z".parse().unwrap();
    let body = json!({"enabled": true, "interfaces": ["HmIP-RF"]});
    let wanted = Central { enabled: true, interfaces: vec!["HmIP-RF".into()], updated_at: later, ..full() };
    assert_eq!(merged(&full(), &body, later), Ok(wanted));
    let missing = findings(merged(&full(), &json!({"host": "x", "enabled": null}), later));
    assert_eq!(missing, ["`enabled` must be given", "`interfaces` must be given"]);
    let cleared = json!({"enabled": false, "interfaces": [], "port": null, "username": "", "serial": null});
    let wanted = Central { interfaces: vec![], port: None, username: None, serial: None, ..full() };
    assert_eq!(merged(&full(), &cleared, now()), Ok(wanted));
}

#[test]
fn a_secret_changes_only_when_another_one_is_sent() {
    let sealed = Some(SecretValue::Sealed("enc:v1:x".into()));
    let stored = Central { password: sealed.clone(), ..full() };
    let with = |secret: Value| json!({"enabled": true, "interfaces": [], "password_plain": secret});
    let password = |body: &Value| merged(&stored, body, now()).unwrap().password;
    for unchanged in [json!({"enabled": true, "interfaces": []}), with(Value::Null), with(json!("***"))] {
        assert_eq!(password(&unchanged), sealed);
    }
    assert_eq!(password(&with(json!(""))), None);
    assert_eq!(password(&with(json!("new"))), clear("new"));
    assert_eq!(merged(&stored, &with(json!("new")), now()).unwrap().api_token, clear("hunter3"));
}

#[test]
fn a_port_is_a_whole_number_however_it_is_written() {
    let row =
        |port: Value| json!({"name": "home", "host": "x", "port": port.clone(), "ports": {"CUxD": port}});
    let central = from_json(&row(json!(8701.0)), now()).unwrap();
    assert_eq!((central.port, central.ports), (Some(8701), json!({"CUxD": 8701})));
    assert_eq!(findings(from_json(&row(json!(8701.5)), now())).len(), 2);
}

#[test]
fn a_central_cannot_be_renamed() {
    let body = |name: Value| json!({"enabled": true, "interfaces": [], "name": name});
    assert!(merged(&full(), &body(json!("home")), now()).is_ok());
    let words = "`name` must be `home` or left out: a central keeps its name";
    assert_eq!(findings(merged(&full(), &body(json!("cabin")), now())), [words]);
}

#[test]
fn each_wrong_field_is_one_finding() {
    let row = json!({
        "name": "ho me", "host": " ", "port": 0, "json_rpc_port": 65_536, "tls": "yes", "enabled": 1,
        "interfaces": ["HmIP-RF", "HmIP-RF"], "ports": {"HmIP-RF": "2010", "BidCos-RF": -1, "CUxD": 8701},
        "visibility": {"un_ignore": "all"}, "behavior": [], "username": "a\nb", "password_plain": 12345,
        "colour": "blue", "serial": {},
    });
    assert_eq!(
        findings(from_json(&row, now())),
        [
            "`behavior` must be a map",
            "`colour` is no known setting",
            "`enabled` must be `true` or `false`",
            "`host` must be a host name or address, not empty and without control characters",
            "`interfaces` must be a list that names no interface twice",
            "`json_rpc_port` must be from 1 to 65535",
            "`password_plain` must be a text in quotes",
            "`port` must be from 1 to 65535",
            "`ports.BidCos-RF` must be from 1 to 65535",
            "`ports.HmIP-RF` must be a whole number",
            "`serial` must be a text in quotes",
            "`tls` must be `true` or `false`",
            "`username` must be a text without control characters",
            "`visibility.un_ignore` must be a list of texts",
            "`name` must be 1 to 64 letters, digits, `-` or `_`",
        ]
    );
}

#[test]
fn what_has_to_be_given_is_asked_for() {
    assert_eq!(findings(from_json(&json!({}), now())), ["`name` must be given", "`host` must be given"]);
    assert_eq!(findings(from_json(&json!([]), now())), ["`central` must be a map"]);
    assert_eq!(findings(merged(&full(), &json!(null), now())), ["`central` must be a map"]);
}

#[test]
fn null_lists_and_maps_of_a_go_writer_are_empty_ones() {
    let row = json!({"name": "home", "host": "a", "interfaces": null, "ports": null, "visibility": {"un_ignore": null}});
    let central = from_json(&row, now()).unwrap();
    assert_eq!((central.interfaces.len(), &central.ports), (0, &json!({})));
    assert!(central.enabled);
}
