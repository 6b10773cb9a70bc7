//! The caching decorator: keeps small, often read roles of a state store in memory and writes through.
//!
//! For a daemon that is the only writer of its state: it holds the instance lock. Does NOT notice what anybody else
//! writes into the store, and does NOT cache devices, paramsets, the audit log or Matter; those pass through.

mod accounts;
mod configuration;
mod sessions;
mod slot;
mod whole_role;

use crate::account::{Token, User};
use crate::ccu_backup::CcuBackup;
use crate::central::Central;
use crate::config_section::ConfigSection;
use crate::pass_through::pass_through;
use sessions::KnownSessions;
use slot::Slot;
use std::sync::Arc;
use whole_role::WholeRole;

/// A store whose [`Centrals`], [`ConfigSections`], [`CcuBackups`], [`Users`], [`Tokens`] and [`Sessions`] are read from
/// memory. Secrets are held as the store below gives them: in clear around a sealing decorator, which is where this one
/// belongs: `CachedStore<SealedStore<…>>` is every role of a state store.
///
/// A role is loaded whole at its first read and again by each write; nothing else reads the store below. Sessions cannot
/// be listed, so those that were found are kept, and an unknown one is asked for every time: guessing fills no memory.
///
/// While a write is under way its role is read from the store below, so a reader sees the old or the new, and the new
/// once the write has returned. A write that failed or was dropped half-way leaves nothing behind that could be out of
/// date. After a dropped one the role is not cached until a later write has ended: the store below has to end writes in
/// the order in which it was called, as every store of this project does.
///
/// [`Centrals`]: crate::ports::Centrals
/// [`ConfigSections`]: crate::ports::ConfigSections
/// [`CcuBackups`]: crate::ports::CcuBackups
/// [`Users`]: crate::ports::Users
/// [`Tokens`]: crate::ports::Tokens
/// [`Sessions`]: crate::ports::Sessions
pub struct CachedStore<S: ?Sized> {
    centrals: WholeRole<Central>,
    sections: WholeRole<ConfigSection>,
    ccu_backups: WholeRole<CcuBackup>,
    users: WholeRole<User>,
    tokens: WholeRole<Token>,
    sessions: Slot<KnownSessions>,
    inner: Arc<S>,
}

impl<S: ?Sized> CachedStore<S> {
    /// Wraps `inner`; nothing is read yet.
    pub fn new(inner: Arc<S>) -> Self {
        Self {
            centrals: WholeRole::default(),
            sections: WholeRole::default(),
            ccu_backups: WholeRole::default(),
            users: WholeRole::default(),
            tokens: WholeRole::default(),
            sessions: Slot::default(),
            inner,
        }
    }
}

pass_through!(CachedStore: Resealing, CcuRestores, Interfaces);
pass_through!(CachedStore: Devices, Paramsets, AuditLog, MatterFabrics, MatterIdentities);
