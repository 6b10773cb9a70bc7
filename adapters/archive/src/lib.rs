//! Archives and the data dir on the local file system: the adapter behind the archive and data-dir ports.
//!
//! Does NOT decide what belongs into an archive or whether one may be restored; that is the domain's policy.

pub mod format;
