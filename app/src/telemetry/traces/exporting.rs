//! The export of traces: batches of spans over HTTP, and the caller's span as parent.
//!
//! Does NOT export what libraries say: spans of this project alone, `info` and above.

use super::variables::{TracesError, Wanted};
use crate::telemetry::logging::is_own;
use crate::wire::Environment;
use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::SdkTracerProvider;
use std::time::Duration;
use tracing::{Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::Layer;
use tracing_subscriber::registry::LookupSpan;

/// Spans that wait have so long to be sent at the end of the process.
const FLUSH: Duration = Duration::from_secs(3);

/// A running export; `None` if no traces are asked for.
pub(in crate::telemetry) struct Exporting(Option<SdkTracerProvider>);

impl Exporting {
    /// Starts the export that the variables ask for. Spans are sent by a thread of its own.
    pub(in crate::telemetry) fn start(environment: &Environment) -> Result<Self, TracesError> {
        Wanted::read(environment)?.map(provider).transpose().map(Self)
    }

    /// Hands spans over to the export.
    pub(in crate::telemetry) fn layer<S>(&self) -> impl Layer<S> + Send + Sync + use<S>
    where
        S: Subscriber + for<'s> LookupSpan<'s> + Send + Sync,
    {
        let ours =
            filter_fn(|metadata| is_own(metadata.target()) && *metadata.level() <= tracing::Level::INFO);
        self.0.as_ref().map(|provider| {
            let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("openccu-loom"));
            layer.with_threads(false).with_filter(ours)
        })
    }

    /// Says that traces are exported.
    pub(in crate::telemetry) fn report(&self) {
        if self.0.is_some() {
            tracing::info!("traces are exported");
        }
    }

    /// Sends what waits, and ends the export.
    pub(in crate::telemetry) async fn shutdown(&self) {
        let Some(provider) = self.0.clone() else { return };
        // The exporter blocks, and a thread of the runtime must not.
        let ended = tokio::task::spawn_blocking(move || provider.shutdown_with_timeout(FLUSH)).await;
        if let Ok(Err(error)) = ended {
            tracing::warn!(%error, "traces could not all be sent");
        }
    }
}

fn provider(wanted: Wanted) -> Result<SdkTracerProvider, TracesError> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(wanted.endpoint)
        .with_headers(wanted.headers.into_iter().collect());
    let exporter = match wanted.timeout {
        Some(timeout) => exporter.with_timeout(timeout),
        None => exporter,
    };
    let exporter = exporter.build().map_err(|error| TracesError::Build(error.to_string()))?;
    let attributes = wanted.resource.into_iter().map(|(name, value)| KeyValue::new(name, value));
    let resource = Resource::builder_empty().with_attributes(attributes).build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(resource).build())
}

/// What a span is known by to those that come after it.
pub(super) type Caller = SpanContext;

pub(super) fn caller(span: &Span) -> Caller {
    span.context().span().span_context().clone()
}

pub(super) fn follow_caller<'h>(span: &Span, header: &dyn Fn(&str) -> Option<&'h str>) {
    let caller = TraceContextPropagator::new().extract(&Headers(header));
    follow(span, caller.span().span_context());
}

pub(super) fn follow(span: &Span, caller: &Caller) {
    if caller.is_valid() {
        // It fails where no traces are exported, or where the span has already begun; then it stays a root.
        let _ = span.set_parent(Context::new().with_remote_span_context(caller.clone()));
    }
    let context = span.context();
    let trace = context.span().span_context().trace_id();
    if trace != opentelemetry::TraceId::INVALID {
        span.record("trace_id", tracing::field::display(trace));
    }
}

struct Headers<'f, 'h>(&'f dyn Fn(&str) -> Option<&'h str>);

impl Extractor for Headers<'_, '_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.0(name)
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

#[cfg(test)]
mod tests;
