//! YAML, for whoever reads a config file.
//!
//! Does NOT know any key, and never repeats a line of the file in an error: it may hold a password.

use config::{FileStoredFormat, Format, Map, Value};
use serde::de::DeserializeOwned;
use std::error::Error;

/// YAML 1.2 as a format of the `config` crate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Yaml;

/// Why a text is no YAML: a line of its own words, with the place.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct BadYaml(String);

/// Reads one document; `None` if there are only comments.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<Option<T>, BadYaml> {
    serde_saphyr::from_str(text).map_err(|error| BadYaml(words(&error)))
}

fn words(error: &serde_saphyr::Error) -> String {
    use serde_saphyr::Error::{DuplicateMappingKey, MultipleDocuments};
    let place = error.location().map_or_else(String::new, |at| format!(" at line {}", at.line()));
    match error.without_snippet() {
        // The key may be a secret too: tokens are keys.
        DuplicateMappingKey { .. } => format!("a key stands there twice{place}"),
        MultipleDocuments { .. } => format!("a second document begins{place}"),
        other => other.to_string(),
    }
}

impl Format for Yaml {
    fn parse(
        &self,
        uri: Option<&String>,
        text: &str,
    ) -> Result<Map<String, Value>, Box<dyn Error + Send + Sync>> {
        // A file that holds only comments is an empty configuration.
        let parsed: Option<Map<String, Value>> = parse(text)?;
        let origin = |(key, value): (String, Value)| (key, Value::new(uri, value.kind));
        Ok(parsed.unwrap_or_default().into_iter().map(origin).collect())
    }
}

impl FileStoredFormat for Yaml {
    fn file_extensions(&self) -> &'static [&'static str] {
        &["yaml", "yml"]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_error_repeats_what_stands_in_the_file() {
        for broken in [
            "password: hunter2: x\n",
            "password: 'hunter2\n",
            "tokens: {hunter2: admin, hunter2: viewer}\n",
            "password: *hunter2\n",
            "password: !!int hunter2\n",
            "a: 1\n---\npassword: hunter2\n",
            "password: hunter2\n- x\n",
            "[hunter2, {\n",
        ] {
            let refused = parse::<serde_json::Value>(broken).unwrap_err().to_string();
            assert!(!refused.contains("hunter2"), "{refused}");
            assert!(refused.contains("line "), "{refused}");
        }
    }
}
