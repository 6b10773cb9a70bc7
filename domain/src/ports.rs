//! Ports: what the domain needs from the world, one role a file, each with a written contract.
//!
//! Families: StateStore (its roles, snapshots and the database judge), KeyProvider, ArchiveSink and ArchiveSource,
//! CcuGateway, and the small ones (data-dir files, staging, restore target, clock, randomness, progress).
//! Does NOT hold adapters; a stranger can write one from a role's doc alone.

mod archive_shelf;
mod archive_sink;
mod archive_source;
mod audit_log;
mod ccu_backup_files;
mod ccu_backups;
mod ccu_devices;
mod ccu_diagnosis;
mod ccu_gateway;
mod ccu_identity;
mod ccu_restores;
mod ccu_restoring;
mod ccu_security_key;
mod ccu_system_backup;
mod centrals;
mod clock;
mod config_batches;
mod config_sections;
mod content;
mod data_dir_files;
mod database_judge;
mod devices;
mod interfaces;
mod key_provider;
mod key_switch;
mod key_vault;
mod key_wrapping;
mod last_seen;
mod matter_fabrics;
mod paramsets;
mod passphrase_source;
mod passwords;
mod pauses;
mod progress;
mod randomness;
mod record_watch;
mod resealing;
mod restore_target;
mod sessions;
mod snapshots;
mod staging_area;
mod state_store;
mod tokens;
mod users;

pub use archive_shelf::{ArchiveShelf, ShelfError, StoredArchive};
pub use archive_sink::{ArchiveId, ArchiveSink, Item, Receipt, SinkError, Staging};
pub use archive_source::{
    ArchiveKind, ArchiveListing, ArchiveReader, ArchiveSource, ListedArchive, SourceError, Undescribed,
};
pub use audit_log::AuditLog;
pub use ccu_backup_files::{CcuBackupFiles, CcuBackupJudging, CcuFilesError, SbkStaging, StoredSbk};
pub use ccu_backups::CcuBackups;
pub use ccu_devices::{CcuDevice, CcuDeviceList, CcuDevices, ParamsetAnswer};
pub use ccu_diagnosis::{CcuDiagnosis, CcuFinding, CcuFindingOutcome};
pub use ccu_gateway::{CcuError, CcuGateway, CcuGateways};
pub use ccu_identity::CcuIdentity;
pub use ccu_restores::CcuRestores;
pub use ccu_restoring::{CcuRestoreError, CcuRestoring, OfferedSystemBackup};
pub use ccu_security_key::CcuSecurityKey;
pub use ccu_system_backup::{CcuSystemBackup, CreatedSystemBackup};
pub use centrals::Centrals;
pub use clock::Clock;
pub use config_batches::ConfigBatches;
pub use config_sections::ConfigSections;
pub use content::{Content, MAX_CHUNK_BYTES, ReadError};
pub use data_dir_files::{DataDirFiles, Entry, EntryKind, FilesError, OpenFile};
pub use database_judge::{DatabaseJudge, JudgeError, Verdict};
pub use devices::Devices;
pub use interfaces::Interfaces;
pub use key_provider::{KeyError, KeyProvider, KeySource, ResolvedKey};
pub use key_switch::{
    KeySwitch, KeyTarget, OldKey, OldKeyFate, OldKeys, PendingSwitch, ResolvedOldKeys, SwitchOrder, Switched,
};
pub use key_vault::KeyVault;
pub use key_wrapping::{KeyWrapping, KeyWrappings};
pub use last_seen::LastSeen;
pub use matter_fabrics::{MatterFabrics, MatterIdentities};
pub use paramsets::{ParamsetCounts, Paramsets};
pub use passphrase_source::PassphraseSource;
pub use passwords::{PasswordError, PasswordVerdict, Passwords};
pub use pauses::Pauses;
pub use progress::{Progress, Silent, Stage};
pub use randomness::{NoRandomness, Randomness};
pub use record_watch::RecordWatch;
pub use resealing::{ResealRecord, Resealed, Resealer, Resealing, SecretVisitor};
pub use restore_target::{Claim, Recovery, RestoreTarget, TargetError, Undone};
pub use sessions::Sessions;
pub use snapshots::{Snapshot, SnapshotError, Snapshots};
pub use staging_area::{ScratchAreas, StagingArea, StagingError};
pub use state_store::{StateStore, StoreError};
pub use tokens::Tokens;
pub use users::Users;

/// Any error of an adapter's library, kept as the source of a port error.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;
