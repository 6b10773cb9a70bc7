//! Scripts for a central's logic process, each in its file.
//!
//! Does NOT insert values into them: that is how scripts get abused.

use crate::json::JsonError;
use crate::session::Session;
use loom_domain::ports::CcuError;
use serde_json::{Map, Value};

/// A script that prints one JSON object.
pub(crate) struct Script {
    /// Name in its first line.
    name: &'static str,
    text: &'static str,
}

/// Prints `hostname`, `version` and `product`.
pub(crate) const BACKEND_INFO: Script =
    Script { name: "get_backend_info.fn", text: include_str!("scripts/get_backend_info.fn") };

/// Prints `serial`.
pub(crate) const SERIAL: Script =
    Script { name: "get_serial.fn", text: include_str!("scripts/get_serial.fn") };

/// Prints `uptime` in seconds and `begun` in hundredths of them.
pub(crate) const UPTIME: Script =
    Script { name: "get_uptime.fn", text: include_str!("scripts/get_uptime.fn") };

impl Script {
    /// Runs it. `None`: the central cannot run scripts at all.
    pub(crate) async fn run(&self, session: &Session) -> Result<Option<Map<String, Value>>, CcuError> {
        let params = Map::from_iter([("script".to_owned(), Value::from(self.text))]);
        match session.ask("ReGa.runScript", params).await {
            Ok(Value::String(printed)) => self.read(&printed).map(Some),
            Ok(_) => Err(self.strange()),
            Err(JsonError::Fault(fault)) if matches!(fault.code(), 401 | -32601) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn read(&self, printed: &str) -> Result<Map<String, Value>, CcuError> {
        // A script that fails ends without a word.
        if printed.trim().is_empty() {
            return Err(CcuError::Misbehaved(format!(
                "the script `{}` printed nothing, so it failed\nhint: try again; if it stays, restart the central",
                self.name
            )));
        }
        match crate::json::read_printed(printed) {
            Some(Value::Object(fields)) => Ok(fields),
            _ => Err(self.strange()),
        }
    }

    fn strange(&self) -> CcuError {
        CcuError::Misbehaved(format!("the script `{}` printed something else than it should", self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_script_says_its_name_first_and_is_plain_ascii() {
        for script in [BACKEND_INFO, SERIAL, UPTIME] {
            assert_eq!(script.text.lines().next(), Some(format!("!# name: {}", script.name).as_str()));
            assert!(script.text.is_ascii());
        }
    }

    #[test]
    fn a_script_that_prints_nothing_is_named() {
        let words = SERIAL.read(" \n").unwrap_err().to_string();
        assert!(words.contains("`get_serial.fn` printed nothing") && words.contains("hint:"), "{words}");
        assert!(SERIAL.read("[1]").unwrap_err().to_string().contains("something else"));
    }

    #[test]
    fn printed_tabs_do_no_harm() {
        let fields = BACKEND_INFO.read("{\"hostname\":\"a\tb\"}\n").unwrap();
        assert_eq!(fields["hostname"], "a\tb");
    }
}
