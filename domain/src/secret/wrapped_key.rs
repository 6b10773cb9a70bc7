//! A wrapped master key: sealed by a key that never leaves its service or token, in a file beside the database.
//!
//! The document is JSON; `docs/keys.md` describes it. Does NOT wrap or unwrap (`ports::key_wrapping`).

use super::{KeyFingerprint, MasterKey};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// What wraps master keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Wrapper {
    /// A key management service that speaks the AWS KMS API.
    Kms,
    /// A token or hardware security module behind a PKCS#11 library.
    Pkcs11,
}

impl Wrapper {
    /// Both of them, in the order in which a data dir is searched for their files.
    pub const ALL: [Self; 2] = [Self::Kms, Self::Pkcs11];

    /// The word for it in configuration and output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Kms => "kms",
            Self::Pkcs11 => "pkcs11",
        }
    }

    /// Name of the file in a data dir that holds a key wrapped by it.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Kms => "secret.key.kms",
            Self::Pkcs11 => "secret.key.pkcs11",
        }
    }
}

impl fmt::Display for Wrapper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A wrapped master key, with everything but the rights that is needed to unwrap it. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappedKey {
    /// What wrapped it.
    pub wrapper: Wrapper,
    /// Public name of the master key inside.
    pub fingerprint: KeyFingerprint,
    /// Where the wrapping key is found, such as `key_id`, `region` and `endpoint`.
    pub settings: BTreeMap<String, String>,
    /// Bound to the wrapped key and told to the service with each call: the encryption context of KMS, the additional
    /// data of a token. Among them the data dir's id.
    pub context: BTreeMap<String, String>,
    /// The wrapped key.
    pub ciphertext: Vec<u8>,
}

/// Why a document is no wrapped key. Never quotes it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadWrappedKey {
    /// Not the JSON it has to be.
    #[error("it is not the JSON of a wrapped key: {0}")]
    Malformed(String),
    /// Written by a later program.
    #[error("it has version {0}, this program reads version 1")]
    Version(u64),
}

/// The version of the document.
const VERSION: u64 = 1;

#[derive(Serialize, Deserialize)]
struct Document {
    version: u64,
    wrapper: Wrapper,
    master_key: String,
    settings: BTreeMap<String, String>,
    context: BTreeMap<String, String>,
    ciphertext: String,
}

impl WrappedKey {
    /// The document, pretty printed, with a final line feed.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let document = Document {
            version: VERSION,
            wrapper: self.wrapper,
            master_key: self.fingerprint.to_string(),
            settings: self.settings.clone(),
            context: self.context.clone(),
            ciphertext: STANDARD.encode(&self.ciphertext),
        };
        serde_json::to_string_pretty(&document).map(|json| json + "\n")
    }

    /// Reads the document.
    pub fn from_json(bytes: &[u8]) -> Result<Self, BadWrappedKey> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u64,
        }
        let malformed = |reason: &str| BadWrappedKey::Malformed(reason.to_owned());
        let Versioned { version } = serde_json::from_slice(bytes).map_err(not_json)?;
        if version != VERSION {
            return Err(BadWrappedKey::Version(version));
        }
        let document: Document = serde_json::from_slice(bytes).map_err(not_json)?;
        Ok(Self {
            wrapper: document.wrapper,
            fingerprint: KeyFingerprint::parse(&document.master_key)
                .ok_or_else(|| malformed("`master_key` is no fingerprint"))?,
            settings: document.settings,
            context: document.context,
            ciphertext: STANDARD
                .decode(document.ciphertext)
                .map_err(|_| malformed("`ciphertext` is not standard base64"))?,
        })
    }

    /// The key that wrapped it, for people: its ARN or id, or the labels of token and key.
    pub fn wrapping_key(&self) -> String {
        let setting = |name: &str| self.settings.get(name).map(String::as_str).unwrap_or_default();
        match self.wrapper {
            Wrapper::Kms => setting("key_id").to_owned(),
            Wrapper::Pkcs11 => format!("{}/{}", setting("token"), setting("key_label")),
        }
    }

    /// Says whether `key` is the one that was wrapped.
    pub fn holds(&self, key: &MasterKey) -> bool {
        key.fingerprint() == self.fingerprint
    }
}

/// The reader of JSON quotes values it does not expect, and in a wrong file one of them may be a key.
fn not_json(error: serde_json::Error) -> BadWrappedKey {
    let said = error.to_string();
    BadWrappedKey::Malformed(if said.starts_with("missing field") || error.is_eof() || error.is_syntax() {
        said
    } else {
        format!("a value is of the wrong kind at line {} column {}", error.line(), error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped() -> WrappedKey {
        let map = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        WrappedKey {
            wrapper: Wrapper::Kms,
            fingerprint: MasterKey::from_bytes([7; 32]).fingerprint(),
            settings: map(&[("key_id", "alias/loom"), ("region", "eu-central-1")]),
            context: map(&[("openccu-loom:data-dir", "4f1c")]),
            ciphertext: vec![1, 2, 3, 255],
        }
    }

    #[test]
    fn a_document_comes_back_as_it_was_written_and_ends_in_a_line_feed() {
        let json = wrapped().to_json().unwrap();
        assert_eq!(WrappedKey::from_json(json.as_bytes()).unwrap(), wrapped());
        assert!(json.ends_with("}\n"), "{json}");
    }

    #[test]
    fn what_is_no_document_is_refused_and_not_quoted() {
        let json = wrapped().to_json().unwrap();
        for (text, reason) in [
            ("\"hunter2\"".to_owned(), "of the wrong kind"),
            ("hunter2".to_owned(), "expected value"),
            (json.replace("\"AQID/w==\"", "[\"hunter2\"]"), "of the wrong kind"),
            (json.replace("AQID/w==", "hunter2"), "`ciphertext` is not standard base64"),
            (json.replace("\"kms\"", "\"hunter2\""), "of the wrong kind"),
            (json.replace("\"context\"", "\"hunter2\""), "missing field `context`"),
            (json[..json.len() / 2].to_owned(), "EOF"),
            (json.replace(wrapped().fingerprint.as_str(), "hunter2"), "`master_key` is no fingerprint"),
            (json.replace("\"version\": 1", "\"version\": 2"), "version 2, this program reads version 1"),
        ] {
            let error = WrappedKey::from_json(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(reason), "{reason}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
