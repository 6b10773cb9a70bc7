//! The state store in memory: the reference implementation of its roles, one file per role.
//!
//! Does NOT survive its process and does NOT inject faults; it is what a contract means, in the plainest words.

mod audit_log;
mod ccu_backups;
mod ccu_restores;
mod centrals;
mod config_batches;
mod config_sections;
mod devices;
mod interfaces;
mod last_seen;
mod matter_fabrics;
mod paramsets;
mod precision;
mod resealing;
mod sessions;
mod tokens;
mod users;

use jiff::Timestamp;
use loom_domain::account::{Session, Subject, Token, User};
use loom_domain::audit::RecordedEntry;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_section::ConfigSection;
use loom_domain::device::{CachedInterface, Device, InterfaceRef};
use loom_domain::fabric::{AclEntry, Fabric, FabricIndex, NodeIdentity};
use loom_domain::ports::StoreError;
use loom_domain::secret::KeyFingerprint;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Every role of the state store, in memory. Each call holds one lock, so each is atomic.
#[derive(Default)]
pub struct MemoryStateStore {
    state: Mutex<State>,
}

impl MemoryStateStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // No call panics between two changes that belong together, so a poisoned state is still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Default)]
struct State {
    centrals: BTreeMap<CentralName, Central>,
    sections: BTreeMap<String, ConfigSection>,
    seeded_at: Option<Timestamp>,
    /// The key, and when the change to it was begun.
    resealed_with: Option<(KeyFingerprint, Timestamp)>,
    users: BTreeMap<Subject, User>,
    tokens: BTreeMap<String, Token>,
    sessions: Vec<Session>,
    interfaces: BTreeMap<InterfaceRef, CachedInterface>,
    devices: BTreeMap<(InterfaceRef, String), Device>,
    paramsets: paramsets::Cache,
    audit: Vec<RecordedEntry>,
    fabrics: BTreeMap<FabricIndex, Fabric>,
    identities: BTreeMap<FabricIndex, NodeIdentity>,
    access_lists: BTreeMap<FabricIndex, Vec<AclEntry>>,
    ccu_backups: BTreeMap<CcuBackupId, CcuBackup>,
    ccu_restores: BTreeMap<CcuRestoreId, CcuRestore>,
}

fn not_found(what: &'static str, name: impl ToString) -> StoreError {
    StoreError::NotFound { what, name: name.to_string() }
}

fn already_exists(what: &'static str, name: impl ToString) -> StoreError {
    StoreError::AlreadyExists { what, name: name.to_string() }
}
