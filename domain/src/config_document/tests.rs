//! What is accepted as a document, what is refused, and that no refusal quotes a secret.

use super::*;
use crate::config_schema::Finding;

const REDACTED: &str = include_str!("../../../fixtures/config-documents/upstream-redacted.json");
const WITH_SECRETS: &str = include_str!("../../../fixtures/config-documents/upstream-with-secrets.json");
const BEFORE_REDACTED: &str =
    include_str!("../../../fixtures/config-documents/upstream-before-redacted.json");
const SEALED: &str = include_str!("../../../fixtures/config-documents/upstream-sealed.json");

fn read(document: &str) -> ReadDocument {
    ReadDocument::parse(document.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(document: &Value) -> String {
    ReadDocument::parse(document.to_string().as_bytes()).err().unwrap().to_string()
}

fn words(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_redacted_document_of_a_go_daemon_is_read() {
    let document = read(REDACTED);
    assert!(document.redacted);
    assert_eq!((document.users, document.tokens), (2, 1));
    assert_eq!(document.daemon_version.as_deref(), Some("0.31.2"));
    let sections = document.sections.unwrap();
    assert_eq!(sections["north.mqtt"]["some_later_setting"], json!(3));
    assert_eq!(sections["north.mqtt"]["password"], Value::Null);
    let centrals = document.centrals.unwrap();
    let named: Vec<_> = centrals.iter().map(|read| read.central.name.as_str()).collect();
    assert_eq!(named, ["haus", "gartenhaus"]);
    assert!(centrals.iter().all(|read| read.password_withheld && read.api_token_withheld));
    assert_eq!(centrals.iter().map(|read| read.is_dated).collect::<Vec<_>>(), [true, false]);
    let kept = "`north.mqtt.some_later_setting` is not known here and is kept as it is";
    assert_eq!(words(&document.warnings), [kept]);
}

#[test]
fn a_document_with_secrets_of_a_go_daemon_is_read() {
    let document = read(WITH_SECRETS);
    assert!(!document.redacted);
    assert_eq!(document.warnings, []);
    assert_eq!(document.sections.unwrap()["north.matter"]["commissioning"]["passcode"], json!(20_202_021));
    let centrals = document.centrals.unwrap();
    let secrets = |read: &ReadCentral| (read.central.password.is_some(), read.central.api_token.is_some());
    assert_eq!(centrals.iter().map(secrets).collect::<Vec<_>>(), [(true, false), (false, true)]);
    assert!(centrals.iter().all(|read| !read.password_withheld && !read.api_token_withheld));
}

#[test]
fn a_document_that_does_not_say_redacted_and_holds_no_secret_is_taken_for_one() {
    let document = read(BEFORE_REDACTED);
    assert!(document.redacted && document.centrals.unwrap()[0].password_withheld);
    let rest = &document.sections.unwrap()["north.rest"];
    assert_eq!(rest, &json!({"csrf_enabled": true}));
    let left_out = [
        "`north.rest.listen` is not kept in this section, but only in the config file; it was left out",
        "`north.rest.auth.users` is not kept in this section, but only in the config file; it was left out",
        "`north.rest.auth.oidc` is not kept in this section, but in the section `north.rest.auth.oidc`; it was left out",
    ];
    assert_eq!(words(&document.warnings), left_out);
    let said = read(r#"{"sections": {}, "redacted": false}"#);
    assert!(!said.redacted);
}

#[test]
fn sealed_values_are_refused_with_words_and_not_quoted() {
    let error = ReadDocument::parse(SEALED.as_bytes()).err().unwrap().to_string();
    for place in ["`north.mqtt.password`", "`centrals[0].password_plain`"] {
        assert!(error.contains(&format!("{place} must be in clear, or `null` to keep")), "{error}");
    }
    assert!(!error.contains("enc:v1:"), "{error}");
}

#[test]
fn an_unknown_section_or_a_wrong_value_is_refused() {
    for (document, wanted) in [
        (json!({"sections": {"north.mqqt": {}}}), "`sections.north.mqqt` must be the name of a section"),
        (json!({"sections": {"north.mqtt": []}}), "`north.mqtt` must be a map, not a list"),
        (json!({"sections": {"north.mqtt": null}}), "`north.mqtt` must be a map, not nothing"),
        (json!({"sections": {"backup": {"keep_last": "many"}}}), "`backup.keep_last` must be a whole number"),
        (json!({"sections": []}), "`sections` must be a map"),
        (json!({"centrals": {}}), "`centrals` must be a list"),
        (json!({"centrals": [{"name": "a"}]}), "`centrals[0].host` must be given"),
        (json!({"centrals": [{"name": "a b", "host": "x"}]}), "`centrals[0].name` must be 1 to 64 letters"),
        (json!({"centrals": [3]}), "`centrals[0]` must be a map"),
        (json!({"centrals": [], "users": {}}), "`users` must be a list"),
        (json!({"centrals": [], "redacted": "yes"}), "`redacted` must be `true` or `false`"),
        (json!({"centrals": [], "exported_at": 5}), "`exported_at` must be a text"),
        (json!({"users": []}), "it has neither `sections` nor `centrals`"),
        (json!([]), "`document` must be a map"),
    ] {
        let error = refusal(&document);
        assert!(error.contains(wanted), "{wanted} in {error}");
    }
    let twice = json!({"centrals": [{"name": "a", "host": "x"}, {"name": "a", "host": "y"}]});
    assert!(refusal(&twice).contains("there are two centrals named `a`"));
}

#[test]
fn a_refusal_never_quotes_a_secret() {
    let secret = json!({"hunter2": ["hunter2"]});
    let error = refusal(&json!({
        "sections": {"north.mqtt": {"password": secret}, "north.matter": {"commissioning": {"passcode": "hunter2"}}},
        "centrals": [{"name": "a", "host": "x", "password_plain": secret, "api_token_plain": ["hunter2"]}],
    }));
    assert!(
        error.contains("`north.mqtt.password` must be") && error.contains("`centrals[0].password_plain`")
    );
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn what_is_unknown_is_a_warning() {
    let document = read(
        r#"{"sections": {"locale": {"locale": "de", "x": 1}}, "extra": 1,
        "centrals": [{"name": "a", "host": "x", "colour": "blue"}],
        "skipped": [{"path": "north.mqtt.password", "reason": "sealed"}, 3]}"#,
    );
    assert_eq!(
        words(&document.warnings),
        [
            "`extra` is no known setting",
            "`north.mqtt.password` must be entered again: the export could not open it",
            "`locale.x` is not known here and is kept as it is",
            "`centrals[0].colour` is no known setting",
        ]
    );
    assert_eq!(document.sections.unwrap()["locale"], json!({"locale": "de", "x": 1}));
}

#[test]
fn a_document_beyond_all_bounds_is_refused() {
    let large = vec![b' '; MAX_DOCUMENT_BYTES + 1];
    assert_eq!(ReadDocument::parse(&large).err(), Some(DocumentError::TooLarge));
    for depth in [33, 120, 100_000] {
        let deep = format!(r#"{{"sections": {{"locale": {}1{}}}}}"#, "[".repeat(depth), "]".repeat(depth));
        assert!(ReadDocument::parse(deep.as_bytes()).is_err(), "{depth}");
    }
    for no_json in [&b"\xff"[..], b"", b"{", b"{} {}"] {
        assert!(matches!(ReadDocument::parse(no_json), Err(DocumentError::NotJson(_))));
    }
}

#[test]
fn what_is_written_is_read_again() {
    let document = ConfigDocument {
        exported_at: "2026-11-23T12:00:00Z".parse().unwrap(),
        daemon_version: "1.0".into(),
        redacted: false,
        sections: [("locale".to_owned(), json!({"locale": "de"}))].into(),
        centrals: vec![json!({"name": "a", "host": "x", "password_plain": "hunter2"})],
        users: vec![json!({"subject": "anna", "role": "admin"})],
        tokens: Vec::new(),
        skipped: Vec::new(),
    };
    let json = document.to_json();
    let keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    let known = ["centrals", "daemon_version", "exported_at", "redacted", "sections", "tokens", "users"];
    assert_eq!(keys, known);
    assert!(!format!("{document:?}").contains("hunter2"));
    let again = ReadDocument::from_value(&json).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((again.sections, again.users), (Some(document.sections), 1));
}
