//! What the daemon tells about itself: log lines, traces, figures.
//!
//! Does NOT decide what is worth telling: that is said where it happens, with the macros of `tracing` and through
//! [`metrics::Metrics`].

#[cfg(test)]
pub(crate) mod captured;
pub mod logging;
pub mod metrics;
pub mod traces;

use crate::clock::SystemClock;
use crate::wire::Environment;
use logging::queue::Queue;
use logging::{LogLayer, Logging, Threshold};
use loom_domain::ports::Clock;
use metrics::Metrics;
use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;
use tracing::Subscriber;
use tracing_subscriber::layer::{Layer, SubscriberExt};

/// Log lines that wait have so long to leave the process at its end.
const LOG_FLUSH: Duration = Duration::from_secs(1);

/// Running telemetry. [`Telemetry::shutdown`] sends and writes what waits; dropping it writes out the log lines.
#[must_use = "log lines that wait are written when this is dropped"]
pub struct Telemetry {
    /// The figures.
    pub metrics: Metrics,
    log: Queue,
    /// How long the end may wait for it.
    log_flush: Duration,
    traces: traces::Exporting,
}

/// Why telemetry cannot start. Fragments read after "failed to start telemetry: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// Traces are asked for in a way that cannot be honoured.
    #[error(transparent)]
    Traces(#[from] traces::TracesError),
    /// The system refused a thread.
    #[error("no thread for the log can be started")]
    Thread(#[source] io::Error),
    /// It is a matter of the whole process, and there already is one.
    #[error("it already runs in this process")]
    AlreadyStarted,
}

/// Starts telemetry for the whole process: lines to `sink`, traces as the variables of `environment` say, panics as
/// error lines. To be called once, before anything that logs.
pub fn start(
    logging: &Logging,
    environment: &Environment,
    sink: Box<dyn Write + Send>,
) -> Result<Telemetry, TelemetryError> {
    let (telemetry, subscriber) = prepare(logging, environment, sink, Arc::new(SystemClock))?;
    tracing::subscriber::set_global_default(subscriber).map_err(|_| TelemetryError::AlreadyStarted)?;
    logging::panic_hook::install(telemetry.log.clone());
    telemetry.traces.report();
    Ok(telemetry)
}

impl Telemetry {
    /// Sends the spans that wait, within 3 s, then writes the log lines that wait, within 1 s. What is told later is
    /// still logged, but not traced.
    pub async fn shutdown(&self) {
        self.traces.shutdown().await;
        let (log, within) = (self.log.clone(), self.log_flush);
        // Joining fails only when the runtime ends, and then nobody waits for an answer.
        let _ = tokio::task::spawn_blocking(move || log.flush(within)).await;
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        self.log.flush(self.log_flush);
    }
}

fn prepare(
    logging: &Logging,
    environment: &Environment,
    sink: Box<dyn Write + Send>,
    clock: Arc<dyn Clock>,
) -> Result<(Telemetry, impl Subscriber + Send + Sync + 'static), TelemetryError> {
    let traces = traces::Exporting::start(environment)?;
    let notice = LogLayer::lost_notice(logging.format, clock.clone());
    let log = Queue::start(sink, notice).map_err(TelemetryError::Thread)?;
    let lines =
        LogLayer::new(logging.format, clock.clone(), log.clone()).with_filter(Threshold::new(logging));
    let subscriber = tracing_subscriber::registry().with(lines).with(traces.layer());
    let metrics = Metrics::new(clock);
    Ok((Telemetry { metrics, log, log_flush: LOG_FLUSH, traces }, subscriber))
}

#[cfg(test)]
mod tests;
