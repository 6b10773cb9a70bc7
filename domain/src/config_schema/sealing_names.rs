//! The names that decide whether archives are sealed, and with which key: a slip in one of them is an error.
//!
//! Elsewhere an unknown name is only odd (`check`); here it would be a plain archive that somebody takes for a sealed
//! one. Does NOT look at values, but for those that are blank.

use super::catalog::{find_field, is_inner, is_like, nearest};
use super::finding::{Finding, Problem};
use serde_json::Value;

const STATE_BACKUPS: &str = "state_backups";
const GUARDED: [&str; 2] = [STATE_BACKUPS, "keys"];
/// Each of these is what asks for a seal.
const ASKING: [&str; 4] = [
    "state_backups.seal",
    "state_backups.recipients",
    "state_backups.recipients_file",
    "state_backups.passphrase_file",
];

/// What of a nested document looks like an order to seal, or a place of the key, and would not be read as one. Each
/// finding is a reason not to take an archive.
pub fn check_sealing_names(document: &Value) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (key, value) in document.as_object().into_iter().flatten() {
        let first = key.split('.').next().unwrap_or(key);
        if GUARDED.contains(&key.as_str()) {
            look_below(key, value, &mut findings);
        } else if GUARDED.contains(&first) {
            findings.push(dotted(key));
        } else if is_like(first, STATE_BACKUPS) && !is_inner(first) {
            findings.push(unknown(key, vec![STATE_BACKUPS.to_owned()]));
        } else if let Some(meant) = ASKING.iter().find(|asking| is_last_of(key, asking)) {
            findings.push(unknown(key, vec![(*meant).to_owned()]));
        }
    }
    findings
}

/// Whether the line would say so if it stood further to the right.
fn is_last_of(key: &str, path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case(key))
}

fn look_below(parent: &str, value: &Value, findings: &mut Vec<Finding>) {
    for (key, value) in value.as_object().into_iter().flatten() {
        let path = format!("{parent}.{key}");
        if key.contains('.') {
            findings.push(dotted(&path));
        } else if find_field(&path).is_some() {
            findings.extend(blank(&path, value));
        } else if is_inner(&path) {
            look_below(&path, value, findings);
        } else {
            findings.push(unknown(&path, nearest(&path)));
        }
    }
}

fn unknown(path: &str, nearest: Vec<String>) -> Finding {
    Finding { path: path.to_owned(), problem: Problem::UnknownField { nearest }, got: None }
}

/// Such a key is never read: paths are spelled with dots, documents with lines below lines.
fn dotted(path: &str) -> Finding {
    let (parents, name) = path.rsplit_once('.').unwrap_or(("", path));
    let expected =
        format!("`{name}:` in a line below `{}:`, without a dot", parents.replace('.', ":` and `"));
    Finding { path: path.to_owned(), problem: Problem::Unfit { expected }, got: None }
}

fn blank(path: &str, value: &Value) -> Option<Finding> {
    let is_blank = match value {
        Value::Null => true,
        Value::String(text) => path.ends_with("_file") && text.trim().is_empty(),
        _ => false,
    };
    let expected = "given a value, or left out".to_owned();
    (is_blank && ASKING.contains(&path)).then(|| Finding {
        path: path.to_owned(),
        problem: Problem::Unfit { expected },
        got: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(document: &Value) -> Vec<String> {
        check_sealing_names(document).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_slip_below_the_guarded_names_is_told_with_the_name_it_was_meant_for() {
        for (document, words) in [
            (
                json!({ "state_backups": { "recipient": [] } }),
                "`state_backups.recipient` is no known setting; did you mean `state_backups.recipients`",
            ),
            (json!({ "state_backups": { "SEAL": "none" } }), "did you mean `state_backups.seal`?"),
            (json!({ "keys": { "KMS": {} } }), "did you mean `keys.kms`?"),
            (json!({ "keys": { "kms": { "keyid": "x" } } }), "did you mean `keys.kms.key_id`?"),
            (json!({ "state_backups": { "a.b": 1 } }), "`b:` in a line below `state_backups:` and `a:`"),
        ] {
            let [told] = told(&document).try_into().unwrap();
            assert!(told.contains(words), "{told}");
        }
    }

    #[test]
    fn a_name_at_the_top_that_is_nearly_the_one_that_seals_is_told() {
        for name in ["state_backup", "State_Backups", "STATE-BACKUPS", "statebackups", "state_backup.seal"] {
            let [told] = told(&json!({ name: {} })).try_into().unwrap();
            assert!(told.ends_with("is no known setting; did you mean `state_backups`?"), "{told}");
        }
        let [flat] = told(&json!({ "state_backups.seal": "recipients" })).try_into().unwrap();
        assert_eq!(
            flat,
            "`state_backups.seal` must be `seal:` in a line below `state_backups:`, without a dot"
        );
    }

    #[test]
    fn an_order_to_seal_that_was_not_indented_is_told() {
        let document =
            json!({ "state_backups": { "dir": "x" }, "seal": "recipients", "Recipients": ["age1"] });
        let mut told = told(&document);
        told.sort();
        assert_eq!(
            told,
            [
                "`Recipients` is no known setting; did you mean `state_backups.recipients`?",
                "`seal` is no known setting; did you mean `state_backups.seal`?",
            ]
        );
    }

    #[test]
    fn what_asks_for_a_seal_has_a_value() {
        for (name, value) in
            [("recipients_file", json!("")), ("passphrase_file", json!(" ")), ("recipients", Value::Null)]
        {
            let [told] = told(&json!({ "state_backups": { name: value } })).try_into().unwrap();
            assert_eq!(told, format!("`state_backups.{name}` must be given a value, or left out"));
        }
    }

    #[test]
    fn right_names_and_slips_elsewhere_are_let_be() {
        let kms = json!({ "kms": { "key_id": "x", "region": null } });
        let sealing = json!({ "seal": "", "dir": null, "recipients": [], "passphrase_file": "/p" });
        let document = json!({ "state_backups": sealing, "keys": kms, "loging": {}, "backends": { "x": 1 } });
        assert_eq!(told(&document), [] as [&str; 0]);
        assert_eq!(told(&json!({ "state_backups": null, "backups": 1 })), [] as [&str; 0]);
    }
}
