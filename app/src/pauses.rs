//! The runtime's pauses.
//!
//! Does NOT tell the time.

use async_trait::async_trait;
use loom_domain::ports::Pauses;
use std::time::Duration;

/// Lets time pass without holding a thread.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct RuntimePauses;

#[async_trait]
impl Pauses for RuntimePauses {
    async fn pause(&self, length: Duration) {
        tokio::time::sleep(length).await;
    }
}
