//! Spans reach a collector, over a real socket, by the time the daemon ends.

use crate::telemetry::Telemetry;
use crate::telemetry::captured::{Kept, LONG, telemetry, variables};
use crate::telemetry::logging::Logging;
use crate::telemetry::traces::follow_caller;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};
use tracing::Dispatch;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A request as the collector got it: its head in lowercase, its body.
type Received = (String, Vec<u8>);

fn collector() -> (SocketAddr, Receiver<Received>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (received, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") && stream.read_line(&mut head).unwrap() > 0 {}
            let head = head.to_lowercase();
            let length = head.split_once("content-length: ").unwrap().1.split('\r').next().unwrap();
            let mut body = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer).unwrap();
            if received.send((head, body)).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

fn exporting_to(address: SocketAddr) -> (Telemetry, Dispatch, Kept) {
    let endpoint = format!("http://{address}");
    let environment = variables(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        // Ten minutes, so that nothing but an answer or the end of the daemon ends a request.
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "600000"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=hunter2"),
        ("OTEL_SERVICE_NAME", "loom-in-a-test"),
    ]);
    telemetry(&Logging::default(), &environment)
}

fn holds(body: &[u8], needle: &[u8]) -> bool {
    body.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn spans_have_arrived_when_the_daemon_ends_below_the_caller_that_was_named() {
    let (address, requests) = collector();
    let (telemetry, dispatch, kept) = exporting_to(address);
    tracing::dispatcher::with_default(&dispatch, || {
        let span = tracing::info_span!("list_users", request_id = "r-1", trace_id = tracing::field::Empty);
        follow_caller(&span, &|name| {
            (name == "traceparent").then_some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        });
        span.in_scope(|| tracing::info!("answered"));
        tracing::info_span!(target: "hyper", "of_a_library").in_scope(|| ());
    });
    telemetry.shutdown().await;
    let (head, body) = requests.recv_timeout(LONG).unwrap();
    assert!(head.starts_with("post /v1/traces http/1.1\r\n"), "{head}");
    assert!(
        head.contains("content-type: application/x-protobuf") && head.contains("x-key: hunter2"),
        "{head}"
    );
    let trace: Vec<u8> = (0..16).map(|n| u8::from_str_radix(&TRACE[2 * n..2 * n + 2], 16).unwrap()).collect();
    for needle in [&b"list_users"[..], b"loom-in-a-test", b"r-1", &trace] {
        assert!(holds(&body, needle), "{:?} is missing", String::from_utf8_lossy(needle));
    }
    assert!(!holds(&body, b"of_a_library"));
    assert!(kept.text().contains(&format!("\"trace_id\":\"{TRACE}\"")), "{}", kept.text());
}

#[tokio::test]
async fn a_caller_who_names_nothing_or_nonsense_begins_a_trace() {
    let (address, requests) = collector();
    let (telemetry, dispatch, kept) = exporting_to(address);
    tracing::dispatcher::with_default(&dispatch, || {
        for parent in [None, Some("00-zz-1-01"), Some("")] {
            let span = tracing::info_span!("request", trace_id = tracing::field::Empty);
            follow_caller(&span, &|_| parent);
            span.in_scope(|| tracing::info!("answered"));
        }
    });
    telemetry.shutdown().await;
    assert_eq!(kept.text().matches("\"trace_id\":\"").count(), 3, "{}", kept.text());
    assert!(holds(&requests.recv_timeout(LONG).unwrap().1, b"request"));
}

#[tokio::test]
async fn a_collector_that_never_answers_delays_the_end_by_seconds_only() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let (telemetry, dispatch, _kept) = exporting_to(silent.local_addr().unwrap());
    tracing::dispatcher::with_default(&dispatch, || tracing::info_span!("request").in_scope(|| ()));
    let started = Instant::now();
    telemetry.shutdown().await;
    assert!(started.elapsed() < Duration::from_secs(60), "{:?}", started.elapsed());
}
