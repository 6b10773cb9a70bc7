//! For tests: telemetry whose lines are kept, at a time that stands still. Does NOT touch the process's own.

use super::logging::Logging;
use super::{Telemetry, prepare};
use crate::wire::Environment;
use jiff::Timestamp;
use loom_domain::ports::Clock;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tracing::Dispatch;

/// Only what hangs takes longer.
pub(crate) const LONG: Duration = Duration::from_secs(120);

/// A sink that keeps what it is given.
#[derive(Clone, Default)]
pub(super) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(super) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Noon of a day.
pub(super) struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        "2026-06-08T12:00:00.123456Z".parse().unwrap()
    }
}

/// Variables of a test.
pub(crate) fn variables(set: &[(&str, &str)]) -> Environment {
    let set: BTreeMap<String, String> = set.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    Arc::new(move |name| set.get(name).map(Into::into))
}

/// Telemetry for one test: what it is told through, and where its lines are. However slow the machine is, its end waits
/// for them.
pub(super) fn telemetry(logging: &Logging, environment: &Environment) -> (Telemetry, Dispatch, Kept) {
    let kept = Kept::default();
    let (mut telemetry, subscriber) =
        prepare(logging, environment, Box::new(kept.clone()), Arc::new(Noon)).unwrap();
    telemetry.log_flush = LONG;
    (telemetry, Dispatch::new(subscriber), kept)
}

/// The lines that `told` leaves.
pub(super) fn lines(logging: &Logging, told: impl FnOnce()) -> Vec<String> {
    let (telemetry, dispatch, kept) = telemetry(logging, &variables(&[]));
    tracing::dispatcher::with_default(&dispatch, told);
    assert!(telemetry.log.flush(LONG));
    kept.text().lines().map(str::to_owned).collect()
}
