//! Secrets in bodies of requests: read like text, never shown.
//!
//! Does NOT write secrets into answers.

use loom_domain::secret::SecretText;
use serde::{Deserialize, Deserializer};

/// A text nobody shows.
pub(crate) struct Secret(SecretText);

impl Secret {
    /// The text.
    pub(crate) fn text(&self) -> &SecretText {
        &self.0
    }

    /// The text, taken out.
    pub(crate) fn into_text(self) -> SecretText {
        self.0
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(SecretText::new(String::deserialize(deserializer)?)))
    }
}
