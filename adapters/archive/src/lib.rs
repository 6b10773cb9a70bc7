//! Archives and the data dir on the local file system: the adapter behind the archive and data-dir ports.
//!
//! Does NOT decide what belongs into an archive or whether one may be restored; that is the domain's policy.

pub mod format;

mod blocking;
mod data_dir;
mod durable;
mod file_identity;
mod folder_shelf;
mod folder_sink;
mod folder_source;
mod kept_open;
mod lock;
mod opening;
#[cfg(test)]
mod ordinary_user;
mod owner;
mod packing;
mod range;
mod restore_target;
mod sbk_folder;
mod scratch;
mod sealing;
mod staged_files;
mod stream_sink;
mod stream_source;
mod swap;
mod unpacking;

pub use data_dir::LocalDataDir;
pub use durable::{is_full, parent_of};
pub use folder_shelf::FolderShelf;
pub use folder_sink::FolderSink;
pub use folder_source::{FolderSource, subfolders_with_archives};
pub use format::age_keys::{
    BadIdentity, BadRecipient, check_identity, check_recipient, new_identity, recipient_of,
};
pub use lock::{InstanceLock, LockError, Role, SwapLock, foreign_holder};
pub use restore_target::LocalRestoreTarget;
pub use sbk_folder::{SbkFolder, judge_sbk_file};
pub use scratch::{LocalScratch, ScratchFolder};
pub use stream_sink::StreamSink;
pub use stream_source::StreamSource;
