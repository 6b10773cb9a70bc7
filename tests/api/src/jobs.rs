//! Jobs of a daemon as its clients follow them, for a bounded time: what does not end fails the claim.
//!
//! Does NOT begin any.

use crate::client::Client;
use crate::shape::Shape::{Any, Object, Text, Time, Word};
use crate::shape::{Shape, always, fits, maybe};
use serde_json::Value;
use std::time::{Duration, Instant};

/// However slow a machine is, what these claims wait for has come by then: even what is tried again after a minute.
pub(crate) const WITHIN: Duration = Duration::from_secs(150);
pub(crate) const BETWEEN_LOOKS: Duration = Duration::from_millis(10);

/// A job of any kind.
pub const JOB: Shape = Object(&[
    always("id", Text),
    always("kind", Text),
    always("object", Text),
    always("state", Word(&["queued", "running", "completed", "failed"])),
    maybe("progress", Any),
    maybe("result", Any),
    maybe("reason", Text),
    maybe("hint", Text),
    maybe("failure", Text),
    always("queued_at", Time),
    maybe("started_at", Time),
    maybe("ended_at", Time),
]);

/// Waits until a job is over, however it ended.
pub async fn ended(client: &Client, id: &str) -> Value {
    until(client, &format!("/jobs/{id}"), |job| {
        fits(job, JOB);
        is_over(job)
    })
    .await
}

/// Waits until a job is over; one that failed fails the claim.
pub async fn completed(client: &Client, id: &str) -> Value {
    let job = ended(client, id).await;
    assert_eq!(job["state"], "completed", "{job:#}");
    job
}

/// Waits until no job waits or runs.
pub async fn idle(client: &Client) {
    until(client, "/jobs", |jobs| jobs.as_array().unwrap().iter().all(is_over)).await;
}

/// Reads `path` until it is as `wanted`.
pub async fn until(client: &Client, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let found = client.get(path).await.expect(200).json();
        if wanted(&found) {
            return found;
        }
        assert!(began.elapsed() < WITHIN, "{path} stays as it is: {found:#}");
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn is_over(job: &Value) -> bool {
    ["completed", "failed"].contains(&job["state"].as_str().unwrap())
}
