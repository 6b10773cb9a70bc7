//! A central: one configured Homematic control unit, addressed by its name.
//!
//! Does NOT talk to centrals (`ports::ccu_gateway`) and does NOT seal passwords (`secret::sealed_store`).

use crate::secret::SecretValue;
use jiff::Timestamp;
use serde_json::Value;
use std::fmt;

/// The name of a central: 1 to 64 letters, digits, `-` or `_`. Compared byte for byte.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CentralName(String);

/// Why a text is no central name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no central name: 1 to 64 letters, digits, `-` or `_` are allowed")]
pub struct BadCentralName(String);

impl CentralName {
    /// Accepts `name` if it keeps to the alphabet and length above.
    pub fn parse(name: &str) -> Result<Self, BadCentralName> {
        let fits = (1..=64).contains(&name.len())
            && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if fits { Ok(Self(name.to_owned())) } else { Err(BadCentralName(name.to_owned())) }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CentralName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Everything the daemon knows of one central. Field for field the `centrals` table of an OpenCCU-Loom database.
#[derive(Debug, Clone, PartialEq)]
pub struct Central {
    /// Unique name.
    pub name: CentralName,
    /// Host name or address, without a scheme.
    pub host: String,
    /// Port of the WebUI; `None` means the protocol's default.
    pub port: Option<u16>,
    /// Port of the JSON-RPC API; `None` means the protocol's default.
    pub json_rpc_port: Option<u16>,
    /// User to log in with.
    pub username: Option<String>,
    /// Environment variable that holds the password; wins over `password`.
    pub password_env: Option<String>,
    /// Password, secret-classed.
    pub password: Option<SecretValue>,
    /// Whether TLS is spoken.
    pub tls: bool,
    /// Whether any certificate is accepted.
    pub tls_insecure_skip_verify: bool,
    /// Pinned SHA-256 fingerprint of the certificate.
    pub tls_fingerprint: Option<String>,
    /// Interface to prefer where a device could be reached over several.
    pub primary_interface: Option<String>,
    /// Interfaces in use, such as `HmIP-RF`; order is kept.
    pub interfaces: Vec<String>,
    /// Port per interface where it differs from the default (a JSON object).
    pub ports: Value,
    /// Visibility rules (a JSON object).
    pub visibility: Value,
    /// Behaviour switches (a JSON object).
    pub behavior: Value,
    /// Serial number of the unit; binds CCU backups to their origin.
    pub serial: Option<String>,
    /// Kind of unit, such as `ccu3` or `openccu`.
    pub system_type: Option<String>,
    /// Environment variable that holds the API token.
    pub api_token_env: Option<String>,
    /// API token, secret-classed.
    pub api_token: Option<SecretValue>,
    /// File that holds the API token.
    pub api_token_file: Option<String>,
    /// Whether the daemon connects to it.
    pub enabled: bool,
    /// When the central was configured first.
    pub created_at: Timestamp,
    /// When it was changed last.
    pub updated_at: Timestamp,
}

impl Central {
    /// An enabled central with nothing set but its name and host.
    pub fn new(name: CentralName, host: &str, now: Timestamp) -> Self {
        let object = || Value::Object(serde_json::Map::new());
        Self {
            name,
            host: host.to_owned(),
            port: None,
            json_rpc_port: None,
            username: None,
            password_env: None,
            password: None,
            tls: false,
            tls_insecure_skip_verify: false,
            tls_fingerprint: None,
            primary_interface: None,
            interfaces: Vec::new(),
            ports: object(),
            visibility: object(),
            behavior: object(),
            serial: None,
            system_type: None,
            api_token_env: None,
            api_token: None,
            api_token_file: None,
            enabled: true,
            created_at: now,
            updated_at: now,
        }
    }
}
