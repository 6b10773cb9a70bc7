//! The row of a central, for the description of the API.
//!
//! Does NOT read or write rows: `loom_domain::central_json` does, and a test holds the two together.

use serde_json::Value;
use utoipa::ToSchema;

/// One central. In an answer, everything but name, interfaces, ports, visibility, behavior, enabled and the times is
/// there only where it is set.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what others write and read")]
pub(crate) struct CentralRow {
    /// Name: 1 to 64 letters, digits, `-` or `_`. It never changes.
    #[schema(pattern = "^[A-Za-z0-9_-]{1,64}$")]
    name: String,
    /// Host name or address.
    host: String,
    /// Serial number of the unit.
    serial: Option<String>,
    /// Port of the WebUI.
    #[schema(minimum = 1, maximum = 65535)]
    port: Option<u16>,
    /// Port of the JSON-RPC API.
    #[schema(minimum = 1, maximum = 65535)]
    json_rpc_port: Option<u16>,
    /// User to log in with.
    username: Option<String>,
    /// Environment variable that holds the password.
    password_env: Option<String>,
    /// Password: `***` in answers. Left out, `null` or `***` keeps it, an empty text clears it.
    #[schema(format = Password)]
    password_plain: Option<String>,
    /// Whether TLS is spoken.
    tls: Option<bool>,
    /// Whether any certificate is accepted.
    tls_insecure_skip_verify: Option<bool>,
    /// Pinned SHA-256 fingerprint of the certificate.
    tls_fingerprint: Option<String>,
    /// Interface to prefer where a device could be reached over several.
    primary_interface: Option<String>,
    /// Interfaces in use, such as `HmIP-RF`.
    interfaces: Option<Vec<String>>,
    /// Port per interface, where it differs from the default.
    #[schema(value_type = Option<Object>)]
    ports: Option<Value>,
    /// Visibility rules, such as `un_ignore`.
    #[schema(value_type = Option<Object>)]
    visibility: Option<Value>,
    /// Switches of its behaviour.
    #[schema(value_type = Option<Object>)]
    behavior: Option<Value>,
    /// Kind of unit, such as `ccu3` or `openccu`.
    system_type: Option<String>,
    /// Environment variable that holds the API token.
    api_token_env: Option<String>,
    /// API token: `***` in answers, kept and cleared like the password.
    #[schema(format = Password)]
    api_token_plain: Option<String>,
    /// File that holds the API token.
    api_token_file: Option<String>,
    /// Whether the daemon connects to it.
    enabled: Option<bool>,
    /// When it was configured first (RFC 3339).
    created_at: Option<String>,
    /// When it was changed last (RFC 3339).
    updated_at: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_domain::central::{Central, CentralName};
    use loom_domain::central_json::{Secrets, to_json};
    use loom_domain::secret::{SecretText, SecretValue};
    use std::collections::BTreeSet;
    use utoipa::PartialSchema;

    #[test]
    fn the_description_has_the_fields_of_a_row() {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let mut central = Central::new(CentralName::parse("ccu").unwrap(), "host", now);
        let text = || Some("x".to_owned());
        let secret = || Some(SecretValue::Clear(SecretText::new("x")));
        (central.port, central.json_rpc_port) = (Some(1), Some(1));
        (central.username, central.password_env, central.password) = (text(), text(), secret());
        (central.tls, central.tls_insecure_skip_verify) = (true, true);
        (central.tls_fingerprint, central.primary_interface, central.serial) = (text(), text(), text());
        (central.system_type, central.api_token_env, central.api_token_file) = (text(), text(), text());
        central.api_token = secret();
        let row = to_json(&central, Secrets::Masked);
        let described = serde_json::to_value(CentralRow::schema()).unwrap();
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        assert_eq!(keys(&described["properties"]), keys(&row));
    }
}
