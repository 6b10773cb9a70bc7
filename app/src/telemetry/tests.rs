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
    let started = std::time::Instant::now();
    let told = lines(&Logging { level: logging::Level::Debug, ..Logging::default() }, || {
        for n in 0..15_000_u32 {
            let _request = tracing::info_span!("request", request_id = %n).entered();
            tracing::debug!(
                method = "GET",
                route = "/api/v1/info",
                status = 200,
                duration_ms = 0.4,
                "request"
            );
        }
    });
    assert_eq!(told.len(), 15_000);
    // Unoptimized it takes about 0.3 s; the bound only catches what blocks.
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
