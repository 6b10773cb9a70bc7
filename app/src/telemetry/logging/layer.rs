//! Turns events into lines and hands them to the queue.
//!
//! Of spans it keeps only the ids that tie lines together; other fields of spans are for traces. Does NOT write.

use super::queue::Queue;
use super::record::{Record, Said, Value};
use super::{Format, Level};
use loom_domain::ports::Clock;
use std::fmt::Debug;
use std::sync::Arc;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Fields of spans that every line below them repeats.
const TYING: [&str; 4] = ["request_id", "job_id", "central", "trace_id"];

/// Writes events as lines.
pub(crate) struct LogLayer {
    format: Format,
    clock: Arc<dyn Clock>,
    queue: Queue,
}

impl LogLayer {
    /// Writes lines of `format` to `queue`.
    pub(crate) fn new(format: Format, clock: Arc<dyn Clock>, queue: Queue) -> Self {
        Self { format, clock, queue }
    }

    /// The line that tells how many lines are missing.
    pub(crate) fn lost_notice(
        format: Format,
        clock: Arc<dyn Clock>,
    ) -> impl Fn(u64) -> String + Send + 'static {
        move |lost| {
            let said = Said {
                message: "log lines lost".to_owned(),
                fields: vec![Value::text("lines", lost.to_string())],
            };
            let record =
                Record { at: clock.now(), level: Level::Warn, target: module_path!(), said, ids: vec![] };
            record.line(format)
        }
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for LogLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // Values are turned into text before the span is locked: doing so runs other people's code.
        let mut ids = Ids::default();
        attributes.record(&mut ids);
        if let Some(span) = context.span(id).filter(|_| !ids.0.is_empty()) {
            span.extensions_mut().insert(ids);
        }
    }

    fn on_record(&self, id: &Id, values: &tracing::span::Record<'_>, context: Context<'_, S>) {
        let mut ids = Ids::default();
        values.record(&mut ids);
        if let Some(span) = context.span(id).filter(|_| !ids.0.is_empty()) {
            let mut extensions = span.extensions_mut();
            match extensions.get_mut::<Ids>() {
                Some(known) => ids.0.into_iter().for_each(|value| known.set(value)),
                None => extensions.insert(ids),
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let mut ids = Ids::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Ids>() {
                of_span.0.iter().for_each(|value| ids.set(value.clone()));
            }
        }
        let metadata = event.metadata();
        let level = Level::of(*metadata.level());
        let record = Record { at: self.clock.now(), level, target: metadata.target(), said, ids: ids.0 };
        self.queue.push(&record.line(self.format));
    }
}

/// The ids a span carries.
#[derive(Default)]
struct Ids(Vec<Value>);

impl Ids {
    fn set(&mut self, value: Value) {
        match self.0.iter_mut().find(|known| known.name == value.name) {
            Some(known) => *known = value,
            None => self.0.push(value),
        }
    }
}

impl Visit for Ids {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if TYING.contains(&field.name()) {
            self.set(Value::text(field.name(), format!("{value:?}")));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if TYING.contains(&field.name()) {
            self.set(Value::text(field.name(), value));
        }
    }
}
