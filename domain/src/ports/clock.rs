//! Clock: what time it is.
//!
//! Does NOT measure durations and does NOT wait.

use jiff::Timestamp;

/// Tells the time in UTC. Driven port; adapters: the operating system's, `memory`.
///
/// # Contract
/// - `now` is an instant, independent of time zones; it may jump when the operator sets the clock.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}
