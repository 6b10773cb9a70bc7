//! Wiring: which adapter stands behind each port, for each verb.
//!
//! Does NOT hold policy or words for the operator. One file per verb's job.

mod at_hand;
mod config_export;
mod config_import;
mod config_state;
mod create;
mod held_data_dir;
mod inspect;
mod key_error;
mod key_job;
mod key_recovery;
mod key_status;
mod keys;
mod new_key_file;
mod restore;
mod sbk;
mod scratch_places;
mod source;
mod staged_file;
mod tried_key;
mod verify;

pub use at_hand::AtHand;
pub use config_export::{ExportedConfig, export_config, write_document};
pub use config_import::ImportJob;
pub use config_state::{ConfigJobError, ConfigJobErrorKind};
pub(crate) use create::SECRETS_NOTE;
pub use create::{CreateError, CreateJob, Destination};
pub use held_data_dir::HeldDataDir;
pub(crate) use held_data_dir::unwritable;
pub use inspect::InspectJob;
pub use key_error::{KeyJobError, KeyJobErrorKind};
pub use key_job::{KeyJob, LookedAt, RetireOrder, Retirement};
pub use key_recovery::recover_key_switch;
pub use key_status::{check_key, key_status};
pub use keys::given_key;
pub(crate) use keys::{
    file_of_data_dir as key_file_of_data_dir, of_bootstrap as key_of_bootstrap,
    of_data_dir as key_of_data_dir, within_data_dir as key_within_data_dir,
};
pub use new_key_file::NEW_SECRET_KEY_VARIABLE;
pub(crate) use restore::recover_restore_unread;
pub use restore::{RestoreJob, recover_restore, restore_leftover, undo_restore};
pub use sbk::judge_sbk;
pub use source::{Origin, listing};
pub use staged_file::{Overwrite, StagedFile};
pub(crate) use tried_key::try_resolved;
pub use tried_key::{TriedKey, try_key};
pub use verify::VerifyJob;

use std::ffi::OsString;
use std::sync::Arc;

/// Looks an environment variable up.
pub type Environment = Arc<dyn Fn(&str) -> Option<OsString> + Send + Sync>;
