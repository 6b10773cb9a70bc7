//! Backing up, restoring and reading centrals, over a central in memory: what comes of it, and what is left when it ends
//! anywhere.

#![expect(clippy::unwrap_used, clippy::panic, reason = "these are tests, their shared parts included")]

mod backing_up;
mod bed;
mod dying;
mod failing_backups;
mod killed_backups;
mod killed_refreshes;
mod killed_restores;
mod refreshing;
mod refreshing_little;
mod refusing_restores;
mod restoring;
mod resuming;
mod taking_up;
