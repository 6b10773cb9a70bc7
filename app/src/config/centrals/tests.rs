//! Cases of the centrals of a config file.

use super::*;
use serde_json::json;

fn read(centrals: Value) -> CentralsOfFile {
    centrals_of_file(&json!({ "centrals": centrals }), Timestamp::UNIX_EPOCH)
}

fn words(read: &CentralsOfFile) -> Vec<String> {
    read.findings.iter().map(Finding::to_string).collect()
}

#[test]
fn an_entry_of_name_and_host_is_a_central_of_defaults() {
    let read = read(json!([{"name": "home", "host": " ccu ", "port": 0, "username": "", "enabled": null}]));
    let expected = Central::new(CentralName::parse("home").unwrap(), "ccu", Timestamp::UNIX_EPOCH);
    assert_eq!((read.centrals, read.findings), (vec![expected], vec![]));
}

#[test]
fn every_field_has_its_place() {
    let read = read(json!([{
        "name": "home", "host": "ccu", "enabled": false, "port": 80, "json_rpc_port": 81, "username": "Admin",
        "password": "hunter2", "password_env": "CCU_PASSWORD", "tls": true, "tls_insecure_skip_verify": true,
        "tls_fingerprint": "ab", "primary_interface": "HmIP-RF", "ports": {"HmIP-RF": 2010},
        "interfaces": ["HmIP-RF", {"name": "CUxD", "port": 8701}], "visibility": {"un_ignore": ["x"]},
        "behavior": {"enable_sysvar_scan": false}, "serial": "S1", "system_type": "ccu3",
        "api_token_plain": "t0k3n", "api_token_env": "CCU_TOKEN", "api_token_file": "/token",
    }]));
    let secret = |text| Some(SecretValue::Clear(SecretText::new(text)));
    let text = |text: &str| Some(text.to_owned());
    let expected = Central {
        enabled: false,
        port: Some(80),
        json_rpc_port: Some(81),
        username: text("Admin"),
        password: secret("hunter2"),
        password_env: text("CCU_PASSWORD"),
        tls: true,
        tls_insecure_skip_verify: true,
        tls_fingerprint: text("ab"),
        primary_interface: text("HmIP-RF"),
        ports: json!({"HmIP-RF": 2010, "CUxD": 8701}),
        interfaces: vec!["HmIP-RF".to_owned(), "CUxD".to_owned()],
        visibility: json!({"un_ignore": ["x"]}),
        behavior: json!({"enable_sysvar_scan": false}),
        serial: text("S1"),
        system_type: text("ccu3"),
        api_token: secret("t0k3n"),
        api_token_env: text("CCU_TOKEN"),
        api_token_file: text("/token"),
        ..Central::new(CentralName::parse("home").unwrap(), "ccu", Timestamp::UNIX_EPOCH)
    };
    assert_eq!((read.centrals, read.findings), (vec![expected], vec![]));
}

#[test]
fn an_entry_that_is_no_central_is_left_out_with_its_reason() {
    let read =
        read(json!([{"host": "x"}, {"name": "a", "host": "x"}, {"name": "a", "host": "y"}, {"name": "b"}]));
    let expected = [
        "`centrals[0].name` must be 1 to 64 letters, digits, `-` or `_`, not nothing",
        "`centrals[2].name` must be the only one of its name, not `a`",
        "`centrals[3].host` must be a host name or address",
    ];
    assert_eq!(words(&read), expected);
    assert_eq!(read.centrals.iter().map(|central| central.host.as_str()).collect::<Vec<_>>(), ["x"]);
}

#[test]
fn what_an_interface_says_beyond_name_and_port_is_told() {
    let read =
        read(json!([{"name": "a", "host": "x", "interfaces": [{"name": "CUxD", "rpc_type": "binrpc"}]}]));
    assert_eq!(words(&read), ["`centrals[0].interfaces[0].rpc_type` is no known setting"]);
    assert_eq!(read.centrals[0].interfaces, ["CUxD"]);
    let read = self::read(json!([{"name": "a", "host": "x", "interfaces": [{"port": 1}, 7]}]));
    assert_eq!(read.findings.len(), 2);
    assert!(read.centrals.is_empty());
}
