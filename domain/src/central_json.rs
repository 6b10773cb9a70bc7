//! A central as JSON: the one place that knows its names and types, as clients and config documents have them.
//!
//! Does NOT store centrals, and never quotes a secret in a finding.

mod fill;

use crate::central::{Central, CentralName};
use crate::config_schema::{Finding, MASK, Problem};
use crate::secret::SecretValue;
use fill::Fill;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// What is shown of secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// In clear; one that could not be opened is left out.
    Clear,
    /// As [`MASK`] where one is set.
    Masked,
    /// Not at all.
    Withheld,
}

/// The row of a central: `name`, `host`, `interfaces`, `ports`, `visibility`, `behavior`, `enabled`, `created_at` and
/// `updated_at` always, everything else only where it is set.
pub fn to_json(central: &Central, secrets: Secrets) -> Value {
    let mut row = Map::from_iter([
        ("name".to_owned(), json!(central.name.as_str())),
        ("host".to_owned(), json!(central.host)),
        ("interfaces".to_owned(), json!(central.interfaces)),
        ("ports".to_owned(), central.ports.clone()),
        ("visibility".to_owned(), central.visibility.clone()),
        ("behavior".to_owned(), central.behavior.clone()),
        ("enabled".to_owned(), json!(central.enabled)),
        ("created_at".to_owned(), json!(central.created_at.to_string())),
        ("updated_at".to_owned(), json!(central.updated_at.to_string())),
    ]);
    let mut put = |key: &str, value: Value| row.insert(key.to_owned(), value);
    let texts = [
        ("serial", &central.serial),
        ("system_type", &central.system_type),
        ("username", &central.username),
        ("password_env", &central.password_env),
        ("tls_fingerprint", &central.tls_fingerprint),
        ("primary_interface", &central.primary_interface),
        ("api_token_env", &central.api_token_env),
        ("api_token_file", &central.api_token_file),
    ];
    for (key, text) in texts {
        text.as_ref().filter(|text| !text.is_empty()).map(|text| put(key, json!(text)));
    }
    for (key, port) in [("port", central.port), ("json_rpc_port", central.json_rpc_port)] {
        port.map(|port| put(key, json!(port)));
    }
    for (key, flag) in [("tls", central.tls), ("tls_insecure_skip_verify", central.tls_insecure_skip_verify)]
    {
        flag.then(|| put(key, json!(true)));
    }
    for (key, secret) in [("password_plain", &central.password), ("api_token_plain", &central.api_token)] {
        secret.as_ref().and_then(|secret| shown(secret, secrets)).map(|shown| put(key, shown));
    }
    Value::Object(row)
}

/// The row as anybody below an admin may see it: neither where the central is nor how one logs in there.
pub fn to_json_below_admin(central: &Central) -> Value {
    let blank = Central {
        host: String::new(),
        port: None,
        json_rpc_port: None,
        username: None,
        password_env: None,
        tls: false,
        tls_insecure_skip_verify: false,
        tls_fingerprint: None,
        ports: Value::Object(Map::new()),
        api_token_env: None,
        api_token_file: None,
        ..central.clone()
    };
    to_json(&blank, Secrets::Masked)
}

/// A new central. `name` and `host` have to be given; it is enabled unless it says otherwise. Times in the row are
/// not taken over. A secret given as `null`, [`MASK`] or an empty text is none.
pub fn from_json(row: &Value, now: Timestamp) -> Result<Central, Vec<Finding>> {
    let (central, findings) = read(row, "", now);
    match central {
        Some(central) if findings.is_empty() => Ok(central),
        _ => Err(findings),
    }
}

/// `stored`, changed as `body` says. `enabled` and `interfaces` have to be given, other keys stay as they are where
/// they are left out. A secret stays where it is left out, `null` or [`MASK`], also one that cannot be opened; an
/// empty text clears it.
pub fn merged(stored: &Central, body: &Value, now: Timestamp) -> Result<Central, Vec<Finding>> {
    let mut fill = Fill::new(Central { updated_at: now, ..stored.clone() }, "");
    if let Some(row) = fill.object(body) {
        fill.must_have(row, &["enabled", "interfaces"]);
        fill.all(row);
        if row.get("name").is_some_and(|name| name.as_str() != Some(stored.name.as_str())) {
            let expected = format!("`{}` or left out: a central keeps its name", stored.name);
            fill.find("name", Problem::Unfit { expected });
        }
    }
    fill.end()
}

/// Reads a row as a new central as far as it can be read. `place` stands before each field in the findings.
/// `None` comes with a finding.
pub(crate) fn read(row: &Value, place: &str, now: Timestamp) -> (Option<Central>, Vec<Finding>) {
    // What cannot be named is read to its end all the same, for its other findings.
    let name = row.get("name").and_then(Value::as_str).and_then(|name| CentralName::parse(name).ok());
    let Some(named) = name.clone().or_else(|| CentralName::parse("unnamed").ok()) else {
        return (None, Vec::new());
    };
    let mut fill = Fill::new(Central::new(named, "", now), place);
    if let Some(row) = fill.object(row) {
        fill.must_have(row, &["name", "host"]);
        fill.all(row);
        if name.is_none() && row.get("name").is_some_and(|name| !name.is_null()) {
            let expected = "1 to 64 letters, digits, `-` or `_`".to_owned();
            fill.find("name", Problem::Unfit { expected });
        }
    }
    let (central, findings) = fill.into_parts();
    (name.map(|_| central), findings)
}

fn shown(secret: &SecretValue, secrets: Secrets) -> Option<Value> {
    match (secrets, secret) {
        (_, SecretValue::Clear(text)) if text.reveal().is_empty() => None,
        (Secrets::Clear, SecretValue::Clear(text)) => Some(json!(text.reveal())),
        (Secrets::Masked, _) => Some(json!(MASK)),
        (Secrets::Clear, SecretValue::Sealed(_)) | (Secrets::Withheld, _) => None,
    }
}

#[cfg(test)]
mod tests;
