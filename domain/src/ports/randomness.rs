//! Randomness: unpredictable bytes for nonces and keys.
//!
//! Does NOT promise reproducible numbers; tests bring an adapter that does.

use super::BoxError;

/// A source of bytes nobody can predict. Driven port; adapters: the operating system's, and `memory` for tests.
///
/// # Contract
/// - `fill` fills the whole buffer or fails; it never returns fewer bytes.
/// - Two buffers of 12 bytes or more are never equal, within one process or across restarts.
pub trait Randomness: Send + Sync {
    /// Fills `buffer`.
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness>;
}

/// The source gave nothing.
#[derive(Debug, thiserror::Error)]
#[error("no randomness is available: {0}")]
pub struct NoRandomness(#[source] pub BoxError);
