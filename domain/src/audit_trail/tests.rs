//! What drafts look like, and what a list of changes shows and hides.

use super::*;
use serde_json::{Value, json};

fn no_secrets(_: &str) -> bool {
    false
}

fn json_of(before: &Value, after: &Value, is_secret: &dyn Fn(&str) -> bool) -> Value {
    Change::list_to_json(&changes_between(before, after, is_secret)).unwrap_or_default()
}

#[test]
fn each_changed_leaf_is_one_change() {
    let before = json!({"a": 1, "b": {"c": "x", "d": true, "gone": null}, "list": [1, 2], "same": {}});
    let after = json!({"a": 2, "b": {"c": "x", "d": false}, "list": [1, 2, 3], "new": {"e": 0}, "same": {}});
    assert_eq!(
        json_of(&before, &after, &no_secrets),
        json!([
            {"parameter": "a", "before": 1, "after": 2},
            {"parameter": "b.d", "before": true, "after": false},
            {"parameter": "b.gone", "before": null},
            {"parameter": "list", "before": [1, 2], "after": [1, 2, 3]},
            {"parameter": "new.e", "after": 0},
        ])
    );
}

#[test]
fn equal_values_change_nothing() {
    let value = json!({"a": {"b": [1, {"c": null}]}});
    assert_eq!(changes_between(&value, &value, &no_secrets), []);
    assert_eq!(Change::list_to_json(&[]), None);
}

#[test]
fn a_leaf_that_becomes_an_object_is_gone_and_come() {
    assert_eq!(
        json_of(&json!({"a": 1}), &json!({"a": {"b": 2}}), &no_secrets),
        json!([{"parameter": "a", "before": 1}, {"parameter": "a.b", "after": 2}])
    );
    assert_eq!(
        json_of(&json!({"a": {}}), &json!({"a": {"b": 2}}), &no_secrets),
        json!([{"parameter": "a", "before": {}}, {"parameter": "a.b", "after": 2}])
    );
    assert_eq!(json_of(&json!({}), &json!({"a": 1}), &no_secrets), json!([{"parameter": "a", "after": 1}]));
}

#[test]
fn a_key_with_a_dot_is_not_taken_for_a_path() {
    let changes =
        changes_between(&json!({"a.b": 1, "a": {"b": 2}}), &json!({"a.b": 3, "a": {"b": 2}}), &no_secrets);
    assert_eq!(changes, [Change { parameter: "a.b".into(), before: Some(json!(1)), after: Some(json!(3)) }]);
}

#[test]
fn a_secret_never_shows_its_value() {
    let is_secret = |path: &str| matches!(path, "password" | "users" | "peers.token");
    let before = json!({
        "password": "hunter1", "users": {"anna": "hunter2"}, "peers": [{"name": "x", "token": "hunter3"}], "host": "a",
    });
    let same_but_secrets = json!({
        "password": "hunter4", "users": {"anna": "hunter5"}, "peers": [{"name": "x", "token": "hunter6"}], "host": "a",
    });
    let other_shapes =
        json!({"password": {"deep": "hunter7"}, "users": ["hunter8"], "peers": "hunter9", "host": "a"});
    for after in [same_but_secrets, other_shapes, json!({"host": "a"})] {
        for (from, to) in [(&before, &after), (&after, &before)] {
            let changes = json_of(from, to, &is_secret);
            assert!(!changes.to_string().contains("hunter"), "{changes}");
            let names: Vec<_> =
                changes.as_array().unwrap().iter().map(|change| &change["parameter"]).collect();
            assert_eq!(names, ["password", "peers", "users"]);
        }
    }
    assert_eq!(changes_between(&before, &before, &is_secret), []);
}

#[test]
fn a_draft_names_actor_object_and_way_in() {
    let anna = Subject::parse("anna").unwrap();
    let note = |actor: &Actor, object| AuditDraft::new(actor, AuditAction::UserUpdate, object).entry;
    let entry = note(&Actor::new(&anna, "session"), "bernd");
    assert_eq!((entry.user.as_str(), entry.action.as_str()), ("anna", "user_update"));
    assert_eq!(entry.note.as_deref(), Some("bernd, via session"));
    assert_eq!(note(&Actor::anonymous("setup"), "").note.as_deref(), Some("via setup"));
    assert_eq!(note(&Actor::anonymous(""), "").note, None);
    assert_eq!(note(&Actor::anonymous(""), "").user, "anonymous");
}

#[test]
fn a_missing_entry_is_told_and_the_value_stands() {
    let cause = StoreError::LastAdmin("anna".into());
    let missing = NotAudited { action: AuditAction::TokenCreate, cause };
    let mut told = String::new();
    let value =
        Audited::new(1, Err(missing)).map(|value| value + 1).or_tell(|missing| told = missing.to_string());
    assert_eq!(value, 2);
    assert!(told.starts_with("the audit entry `token_create` was not written: "), "{told}");
    Audited::new((), Ok(())).or_tell(|_| panic!("nothing to tell"));
}
