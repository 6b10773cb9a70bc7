//! Work that waits for the disk, off the async threads.
//!
//! Does NOT limit how much of it runs at once; callers await one piece before they start the next.

use tokio::task::{JoinHandle, spawn_blocking};

/// Runs `work` on the blocking pool; a panic in it goes on in the caller.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    ended(spawn_blocking(work)).await
}

/// What work that runs already ends with; a panic in it goes on in the caller.
pub(crate) async fn ended<T>(work: JoinHandle<T>) -> T {
    match work.await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
