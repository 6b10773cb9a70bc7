//! Starting and stopping, as far as a test may: the process's own telemetry is one of a kind.

use super::captured::{lines, telemetry, variables};
use super::*;

#[tokio::test]
async fn lines_told_before_the_end_are_written_by_the_end() {
    let (telemetry, dispatch, kept) = telemetry(&Logging::default(), &variables(&[]));
    tracing::dispatcher::with_default(&dispatch, || tracing::info!("going"));
    telemetry.shutdown().await;
    assert!(kept.text().contains("going"));
}

#[test]
fn a_line_takes_little_of_a_request() {
    let mut quickest = Duration::MAX;
    let told = lines(&Logging { level: logging::Level::Debug, ..Logging::default() }, || {
        for _ in 0..15 {
            let started = std::time::Instant::now();
            for n in 0..1000_u32 {
                let _request = tracing::info_span!("request", request_id = %n).entered();
                tracing::debug!(
                    method = "GET",
                    route = "/api/v1/info",
                    status = 200,
                    duration_ms = 0.4,
                    "request"
                );
            }
            quickest = quickest.min(started.elapsed());
        }
    });
    assert_eq!(told.len(), 15_000);
    // Unoptimized a thousand take about 20 ms; the bound only catches what blocks. A machine that stands still for a
    // while does so in some of the rounds.
    assert!(quickest < Duration::from_millis(300), "{quickest:?}");
}
