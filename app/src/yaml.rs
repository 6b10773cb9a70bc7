//! YAML as a format of the `config` crate.
//!
//! Does NOT know any key.

use config::{FileStoredFormat, Format, Map, Value};
use std::error::Error;

/// YAML 1.2.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Yaml;

impl Format for Yaml {
    fn parse(
        &self,
        uri: Option<&String>,
        text: &str,
    ) -> Result<Map<String, Value>, Box<dyn Error + Send + Sync>> {
        // A file that holds only comments is an empty configuration.
        let parsed: Option<Map<String, Value>> = serde_saphyr::from_str(text)?;
        let origin = |(key, value): (String, Value)| (key, Value::new(uri, value.kind));
        Ok(parsed.unwrap_or_default().into_iter().map(origin).collect())
    }
}

impl FileStoredFormat for Yaml {
    fn file_extensions(&self) -> &'static [&'static str] {
        &["yaml", "yml"]
    }
}
