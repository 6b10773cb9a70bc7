//! Cases of the manifest: its bytes, what older writers left, and what is refused.

use super::*;
use crate::archive::SchemaLineage;

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

fn sample() -> Manifest {
    let file = |bytes, digit: &str| ListedFile { bytes: Some(bytes), sha256: digit.repeat(64) };
    Manifest {
        daemon_version: "0.1.0".into(),
        format: Some(FormatVersion::CURRENT),
        created_at: "2026-11-23T03:15:00Z".parse().unwrap(),
        host: Some("küche".into()),
        files: [(path("state/openccu-loom.db"), file(8192, "a")), (path("state/secret.key"), file(45, "b"))]
            .into(),
        databases: vec![ListedDatabase {
            member: path("state/openccu-loom.db"),
            facts: DatabaseFacts {
                lineage: SchemaLineage::Goose,
                schema_version: Some(45),
                tables: [("centrals".into(), 2)].into(),
            },
        }],
        master_key: Some(ListedKey {
            fingerprint: KeyFingerprint::parse("0123456789abcdef").unwrap(),
            inside: true,
            wrapped_by: Some(Wrapper::Kms),
        }),
        sealed_values: Some(3),
        unopened: UnopenedValues {
            values: 2,
            unnamed: 1,
            other_keys: [KeyFingerprint::parse("00000000000000aa").unwrap()].into(),
        },
        left_out: vec![LeftOut { path: "ccu.sock".into(), reason: "is a socket".into() }],
    }
}

#[test]
fn what_is_written_is_read_back() {
    assert_eq!(Manifest::from_json(&sample().to_json()).unwrap(), sample());
}

#[test]
fn the_fields_older_readers_expect_are_there_with_their_old_names() {
    let json: serde_json::Value = serde_json::from_slice(&sample().to_json()).unwrap();
    assert_eq!(json["daemon_version"], "0.1.0");
    assert_eq!(json["schema_versions"], serde_json::json!({"openccu-loom.db": 45}));
    assert_eq!(json["created_at"], "2026-11-23T03:15:00Z");
    assert_eq!(json["sha256"]["state/secret.key"], "b".repeat(64));
}

#[test]
fn a_manifest_of_the_go_daemon_is_read() {
    let text = format!(
        r#"{{"daemon_version":"v0.63.0","schema_versions":{{"openccu-loom.db":45}},
            "created_at":"2026-06-08T12:00:00Z","sha256":{{"state/openccu-loom.db":"{}"}}}}"#,
        "c".repeat(64)
    );
    let manifest = Manifest::from_json(text.as_bytes()).unwrap();
    assert_eq!(manifest.format, None);
    assert_eq!(manifest.files[&path("state/openccu-loom.db")].bytes, None);
}

#[test]
fn a_newer_major_format_is_refused_and_every_minor_is_read() {
    let text = String::from_utf8(sample().to_json()).unwrap();
    let newer = text.replace("\"1.2\"", "\"2.0\"");
    assert!(matches!(Manifest::from_json(newer.as_bytes()), Err(BadManifest::Format(_))));
    for minor in [0, 7] {
        let other = text.replace("\"1.2\"", &format!("\"1.{minor}\""));
        assert_eq!(Manifest::from_json(other.as_bytes()).unwrap().format.unwrap().minor, minor);
    }
}

#[test]
fn values_that_did_not_open_are_told_where_there_are_some() {
    let json: serde_json::Value = serde_json::from_slice(&sample().to_json()).unwrap();
    let told = serde_json::json!({"values": 2, "unnamed": 1, "other_keys": ["00000000000000aa"]});
    assert_eq!(json["unopened"], told);
    let all_opened = Manifest { unopened: UnopenedValues::default(), ..sample() };
    let text = String::from_utf8(all_opened.to_json()).unwrap();
    assert!(!text.contains("unopened"), "{text}");
    assert_eq!(Manifest::from_json(text.as_bytes()).unwrap(), all_opened);
    let text = String::from_utf8(sample().to_json()).unwrap().replace("00000000000000aa", "aa");
    assert!(matches!(Manifest::from_json(text.as_bytes()), Err(BadManifest::Malformed(_))));
}

#[test]
fn a_wrapper_of_a_later_version_is_no_reason_to_refuse() {
    let text = String::from_utf8(sample().to_json()).unwrap().replace("\"kms\"", "\"abacus\"");
    let key = Manifest::from_json(text.as_bytes()).unwrap().master_key.unwrap();
    assert!(key.inside && key.wrapped_by.is_none());
}

#[test]
fn a_manifest_that_contradicts_itself_is_refused() {
    let text = String::from_utf8(sample().to_json()).unwrap();
    let other_hash = text.replacen(&"b".repeat(64), &"d".repeat(64), 1);
    assert!(matches!(Manifest::from_json(other_hash.as_bytes()), Err(BadManifest::Contradiction(_))));
    let unlisted_database =
        text.replacen("\"member\": \"state/openccu-loom.db\"", "\"member\": \"state/x.db\"", 1);
    assert!(matches!(Manifest::from_json(unlisted_database.as_bytes()), Err(BadManifest::Contradiction(_))));
}

#[test]
fn bytes_that_are_no_manifest_are_refused_with_a_reason() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"created_at":"yesterday"}"#,
        r#"{"created_at":"2026-06-08T12:00:00Z","sha256":{"a":"zz"}}"#,
    ] {
        assert!(matches!(Manifest::from_json(text.as_bytes()), Err(BadManifest::Malformed(_))), "{text}");
    }
}

#[test]
fn a_manifest_cannot_name_a_member_outside() {
    let text = format!(r#"{{"created_at":"2026-06-08T12:00:00Z","sha256":{{"../x":"{}"}}}}"#, "c".repeat(64));
    assert!(Manifest::from_json(text.as_bytes()).unwrap_err().to_string().contains("escapes"));
}
