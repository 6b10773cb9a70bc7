//! The composition root: configuration to adapters to use cases.
//!
//! The only crate that names both the domain's ports and the adapters behind them. Does NOT parse flags or print
//! (`cli`), and holds no policy.

pub mod age_files;
pub mod archive_json;
mod backends;
mod beaten_key;
pub mod bootstrap;
mod ccu_backups;
mod ccu_restores;
mod central_gateways;
mod central_watch;
mod clock;
pub mod config;
pub mod daemon;
#[cfg(feature = "demo")]
mod demo;
mod events;
mod health;
mod host;
pub mod http;
mod jobs;
mod kept_keys;
mod key_archives;
pub mod key_kit;
pub mod key_report;
mod key_rotation;
mod key_service;
pub mod key_settings;
mod live_config;
mod open_files;
mod opened_database;
mod pauses;
mod roles;
pub mod sealing;
mod secret_line;
pub mod service_manager;
mod state_backups;
mod stored_secrets;
pub mod telemetry;
mod wire;
mod yaml;

pub use beaten_key::BeatenKey;
pub use clock::SystemClock;
#[cfg(feature = "demo")]
pub use demo::{DemoError, demo};
pub use host::{default_archive_name, host_name};
pub use kept_keys::clear_keys_kept;
pub use key_rotation::RotationReport;
pub use secret_line::{NoSecretLine, secret_line, secret_line_of};
pub use wire::{
    AtHand, ConfigJobError, ConfigJobErrorKind, CreateError, CreateJob, Destination, Environment,
    ExportedConfig, HeldDataDir, ImportJob, InspectJob, KeyJob, KeyJobError, KeyJobErrorKind, LookedAt,
    NEW_SECRET_KEY_VARIABLE, Origin, Overwrite, RestoreJob, RetireOrder, Retirement, StagedFile, TriedKey,
    VerifyJob, check_key, export_config, given_key, judge_sbk, key_status, listing, recover_key_switch,
    recover_restore, restore_leftover, try_key, undo_restore, write_document,
};

/// The version this program calls itself in manifests and answers.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
