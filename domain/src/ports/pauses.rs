//! Pauses: letting time go by between two attempts.
//!
//! Does NOT tell the time (`ports::clock`) and does NOT limit how long a call may take; adapters of centrals do.

use async_trait::async_trait;
use std::time::Duration;

/// Lets time pass. Driven port; adapters: the runtime's, `memory`.
///
/// # Contract
/// - `pause` returns after `length`, or a little later, whatever happens to the clock on the wall. Dropping it ends it.
#[async_trait]
pub trait Pauses: Send + Sync {
    /// Waits for `length`.
    async fn pause(&self, length: Duration);
}
