//! Use cases: one verb a file. Each reads as a sentence and leaves nothing behind when it fails.
//!
//! Does NOT know any adapter, and does NOT print, parse flags or schedule.

pub mod accounts;
mod examine_archive;
mod export_config;
pub mod import_config;
mod list_archives;
mod restore_archive;
mod take_backup;
mod verify_archive;

pub use examine_archive::{ExamineArchive, ExamineError, Examined, ExaminedDatabase, KeyRing};
pub use export_config::{ExportConfig, ExportSecrets};
pub use import_config::{ImportConfig, ImportError, ImportMode, ImportPlan, Imported, SecretStoring};
pub use list_archives::{InspectArchive, Inspected, list_newest_first};
pub use restore_archive::{RestoreArchive, RestoreError, RestoreRequest};
pub use take_backup::{BackupRequest, TakeBackup, TakeBackupError, TakenBackup};
pub use verify_archive::{VerifyArchive, VerifyError};
