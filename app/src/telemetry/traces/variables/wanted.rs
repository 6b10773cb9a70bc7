//! The export that is asked for, read from the variables one by one.
//!
//! Does NOT open a connection: an endpoint where nobody listens is found out by the exporter, again and again.

use super::{ENDPOINT, EXPORTER, TracesError, asking, read};
use crate::wire::Environment;
use std::time::Duration;

type Pairs = Vec<(String, String)>;

/// An export of traces. Not `Debug`: headers carry credentials.
pub(in crate::telemetry::traces) struct Wanted {
    /// The whole URL.
    pub(in crate::telemetry::traces) endpoint: String,
    /// Headers to send along.
    pub(in crate::telemetry::traces) headers: Pairs,
    /// How long one request may take; `None` is the SDK's choice.
    pub(in crate::telemetry::traces) timeout: Option<Duration>,
    /// What the spans are said to come from.
    pub(in crate::telemetry::traces) resource: Pairs,
}

impl Wanted {
    /// Reads the variables; `None` if no traces are asked for.
    pub(in crate::telemetry::traces) fn read(environment: &Environment) -> Result<Option<Self>, TracesError> {
        let Some(variable) = asking(environment) else { return Ok(None) };
        if read(environment, EXPORTER).is_some_and(|exporter| exporter != "otlp") {
            return Err(TracesError::Exporter);
        }
        for name in ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"] {
            match read(environment, name).as_deref() {
                Some("http/protobuf") => break,
                Some(_) => return Err(TracesError::Protocol(name)),
                None => {}
            }
        }
        let value = read(environment, variable).unwrap_or_default();
        Ok(Some(Self {
            endpoint: endpoint(variable, &value)?,
            headers: headers(environment)?,
            timeout: timeout(environment)?,
            resource: resource(environment)?,
        }))
    }
}

fn endpoint(variable: &'static str, value: &str) -> Result<String, TracesError> {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    match (scheme.as_deref(), variable) {
        (Some("http"), ENDPOINT) => Ok(format!("{}/v1/traces", value.trim_end_matches('/'))),
        (Some("http"), _) => Ok(value.to_owned()),
        (Some("https"), _) => Err(TracesError::Tls(variable)),
        _ => Err(TracesError::Endpoint(variable)),
    }
}

fn headers(environment: &Environment) -> Result<Pairs, TracesError> {
    first(environment, ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"])
        .map_or(Ok(Vec::new()), |(name, value)| pairs(name, &value))
}

fn timeout(environment: &Environment) -> Result<Option<Duration>, TracesError> {
    let named = first(environment, ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
    let Some((name, value)) = named else { return Ok(None) };
    value.parse().map(|millis| Some(Duration::from_millis(millis))).map_err(|_| TracesError::Timeout(name))
}

/// The later of two equal names wins: `OTEL_SERVICE_NAME` beats the list, the list beats what is known here.
fn resource(environment: &Environment) -> Result<Pairs, TracesError> {
    let mut resource = vec![
        ("service.name".to_owned(), "openccu-loom".to_owned()),
        ("service.version".to_owned(), crate::VERSION.to_owned()),
    ];
    if let Some((name, value)) = first(environment, ["OTEL_RESOURCE_ATTRIBUTES"]) {
        resource.extend(pairs(name, &value)?);
    }
    resource.extend(read(environment, "OTEL_SERVICE_NAME").map(|name| ("service.name".to_owned(), name)));
    Ok(resource)
}

fn first<const N: usize>(
    environment: &Environment,
    names: [&'static str; N],
) -> Option<(&'static str, String)> {
    names.into_iter().find_map(|name| Some((name, read(environment, name)?)))
}

/// `name=value` by commas, both percent-encoded where they must be.
fn pairs(variable: &'static str, list: &str) -> Result<Pairs, TracesError> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let pair = |entry: &str| {
        let (name, value) = entry.split_once('=')?;
        let name = decode(name.trim()).filter(|name| !name.is_empty())?;
        Some((name, decode(value.trim())?))
    };
    entries.map(|entry| pair(entry).ok_or(TracesError::Pairs(variable))).collect()
}

fn decode(text: &str) -> Option<String> {
    let mut parts = text.split('%');
    let mut bytes = parts.next()?.as_bytes().to_vec();
    for part in parts {
        let (hex, rest) = part.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(hex, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}
