//! One request, from its caller's trace through the job it asks for to the writes of the store, as a collector sees it.
//!
//! A process of its own, because telemetry is a matter of the whole process. Does NOT hold how spans are sent.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a claim fails by panicking")]

mod collector;

use collector::{Collector, Span};
use loom_api_tests::daemon::ADMIN_TOKEN;
use loom_api_tests::{Answer, Backend, TestDaemon, jobs};
use loom_app::telemetry::{self, logging::Logging};
use serde_json::{Value, json};
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Lines {
    fn read(&self) -> Vec<Value> {
        let bytes = self.0.lock().unwrap();
        let lines = std::str::from_utf8(&bytes).unwrap().lines();
        lines.map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn the<'s>(spans: &'s [Span], name: &str, is: impl Fn(&Span) -> bool) -> &'s Span {
    let found = spans.iter().find(|span| span.name == name && is(span));
    found.unwrap_or_else(|| panic!("no such span `{name}` in {spans:#?}"))
}

#[tokio::test]
async fn a_backup_that_was_asked_for_is_one_trace_down_to_its_writes_and_log_lines() {
    let collector = Collector::start();
    let endpoint = format!("http://{}", collector.address());
    let lines = Lines::default();
    let environment: loom_app::Environment =
        Arc::new(move |name| (name == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| endpoint.clone().into()));
    let telemetry = telemetry::start(&Logging::default(), &environment, Box::new(lines.clone())).unwrap();

    let mut daemon = TestDaemon::start(Backend::Sqlite).await;
    let asked = daemon.as_admin().request("POST", "/state-backups").json(&json!({}));
    let asked = asked.header("traceparent", format!("00-{TRACE}-{PARENT}-01"));
    let begun = Answer::of(asked).await.expect(202);
    let (request, job) = (begun.header("x-request-id").to_owned(), begun.json()["job"].clone());
    jobs::completed(&daemon.as_admin(), job.as_str().unwrap()).await;
    daemon.stop().await;
    telemetry.shutdown().await;

    let lines = lines.read();
    for (words, tied_by, id) in [
        ("job queued", "request_id", json!(request)),
        ("request answered", "request_id", json!(request)),
        ("state backup taken", "job_id", job.clone()),
        ("job completed", "job_id", job.clone()),
    ] {
        let line = lines.iter().find(|line| line["msg"] == words && line[tied_by] == id);
        let line = line.unwrap_or_else(|| panic!("no line `{words}` of {id}"));
        assert_eq!(line["trace_id"], TRACE, "{line}");
    }

    let (spans, bytes) = collector.received();
    let in_trace = |span: &Span| span.trace == TRACE;
    let request = the(&spans, "request", in_trace);
    assert_eq!(request.parent, PARENT);
    let job = the(&spans, "job", in_trace);
    assert_eq!(job.parent, request.id);
    assert_eq!(the(&spans, "state_backup", in_trace).parent, job.id);
    assert_eq!(the(&spans, "store_write", in_trace).parent, request.id, "the audit entry");
    the(&spans, "housekeeping", |span| span.parent.is_empty());
    let token = ADMIN_TOKEN.as_bytes();
    assert!(!bytes.windows(token.len()).any(|window| window == token), "a span holds the caller's token");
}
