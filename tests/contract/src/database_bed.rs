//! The live data dir that the suites of snapshots and of the database judge work on.
//!
//! Does NOT make databases itself: the adapter's test supplies a [`DatabaseBed`].

use loom_domain::archive::{MemberPath, SealedValue};
use loom_domain::ports::{DatabaseJudge, ReadError, Silent, Snapshot, Snapshots};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The main database.
pub(crate) const MAIN: &str = "openccu-loom.db";
/// The two tables that get one row each in every transaction of [`DatabaseBed::commit_pair`].
pub(crate) const PAIR: [&str; 2] = ["users", "tokens"];

/// A data dir under test, empty at first, and a place for databases that nobody has open.
pub trait DatabaseBed: Send + Sync {
    /// The port on this data dir.
    fn snapshots(&self) -> Arc<dyn Snapshots>;
    /// The judge.
    fn judge(&self) -> Arc<dyn DatabaseJudge>;
    /// Creates the main database of a daemon, open for writing from now on, without rows in `users` and `tokens`.
    fn create_main(&self);
    /// Commits one transaction to the main database: a row more in `users`, then a row more in `tokens`.
    fn commit_pair(&self);
    /// Gives the main database three rows that have lost their parent.
    fn add_orphans(&self);
    /// Gives the main database sealed values in places of each kind, and clear ones beside; returns the sealed ones in
    /// the order of their places.
    fn add_sealed_values(&self) -> Vec<SealedValue>;
    /// Creates a whole database without a table of ours.
    fn create_foreign(&self, path: &str);
    /// Writes any file into the data dir.
    fn put_file(&self, path: &str, bytes: &[u8]);
    /// Closes the main database, and damages it inside a page that holds rows.
    fn close_and_damage(&self);
    /// Damages the bytes of a database inside a page that holds rows.
    fn damaged(&self, database: Vec<u8>) -> Vec<u8>;
    /// How many rows a database has in `users` and in `tokens`.
    fn count_pairs(&self, database: &[u8]) -> (u64, u64);
    /// All files of the data dir with their bytes, but for what readers share in memory.
    fn files(&self) -> BTreeMap<String, Vec<u8>>;
    /// How many bytes are kept for snapshots, under a name or not.
    fn kept_bytes(&self) -> u64;
    /// Puts bytes at a location that the judge can look at, in a folder of its own.
    fn stage(&self, bytes: &[u8]) -> PathBuf;
    /// All that lies in the folder of a location, in any form that shows a change.
    fn around(&self, location: &Path) -> String;
}

/// Takes a snapshot of the main database.
pub(crate) async fn main_snapshot(bed: &dyn DatabaseBed) -> Snapshot {
    let path = MemberPath::parse(MAIN.as_bytes()).unwrap();
    bed.snapshots().take_snapshot(&path, &Silent).await.unwrap()
}

/// Reads a snapshot to its end.
pub(crate) async fn bytes_of(mut snapshot: Snapshot) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = snapshot.content.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    assert_eq!(bytes.len() as u64, snapshot.bytes);
    Ok(bytes)
}
