//! StateStore, the umbrella over the roles that keep the daemon's runtime state, and the error they share.
//!
//! Does NOT take snapshots (`ports::snapshots`): that works on any data dir, without opening its store.

use super::{
    AuditLog, BoxError, CcuBackups, CcuRestores, Centrals, ConfigBatches, ConfigSections, Devices,
    Interfaces, LastSeen, MatterFabrics, MatterIdentities, Paramsets, Resealing, Sessions, Tokens, Users,
};

/// Every role of the state store at once. Driven port; adapters: `sqlite`, `memory`.
///
/// Wiring hands out one `Arc<dyn Role>` per role; nothing but the composition root names this trait.
///
/// A store that outlives its process keeps what a call changed through a loss of power, once that call returned. Only
/// `Devices`, `Paramsets`, `Interfaces` and `LastSeen` may lose their newest calls, each whole: what they keep comes again.
pub trait StateStore:
    Centrals
    + ConfigSections
    + ConfigBatches
    + Users
    + Tokens
    + Sessions
    + Devices
    + Paramsets
    + AuditLog
    + MatterFabrics
    + MatterIdentities
    + CcuBackups
    + CcuRestores
    + Interfaces
    + LastSeen
    + Resealing
{
}

impl<T> StateStore for T where
    T: Centrals
        + ConfigSections
        + ConfigBatches
        + Users
        + Tokens
        + Sessions
        + Devices
        + Paramsets
        + AuditLog
        + MatterFabrics
        + MatterIdentities
        + CcuBackups
        + CcuRestores
        + Interfaces
        + LastSeen
        + Resealing
{
}

/// Why a role of the state store refused or failed. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The named object does not exist.
    #[error("{what} `{name}` does not exist")]
    NotFound {
        /// Kind of object, such as `central`.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// An object of that name exists already.
    #[error("{what} `{name}` already exists")]
    AlreadyExists {
        /// Kind of object.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Somebody else wrote in between: read again, then decide.
    #[error("{what} `{name}` was changed by somebody else: stored is {stored}, expected was {expected}")]
    Conflict {
        /// Kind of object.
        what: &'static str,
        /// Its name.
        name: String,
        /// The stored version, or `nothing`.
        stored: String,
        /// The version the writer named, or `nothing`.
        expected: String,
    },
    /// The change would leave nobody who can administrate.
    #[error("`{0}` is the last admin and must stay one")]
    LastAdmin(String),
    /// A stored row cannot be understood; other rows are not affected.
    #[error("the stored {what} `{name}` cannot be read: {reason}")]
    Unreadable {
        /// Kind of object.
        what: &'static str,
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A description is larger than can be read again; nothing of the batch was stored.
    #[error("the description of {what} `{name}` has {bytes} bytes, and at most {most} are kept")]
    TooLarge {
        /// Kind of object, such as `device`.
        what: &'static str,
        /// Its name.
        name: String,
        /// Size of the description.
        bytes: u64,
        /// Most that is kept.
        most: u64,
    },
    /// A secret value cannot be sealed because there is no master key, and storing it in clear was not allowed.
    #[error("{0} cannot be sealed: no master key is available")]
    NoMasterKey(String),
    /// The store cannot be reached or is full; try again or look after it.
    #[error("the state store is unavailable: {0}")]
    Unavailable(#[source] BoxError),
}
