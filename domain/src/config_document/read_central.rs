//! One central of a document, and whether its secrets were withheld.
//!
//! Does NOT fill withheld secrets in (`usecases::import_config`).

use super::read::unfit;
use super::read_section::NOT_SEALED;
use crate::central::Central;
use crate::central_json;
use crate::config_schema::{Finding, MASK};
use crate::secret::envelope;
use jiff::Timestamp;
use serde_json::Value;

/// The secrets of a row.
const SECRETS: [&str; 2] = ["password_plain", "api_token_plain"];

/// A central of a document.
pub struct ReadCentral {
    /// The central; `created_at` is what the row says, if it says so. `updated_at` means nothing yet.
    pub central: Central,
    /// Whether the row says when the central was created.
    pub is_dated: bool,
    /// Whether its password was withheld, so that a stored one is kept.
    pub password_withheld: bool,
    /// The same for its API token.
    pub api_token_withheld: bool,
}

/// Reads a row; unknown fields are findings, and no reason to have no central.
pub(super) fn read_central(row: &Value, place: &str, redacted: bool) -> (Option<ReadCentral>, Vec<Finding>) {
    let (central, mut findings) = central_json::read(row, place, Timestamp::UNIX_EPOCH);
    for key in SECRETS {
        if row.get(key).and_then(Value::as_str).is_some_and(envelope::is_well_formed) {
            findings.push(unfit(&format!("{place}.{key}"), NOT_SEALED.to_owned()));
        }
    }
    let created_at = row.get("created_at").and_then(Value::as_str).filter(|text| !text.is_empty());
    let created_at: Option<Timestamp> = match created_at.map(str::parse) {
        None => None,
        Some(Ok(at)) => Some(at),
        Some(Err(_)) => {
            let expected = "a time such as `2026-01-31T12:00:00Z`".to_owned();
            findings.push(unfit(&format!("{place}.created_at"), expected));
            None
        }
    };
    let read = central.map(|central| ReadCentral {
        central: Central { created_at: created_at.unwrap_or(central.created_at), ..central },
        is_dated: created_at.is_some(),
        password_withheld: is_withheld(row.get("password_plain"), redacted),
        api_token_withheld: is_withheld(row.get("api_token_plain"), redacted),
    });
    (read, findings)
}

/// Whether a secret of this row is stated, in clear or sealed.
pub(super) fn states_secret(row: &Value) -> bool {
    let texts = SECRETS.iter().filter_map(|key| row.get(*key)?.as_str());
    texts.into_iter().any(|text| !text.is_empty() && text != MASK)
}

fn is_withheld(secret: Option<&Value>, redacted: bool) -> bool {
    match secret {
        Some(Value::Null) => true,
        Some(Value::String(text)) if text == MASK => true,
        Some(Value::String(text)) if !text.is_empty() => false,
        _ => redacted,
    }
}
