//! Progress: how far a long verb is, for whoever watches.
//!
//! Does NOT report results or errors.

/// What a long verb is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Copying a live database to one consistent instant.
    Snapshot,
    /// Packing files into the archive.
    Pack,
    /// Reading an archive to its end.
    Read,
    /// Checking the databases that came out.
    Check,
    /// Putting files in place.
    Apply,
    /// Waiting for a central.
    Wait,
    /// Receiving from a central.
    Fetch,
    /// Sending to a central.
    Send,
}

/// Receives progress. Driven port; adapters: a terminal, `memory`, [`Silent`]. Never waits and cannot fail.
///
/// # Contract
/// - `begin` starts a stage; `total_bytes` is what `reached` will come to, where that is known.
/// - `reached` is absolute within the stage and may be called from any thread, in any number.
pub trait Progress: Send + Sync {
    /// A stage begins, on the named object.
    fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>);
    /// So many bytes of the stage are done.
    fn reached(&self, bytes: u64);
}

/// Watches nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _stage: Stage, _object: &str, _total_bytes: Option<u64>) {}
    fn reached(&self, _bytes: u64) {}
}
