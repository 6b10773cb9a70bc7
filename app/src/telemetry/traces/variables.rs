//! What the standard `OTEL_*` variables ask for.
//!
//! Does NOT read those that the SDK reads itself: sampler, batches, limits of spans.

use crate::wire::Environment;

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const TRACES_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
const EXPORTER: &str = "OTEL_TRACES_EXPORTER";
const DISABLED: &str = "OTEL_SDK_DISABLED";

/// Why traces that are asked for cannot be exported. Values are not shown: endpoints and headers may hold secrets.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TracesError {
    /// The endpoint wants TLS.
    #[error(
        "`{0}` names an https endpoint, and traces are sent without TLS\nhint: name a collector near by, such as `http://localhost:4318`"
    )]
    Tls(&'static str),
    /// The endpoint is no URL of a kind that is spoken.
    #[error("`{0}` is no http URL\nhint: it looks like `http://localhost:4318`")]
    Endpoint(&'static str),
    /// The protocol is another one.
    #[error("`{0}` names a protocol that is not spoken; it is `http/protobuf`")]
    Protocol(&'static str),
    /// The exporter is another one.
    #[error("`OTEL_TRACES_EXPORTER` is neither `otlp` nor `none`")]
    Exporter,
    /// A list is no list of `name=value`.
    #[error("`{0}` is no list of `name=value`, parted by commas")]
    Pairs(&'static str),
    /// A number is none.
    #[error("`{0}` is no number of milliseconds")]
    Timeout(&'static str),
    /// The SDK refuses.
    #[error("the exporter of traces cannot be built: {0}")]
    Build(String),
}

/// The variable that asks for an export; `None` if none does or another one forbids it.
pub(super) fn asking(environment: &Environment) -> Option<&'static str> {
    let disabled = read(environment, DISABLED).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    let none = read(environment, EXPORTER).is_some_and(|value| value == "none");
    let named = |name: &&'static str| read(environment, name).is_some();
    [TRACES_ENDPOINT, ENDPOINT].into_iter().find(named).filter(|_| !disabled && !none)
}

/// Reads a variable; one that is empty counts as not set, as the standard says.
fn read(environment: &Environment, name: &str) -> Option<String> {
    let value = environment(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

#[cfg(feature = "otel")]
mod wanted;
#[cfg(feature = "otel")]
pub(super) use wanted::Wanted;

#[cfg(test)]
mod tests;
