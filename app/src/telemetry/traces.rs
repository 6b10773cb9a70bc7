//! Traces over OTLP, when the standard `OTEL_*` variables ask for them.
//!
//! A build without the feature `otel` has the same functions; they do nothing, and the start says so if a variable asks
//! for more. Does NOT speak gRPC or TLS: a collector on the same machine or network does that.

#[cfg(not(feature = "otel"))]
mod absent;
#[cfg(feature = "otel")]
mod exporting;
mod variables;

#[cfg(not(feature = "otel"))]
use absent as exporting;
pub(super) use exporting::Exporting;
pub use variables::TracesError;

use tracing::Span;

/// Where work was asked for that is done later: it is then part of the same trace. Holds no span open.
#[derive(Clone)]
pub struct Origin(exporting::Caller);

impl Origin {
    /// The present span.
    pub fn here() -> Self {
        Self(exporting::caller(&Span::current()))
    }

    /// Makes `span` a part of it as [`follow_caller`] does.
    pub fn is_followed_by(&self, span: &Span) {
        exporting::follow(span, &self.0);
    }
}

/// Makes the caller's span the parent of `span`, if the headers of its request name one (W3C `traceparent`), and records
/// the trace's id in the field `trace_id`, if the span declares it and traces are exported.
///
/// `header` looks a header up by its lowercase name. To be called before the span is first entered.
pub fn follow_caller<'h>(span: &Span, header: &dyn Fn(&str) -> Option<&'h str>) {
    exporting::follow_caller(span, header);
}
