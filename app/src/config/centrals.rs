//! The centrals a config file holds.
//!
//! Does NOT check types of fields (`config_schema` did) and does NOT store anything. What an entry says and a central has
//! no place for is told, not lost in silence.

use jiff::Timestamp;
use loom_domain::central::{Central, CentralName};
use loom_domain::config_schema::{Finding, Problem};
use loom_domain::secret::{SecretText, SecretValue};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// What the list `centrals` of a config file comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct CentralsOfFile {
    /// The centrals, in their order. Entries with a finding that [`Finding::is_wrong`] are left out.
    pub centrals: Vec<Central>,
    /// What is odd about the entries, beyond what a check against the schema finds.
    pub findings: Vec<Finding>,
}

/// The centrals of a nested document, created at `now`.
pub fn centrals_of_file(document: &Value, now: Timestamp) -> CentralsOfFile {
    let mut result = CentralsOfFile { centrals: Vec::new(), findings: Vec::new() };
    let mut names = BTreeSet::new();
    let list = document.get("centrals").and_then(Value::as_array).into_iter().flatten();
    for (at, entry) in list.enumerate() {
        let Value::Object(entry) = entry else { continue };
        let mut reader = Entry { at, entry, findings: Vec::new() };
        let central = reader.central(now, &mut names);
        let sound = !reader.findings.iter().any(Finding::is_wrong);
        result.findings.append(&mut reader.findings);
        result.centrals.extend(central.filter(|_| sound));
    }
    result
}

struct Entry<'a> {
    at: usize,
    entry: &'a Map<String, Value>,
    findings: Vec<Finding>,
}

impl Entry<'_> {
    fn central(&mut self, now: Timestamp, names: &mut BTreeSet<String>) -> Option<Central> {
        let given = self.text("name").unwrap_or_default();
        let name = match CentralName::parse(&given) {
            Ok(name) if names.insert(given.clone()) => Some(name),
            Ok(_) => {
                self.unfit("name", "the only one of its name", Some(&given));
                None
            }
            Err(_) => {
                self.unfit("name", "1 to 64 letters, digits, `-` or `_`", Some(&given));
                None
            }
        };
        let host = self.text("host");
        if host.is_none() {
            self.unfit("host", "a host name or address", None);
        }
        let (interfaces, ports) = self.interfaces();
        let mut central = Central::new(name?, &host?, now);
        central.port = self.port("port");
        central.json_rpc_port = self.port("json_rpc_port");
        central.username = self.text("username");
        central.password_env = self.text("password_env");
        central.password = self.secret("password").or_else(|| self.secret("password_plain"));
        central.tls = self.flag("tls").unwrap_or(central.tls);
        central.tls_insecure_skip_verify = self.flag("tls_insecure_skip_verify").unwrap_or_default();
        central.tls_fingerprint = self.text("tls_fingerprint");
        central.primary_interface = self.text("primary_interface");
        central.interfaces = interfaces;
        central.ports = Value::Object(ports);
        central.visibility = Value::Object(self.object("visibility"));
        central.behavior = Value::Object(self.object("behavior"));
        central.serial = self.text("serial");
        central.system_type = self.text("system_type");
        central.api_token_env = self.text("api_token_env");
        central.api_token = self.secret("api_token").or_else(|| self.secret("api_token_plain"));
        central.api_token_file = self.text("api_token_file");
        central.enabled = self.flag("enabled").unwrap_or(central.enabled);
        Some(central)
    }

    /// The interfaces, and the ports with those that an interface brings itself.
    fn interfaces(&mut self) -> (Vec<String>, Map<String, Value>) {
        let mut ports = self.object("ports");
        let mut names = Vec::new();
        let list = self.entry.get("interfaces").and_then(Value::as_array).cloned().unwrap_or_default();
        for (at, interface) in list.iter().enumerate() {
            let field = format!("interfaces[{at}]");
            match interface {
                Value::String(name) => names.push(name.clone()),
                Value::Object(long) => match long.get("name").and_then(Value::as_str) {
                    None => self.unfit(&field, "a name, or a map with a `name`", None),
                    Some(name) => {
                        names.push(name.to_owned());
                        for (key, value) in long.iter().filter(|(key, _)| *key != "name") {
                            match (key.as_str(), value) {
                                ("port", Value::Number(_)) => {
                                    drop(ports.insert(name.to_owned(), value.clone()))
                                }
                                _ => self.unknown(&format!("{field}.{key}")),
                            }
                        }
                    }
                },
                _ => self.unfit(&field, "a name, or a map with a `name`", None),
            }
        }
        (names, ports)
    }

    fn text(&self, key: &str) -> Option<String> {
        self.entry.get(key)?.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    fn secret(&self, key: &str) -> Option<SecretValue> {
        let text = self.entry.get(key)?.as_str().filter(|text| !text.is_empty())?;
        Some(SecretValue::Clear(SecretText::new(text)))
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.entry.get(key)?.as_bool()
    }

    fn port(&self, key: &str) -> Option<u16> {
        let port = self.entry.get(key)?.as_u64()?;
        u16::try_from(port).ok().filter(|port| *port != 0)
    }

    fn object(&self, key: &str) -> Map<String, Value> {
        self.entry.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
    }

    fn unfit(&mut self, field: &str, expected: &str, got: Option<&str>) {
        let got = got.map(|got| if got.is_empty() { "nothing".to_owned() } else { format!("`{got}`") });
        self.find(field, Problem::Unfit { expected: expected.to_owned() }, got);
    }

    fn unknown(&mut self, field: &str) {
        self.find(field, Problem::UnknownField { nearest: Vec::new() }, None);
    }

    fn find(&mut self, field: &str, problem: Problem, got: Option<String>) {
        self.findings.push(Finding { path: format!("centrals[{}].{field}", self.at), problem, got });
    }
}

#[cfg(test)]
mod tests;
