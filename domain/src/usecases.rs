//! Use cases: one verb a file. Each reads as a sentence and leaves nothing behind when it fails.
//!
//! Does NOT know any adapter, and does NOT print, parse flags or schedule.

pub mod accounts;
mod back_up_central;
mod check_key;
mod examine_archive;
mod export_config;
mod give_up_ccu_backup;
pub mod import_config;
mod key_inventory;
mod list_archives;
mod move_key;
mod recover_key_switch;
mod refresh_devices;
mod restore_archive;
mod restore_central;
mod retire_keys;
mod rotate_key;
mod take_backup;
mod take_up_ccu_backups;
mod verify_archive;

pub use back_up_central::{BackUpCentral, BackUpCentralError, SbkDamages};
pub use check_key::{CheckKey, CheckKeyError, CheckedKey};
pub use examine_archive::{ExamineArchive, ExamineError, Examined, ExaminedDatabase, KeyRing};
pub use export_config::{ExportConfig, ExportSecrets};
pub use give_up_ccu_backup::{GiveUpCcuBackup, GiveUpError};
pub use import_config::{ImportConfig, ImportError, ImportMode, ImportPlan, Imported, SecretStoring};
pub use key_inventory::{KeyInventory, TableSecrets, TakeKeyInventory, UnreadableValues};
pub use list_archives::{
    InspectArchive, Inspected, SeenRecipient, format_in_name, list_newest_first, seen_recipients, taken_at,
    time_in_name,
};
pub use move_key::{MoveKey, MoveKeyError, MoveOrder, MovedKey};
pub use recover_key_switch::{KeyRecovery, RecoverKeySwitch, RecoverKeySwitchError};
pub use refresh_devices::{
    InterfaceReport, RefreshDevices, RefreshError, RefreshMemory, RefreshMode, RefreshReport,
};
pub use restore_archive::{RestoreArchive, RestoreError, RestoreRequest};
pub use restore_central::{
    ConsentRefusal, RestoreCentral, RestoreConsent, RestoreOrder, ResumeError, ResumeOrder, Resumption,
    SafetyBackup, Unrecorded, WayBackPatience, after_daemon_restart,
};
pub use retire_keys::{RetireKeys, RetireKeysError, RetiredKeys};
pub use rotate_key::{RotateKey, RotateKeyError, RotateOrder, RotatedKey};
pub use take_backup::{BackupRequest, TakeBackup, TakeBackupError, TakenBackup};
pub use take_up_ccu_backups::{TakeUpCcuBackups, TakeUpError, TakenUp};
pub use verify_archive::{VerifyArchive, VerifyError};
