//! Faults of JSON-RPC, told apart by code and method, in words. Does NOT decide about a second attempt (`session`).
//!
//! One code means different things in different methods, so a fault always carries the method it belongs to.

use loom_domain::ports::CcuError;

/// Longest part of a central's own message that is shown.
const SHOWN_CHARS: usize = 200;

/// A central's refusal of one call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JsonFault {
    method: String,
    code: i64,
    message: String,
}

impl JsonFault {
    /// Takes the first line of the message, bounded: the rest is a trace of the central's own script, which may hold what
    /// was sent.
    pub(super) fn new(method: &str, code: i64, message: &str) -> Self {
        let line = message.trim().lines().next().unwrap_or_default();
        let message = line.chars().filter(|letter| !letter.is_control()).take(SHOWN_CHARS).collect();
        Self { method: method.to_owned(), code, message }
    }

    /// The code as it came.
    pub(crate) fn code(&self) -> i64 {
        self.code
    }

    /// The central's own words, cut to one line.
    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// Takes a secret that was sent out of the message, should the central repeat it.
    pub(crate) fn without(mut self, secret: &str) -> Self {
        if !secret.is_empty() {
            self.message = self.message.replace(secret, "[secret]");
        }
        self
    }

    /// Whether the session is not accepted, or its user may not do this; the two cannot be told apart.
    pub(crate) fn is_access_denied(&self) -> bool {
        let says = self.message.to_ascii_lowercase();
        match self.code {
            400 => true,
            // Newer firmware counts below -32000.
            ..=-32000 => says.contains("session") || says.contains("access denied"),
            // A call without a session ends in a trace, because the level is read before the arguments.
            200 => says.contains("_session_id_"),
            _ => false,
        }
    }
}

impl From<JsonFault> for CcuError {
    fn from(fault: JsonFault) -> Self {
        let JsonFault { method, code, message } = &fault;
        let said = if message.is_empty() { String::new() } else { format!(" `{message}`,") };
        if fault.is_access_denied() {
            return Self::Unauthorized(format!(
                "`{method}` is not allowed to this session (code {code})\nhint: the configured user has to be an administrator of \
                 the central"
            ));
        }
        match code {
            401 | -32601 => Self::Refused(format!(
                "its firmware does not know `{method}` (code {code})\nhint: update the firmware of the central"
            )),
            200 | -32603 => Self::Misbehaved(format!(
                "`{method}` ended in an error inside the central:{said} code {code}\nhint: try again; if it stays, restart the \
                 central"
            )),
            500 => Self::Refused(format!(
                "`{method}` names an interface it does not have (code {code})\nhint: take the interface out of `interfaces` of \
                 the central"
            )),
            599 | 601..=604 => Self::NotReady(format!(
                "the process behind `{method}` did not answer (code {code})\nhint: try again in some minutes"
            )),
            100 | 102 | 103 | 402 | -32700 | -32600 | -32602 => {
                Self::Misbehaved(format!("it does not understand `{method}`:{said} code {code}"))
            }
            _ => Self::Refused(format!("`{method}`:{said} code {code}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(method: &str, code: i64, message: &str) -> String {
        CcuError::from(JsonFault::new(method, code, message)).to_string()
    }

    #[test]
    fn each_code_has_its_words() {
        for (code, words_of_it) in [
            (400, "administrator"),
            (401, "does not know `CCU.getVersion`"),
            (-32601, "does not know `CCU.getVersion`"),
            (402, "does not understand `CCU.getVersion`: `text`, code 402"),
            (200, "error inside the central"),
            (500, "an interface it does not have"),
            (601, "did not answer (code 601)"),
            (777, "`CCU.getVersion`: `text`, code 777"),
        ] {
            let words = words("CCU.getVersion", code, "text");
            assert!(words.contains(words_of_it), "{code}: {words}");
        }
    }

    #[test]
    fn only_the_first_line_of_a_message_is_shown() {
        let words = words(
            "ReGa.runScript",
            200,
            &format!("internal error: {}\n  while executing \"secret\"", "x".repeat(900)),
        );
        assert!(!words.contains("secret") && words.len() < 500, "{words}");
    }

    #[test]
    fn a_lost_session_is_told_by_old_and_new_codes() {
        assert!(JsonFault::new("m", 400, "access denied (\"ADMIN\" needed )").is_access_denied());
        assert!(JsonFault::new("m", -32001, "Session expired").is_access_denied());
        assert!(!JsonFault::new("m", -32602, "Invalid params").is_access_denied());
    }
}
