//! What environment variables set, as values of settings.
//!
//! Does NOT fall back silently: a variable whose value its setting cannot have is an error that names it.

use super::ConfigError;
use super::search::CONFIG_VARIABLE;
use crate::bootstrap::SECRET_KEY_VARIABLE;
use crate::wire::Environment;
use loom_domain::config_schema::{Field, FieldKind, check_field, settings};
use serde_json::Value;
use std::collections::BTreeMap;

/// Variables that are no setting, and what they are for.
pub const OTHER_VARIABLES: [(&str, &str); 5] = [
    (CONFIG_VARIABLE, "The config file, where `--config` names none. It has to exist."),
    (
        SECRET_KEY_VARIABLE,
        "The master key, 32 bytes in base64. Wins over `secret.key`. A daemon writes it nowhere; `key rotate --to file`, `key wrap` and `key unwrap` put it into the data dir.",
    ),
    (
        "OPENCCU_LOOM_NEW_SECRET_KEY",
        "The next master key, in the file that `key rotate --to env --new-key-file` names.",
    ),
    (
        "OPENCCU_LOOM_PKCS11_PIN",
        "The PIN of the token that wraps the master key. Wins over `keys.pkcs11.pin_file`.",
    ),
    ("OPENCCU_LOOM_SUPERVISOR", "Known from the existing daemon; accepted and without effect here."),
];

const YES: [&str; 4] = ["1", "true", "yes", "on"];
const NO: [&str; 4] = ["0", "false", "no", "off"];

/// The values of all variables that are set and not empty, by the path of the setting.
pub(super) fn of(environment: &Environment) -> Result<BTreeMap<String, Value>, ConfigError> {
    let mut overlay = BTreeMap::new();
    for field in settings() {
        let Some(name) = field.environment else { continue };
        let Some(value) = environment(name).filter(|value| !value.is_empty()) else { continue };
        let refused = |reason: String| ConfigError::Variable { name: name.to_owned(), reason };
        let text = value.into_string().map_err(|_| refused("is no UTF-8 text".to_owned()))?;
        overlay.insert(field.path.to_owned(), value_of(field, &text).map_err(refused)?);
    }
    Ok(overlay)
}

/// Whether a variable means something to the daemon.
pub(super) fn is_known(name: &str) -> bool {
    OTHER_VARIABLES.iter().any(|(other, _)| *other == name)
        || settings().any(|field| field.environment == Some(name))
}

fn value_of(field: &Field, text: &str) -> Result<Value, String> {
    let word = text.trim().to_ascii_lowercase();
    let value = match field.kind {
        FieldKind::Bool if YES.contains(&word.as_str()) => Value::Bool(true),
        FieldKind::Bool if NO.contains(&word.as_str()) => Value::Bool(false),
        FieldKind::Bool => {
            return Err(format!(
                "must be one of `{}`, `{}`, not `{text}`",
                YES.join("`, `"),
                NO.join("`, `")
            ));
        }
        FieldKind::Integer { .. } => word.parse::<i64>().map_or_else(|_| Value::from(text), Value::from),
        _ => Value::from(text),
    };
    match check_field(field, &value) {
        None => Ok(value),
        // The finding names the setting; here the variable has been named already.
        Some(finding) => {
            let words = finding.to_string();
            Err(words.strip_prefix(&format!("`{}` ", field.path)).unwrap_or(&words).to_owned())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::sync::Arc;

    fn overlay(name: &'static str, value: &'static str) -> Result<BTreeMap<String, Value>, String> {
        let environment: Environment = Arc::new(move |asked| (asked == name).then(|| OsString::from(value)));
        of(&environment).map_err(|error| error.to_string())
    }

    #[test]
    fn every_variable_sets_its_setting() {
        for field in settings() {
            let Some(name) = field.environment else { continue };
            let (given, expected) = match field.kind {
                FieldKind::Bool => ("off", Value::Bool(false)),
                FieldKind::Integer { .. } => ("7", Value::from(7)),
                FieldKind::Choice(allowed) => (allowed[0], Value::from(allowed[0])),
                _ => ("x", Value::from("x")),
            };
            assert_eq!(overlay(name, given).unwrap(), [(field.path.to_owned(), expected)].into(), "{name}");
            assert_eq!(overlay(name, "").unwrap(), BTreeMap::new(), "{name}: empty is not set");
        }
    }

    #[test]
    fn a_bad_number_and_a_bad_word_are_refused_by_name() {
        let refused = overlay("OPENCCU_LOOM_CALLBACK_PORT", "81a").unwrap_err();
        assert!(
            refused.starts_with("variable `OPENCCU_LOOM_CALLBACK_PORT` must be a whole number, not `81a`")
        );
        let refused = overlay("OPENCCU_LOOM_CALLBACK_PORT", "70000").unwrap_err();
        assert!(refused.contains("must be from 0 to 65535"), "{refused}");
        let refused = overlay("OPENCCU_LOOM_UI_EMBEDDED", "ja").unwrap_err();
        assert!(
            refused.contains("`1`, `true`, `yes`, `on`, `0`, `false`, `no`, `off`, not `ja`"),
            "{refused}"
        );
        let refused = overlay("OPENCCU_LOOM_LOG_LEVEL", "loud").unwrap_err();
        assert!(refused.contains("one of `debug`, `info`, `warn`, `error`") && refused.contains("\nhint: "));
    }
}
