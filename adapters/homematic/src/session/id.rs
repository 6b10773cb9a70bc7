//! The id of a session: a secret that never shows. Does NOT open or close sessions (`session`).

use crate::json::JsonError;
use loom_domain::secret::SecretText;
use serde_json::{Map, Value};

/// Longest id; centrals give 10 characters, simulated ones up to 32.
const LONGEST: usize = 64;

/// The id of an open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionId(SecretText);

impl SessionId {
    /// Takes an id as a login answers it. `None`: it does not look like one, and would break out of an address.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        fits.then(|| Self(SecretText::new(text)))
    }

    /// The pair for the query of a web page, as it has to be written: pages compare it byte for byte, so nothing is escaped.
    pub(crate) fn in_query(&self) -> String {
        format!("sid=@{}@", self.0.reveal())
    }

    /// The id of the session among the values of a call.
    pub(super) fn signed(&self, mut params: Map<String, Value>) -> Map<String, Value> {
        params.insert("_session_id_".to_owned(), Value::from(self.0.reveal()));
        params
    }

    /// The same error without the id, should the central have repeated it.
    pub(super) fn kept_out_of(&self, error: JsonError) -> JsonError {
        match error {
            JsonError::Fault(fault) => JsonError::Fault(fault.without(self.0.reveal())),
            other => other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_never_shows() {
        let id = SessionId::parse("aB3dE6gH9k").unwrap();
        assert!(!format!("{id:?}").contains("aB3"));
    }

    #[test]
    fn an_id_goes_into_a_query_unescaped_between_signs() {
        assert_eq!(SessionId::parse("aB3dE6gH9k").unwrap().in_query(), "sid=@aB3dE6gH9k@");
    }

    #[test]
    fn what_would_break_out_of_an_address_is_no_id() {
        for text in ["", "a b", "a&b", "a@b", "ä", &"x".repeat(65)] {
            assert_eq!(SessionId::parse(text), None, "{text}");
        }
    }
}
