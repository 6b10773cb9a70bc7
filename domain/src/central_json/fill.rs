//! Filling a central from a row, key by key, with a finding for each key that cannot be taken over.
//!
//! Does NOT say which keys have to be there.

use crate::central::Central;
use crate::config_schema::value_kind::whole_number;
use crate::config_schema::{Finding, MASK, Problem};
use crate::secret::{SecretText, SecretValue};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

type Row = Map<String, Value>;

const PORTS: (i128, i128) = (1, 65_535);

/// A central on its way, and what was found so far.
pub(super) struct Fill<'a> {
    central: Central,
    place: &'a str,
    findings: Vec<Finding>,
}

impl<'a> Fill<'a> {
    pub(super) fn new(central: Central, place: &'a str) -> Self {
        Self { central, place, findings: Vec::new() }
    }

    /// The row behind a value.
    pub(super) fn object<'v>(&mut self, value: &'v Value) -> Option<&'v Row> {
        if value.as_object().is_none() {
            let path = if self.place.is_empty() { "central" } else { self.place }.to_owned();
            self.findings.push(Finding { path, problem: wrong("a map"), got: None });
        }
        value.as_object()
    }

    pub(super) fn must_have(&mut self, row: &Row, keys: &[&str]) {
        for key in keys.iter().filter(|key| row.get(**key).is_none_or(Value::is_null)) {
            self.find(key, Problem::Unfit { expected: "given".to_owned() });
        }
    }

    /// Takes every key of the row over.
    pub(super) fn all(&mut self, row: &Row) {
        for (key, value) in row {
            self.one(key, value);
        }
    }

    pub(super) fn find(&mut self, key: &str, problem: Problem) {
        let path = if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) };
        self.findings.push(Finding { path, problem, got: None });
    }

    pub(super) fn into_parts(self) -> (Central, Vec<Finding>) {
        (self.central, self.findings)
    }

    pub(super) fn end(self) -> Result<Central, Vec<Finding>> {
        if self.findings.is_empty() { Ok(self.central) } else { Err(self.findings) }
    }

    fn one(&mut self, key: &str, value: &Value) {
        match key {
            // Whose name it is was decided before; times are the store's.
            "name" | "created_at" | "updated_at" if value.is_null() || value.is_string() => {}
            "name" | "created_at" | "updated_at" => self.find(key, wrong("a text in quotes")),
            "host" => self.host(key, value),
            "port" => self.port(key, value, |central| &mut central.port),
            "json_rpc_port" => self.port(key, value, |central| &mut central.json_rpc_port),
            "username" => self.text(key, value, |central| &mut central.username),
            "password_env" => self.text(key, value, |central| &mut central.password_env),
            "tls_fingerprint" => self.text(key, value, |central| &mut central.tls_fingerprint),
            "primary_interface" => self.text(key, value, |central| &mut central.primary_interface),
            "serial" => self.text(key, value, |central| &mut central.serial),
            "system_type" => self.text(key, value, |central| &mut central.system_type),
            "api_token_env" => self.text(key, value, |central| &mut central.api_token_env),
            "api_token_file" => self.text(key, value, |central| &mut central.api_token_file),
            "password_plain" => self.secret(key, value, |central| &mut central.password),
            "api_token_plain" => self.secret(key, value, |central| &mut central.api_token),
            "tls" => self.flag(key, value, |central| &mut central.tls),
            "tls_insecure_skip_verify" => {
                self.flag(key, value, |central| &mut central.tls_insecure_skip_verify);
            }
            "enabled" => self.flag(key, value, |central| &mut central.enabled),
            "interfaces" => self.interfaces(key, value),
            "ports" => self.ports(key, value),
            "visibility" => self.visibility(key, value),
            "behavior" => {
                if let Some(behavior) = self.map(key, value) {
                    self.central.behavior = Value::Object(behavior.clone());
                }
            }
            _ => self.find(key, Problem::UnknownField { nearest: Vec::new() }),
        }
    }

    /// The value as what it must be; `null` is no value, and no finding either.
    fn take<'v, T>(
        &mut self,
        key: &str,
        value: &'v Value,
        read: impl Fn(&'v Value) -> Option<T>,
        expected: &'static str,
    ) -> Option<T> {
        let taken = read(value);
        if taken.is_none() && !value.is_null() {
            self.find(key, wrong(expected));
        }
        taken
    }

    fn map<'v>(&mut self, key: &str, value: &'v Value) -> Option<&'v Row> {
        self.take(key, value, Value::as_object, "a map")
    }

    fn host(&mut self, key: &str, value: &Value) {
        let Some(host) = self.take(key, value, Value::as_str, "a text in quotes") else { return };
        if host.trim().is_empty() || host.contains(char::is_control) {
            let expected = "a host name or address, not empty and without control characters".to_owned();
            return self.find(key, Problem::Unfit { expected });
        }
        host.clone_into(&mut self.central.host);
    }

    fn text(&mut self, key: &str, value: &Value, slot: fn(&mut Central) -> &mut Option<String>) {
        let text = self.take(key, value, Value::as_str, "a text in quotes");
        if text.is_some_and(|text| text.contains(char::is_control)) {
            return self
                .find(key, Problem::Unfit { expected: "a text without control characters".to_owned() });
        }
        if value.is_null() || text.is_some() {
            *slot(&mut self.central) = text.filter(|text| !text.is_empty()).map(str::to_owned);
        }
    }

    fn port(&mut self, key: &str, value: &Value, slot: fn(&mut Central) -> &mut Option<u16>) {
        if value.is_null() {
            *slot(&mut self.central) = None;
        } else if let Some(port) = self.port_number(key, value) {
            *slot(&mut self.central) = Some(port);
        }
    }

    fn port_number(&mut self, key: &str, value: &Value) -> Option<u16> {
        let (min, max) = PORTS;
        let port = whole_number(value).and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
        match value {
            Value::Number(_) if port.is_none() => self.find(key, Problem::OutOfRange { min, max }),
            _ if port.is_none() => self.find(key, wrong("a whole number")),
            _ => {}
        }
        port
    }

    fn flag(&mut self, key: &str, value: &Value, slot: fn(&mut Central) -> &mut bool) {
        if let Some(flag) = self.take(key, value, Value::as_bool, "`true` or `false`") {
            *slot(&mut self.central) = flag;
        }
    }

    fn secret(&mut self, key: &str, value: &Value, slot: fn(&mut Central) -> &mut Option<SecretValue>) {
        match self.take(key, value, Value::as_str, "a text in quotes") {
            None | Some(MASK) => {}
            Some("") => *slot(&mut self.central) = None,
            Some(text) => *slot(&mut self.central) = Some(SecretValue::Clear(SecretText::new(text))),
        }
    }

    fn interfaces(&mut self, key: &str, value: &Value) {
        let Some(list) = self.take(key, value, Value::as_array, "a list of texts") else { return };
        let names: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
        let Some(names) = names.filter(|names| names.iter().all(|name| !name.trim().is_empty())) else {
            return self.find(key, wrong("a list of texts that are not empty"));
        };
        if names.iter().collect::<BTreeSet<_>>().len() < names.len() {
            return self
                .find(key, Problem::Unfit { expected: "a list that names no interface twice".to_owned() });
        }
        self.central.interfaces = names.into_iter().map(str::to_owned).collect();
    }

    fn ports(&mut self, key: &str, value: &Value) {
        let Some(ports) = self.map(key, value) else { return };
        let mut ports = ports.clone();
        for (interface, port) in &mut ports {
            if let Some(number) = self.port_number(&format!("{key}.{interface}"), port) {
                *port = number.into();
            }
        }
        self.central.ports = Value::Object(ports);
    }

    fn visibility(&mut self, key: &str, value: &Value) {
        let Some(visibility) = self.map(key, value) else { return };
        let fits = match visibility.get("un_ignore") {
            None | Some(Value::Null) => true,
            Some(Value::Array(patterns)) => patterns.iter().all(Value::is_string),
            Some(_) => false,
        };
        if !fits {
            self.find(&format!("{key}.un_ignore"), wrong("a list of texts"));
        }
        self.central.visibility = Value::Object(visibility.clone());
    }
}

fn wrong(expected: &'static str) -> Problem {
    Problem::WrongType { expected }
}
