//! Ports in memory: the reference implementations.
//!
//! Does NOT touch the disk or the network. What it forgets at the end of the process, it never promised to keep.

mod archive_store;
mod ccu;
mod ccu_backup_files;
mod clock;
mod content;
mod data_dir;
mod database;
mod disk;
mod faulty;
mod judge;
mod key_switch;
mod keys;
mod passwords;
mod pauses;
mod progress;
mod randomness;
mod restore_target;
mod scratch;
mod snapshots;
mod state;
mod wrapping;

pub use archive_store::MemoryArchives;
pub use ccu::{Announcement, CcuCall, MemoryCcu, MemoryCcus};
pub use ccu_backup_files::MemoryCcuBackupFiles;
pub use clock::MemoryClock;
pub use content::MemoryContent;
pub use data_dir::{Hold, MemoryDataDir};
pub use database::{BadDatabase, MemoryDatabase};
pub use disk::{MemoryDisk, Node};
pub use faulty::{Fault, FaultPlan, Faulty};
pub use judge::MemoryJudge;
pub use key_switch::MemoryKeyPlaces;
pub use keys::MemoryKey;
pub use passwords::MemoryPasswords;
pub use pauses::MemoryPauses;
pub use progress::{MemoryProgress, Report};
pub use randomness::MemoryRandomness;
pub use restore_target::MemoryRestoreTarget;
pub use scratch::MemoryScratch;
pub use snapshots::MemorySnapshots;
pub use state::MemoryStateStore;
pub use wrapping::{MemoryWrapping, WrappingMood};
