//! A central in memory: facts, devices, and a state that its system backups save and bring back.
//!
//! Its system backups are real `.sbk` files, so they stand up to the judge. Does NOT speak any protocol, and does NOT take
//! time for anything unless it is told to.

mod backup;
mod call;
mod devices;
mod gateway;
mod identity;
mod levers;
mod restoring;
mod sbk;
mod security_key;
mod uptime;

pub use backup::Announcement;
pub use call::CcuCall;
pub use gateway::MemoryCcus;

use backup::Sending;
use bytes::Bytes;
use gateway::MemoryGateway;
use loom_domain::ccu::CcuFacts;
use loom_domain::ports::{CcuDevice, CcuError, CcuGateway, ParamsetAnswer};
use loom_domain::secret::SecretText;
use restoring::{Away, Restoring};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use uptime::Uptime;

/// A central. Clones are the same central.
#[derive(Clone)]
pub struct MemoryCcu(Arc<Central>);

struct Central {
    ccu: Mutex<Ccu>,
    calls: watch::Sender<BTreeMap<CcuCall, usize>>,
    hung: watch::Sender<BTreeSet<CcuCall>>,
}

/// Why a call fails.
type Failure = Arc<dyn Fn() -> CcuError + Send + Sync>;

struct Ccu {
    facts: CcuFacts,
    state: Bytes,
    security_key: Option<SecretText>,
    interfaces: BTreeMap<String, Vec<CcuDevice>>,
    paramsets: BTreeMap<(String, String, String), ParamsetAnswer>,
    simplified: bool,
    unreachable: bool,
    locked: bool,
    away: Away,
    uptime: Uptime,
    failures: BTreeMap<CcuCall, Failure>,
    sessions: BTreeSet<u64>,
    sessions_begun: u64,
    sending: Sending,
    restoring: Restoring,
}

impl MemoryCcu {
    /// A running central without interfaces and without a security key of its own.
    pub fn new(facts: CcuFacts) -> Self {
        let ccu = Ccu {
            facts,
            state: Bytes::from_static(b"as it came from the shop"),
            security_key: None,
            interfaces: BTreeMap::new(),
            paramsets: BTreeMap::new(),
            simplified: false,
            unreachable: false,
            locked: false,
            away: Away::Here,
            uptime: Uptime::default(),
            failures: BTreeMap::new(),
            sessions: BTreeSet::new(),
            sessions_begun: 0,
            sending: Sending::default(),
            restoring: Restoring::default(),
        };
        Self(Arc::new(Central {
            ccu: Mutex::new(ccu),
            calls: watch::Sender::default(),
            hung: watch::Sender::default(),
        }))
    }

    /// A gateway to it, with a session of its own from its first call to its farewell.
    pub fn gateway(&self) -> Arc<dyn CcuGateway> {
        Arc::new(MemoryGateway::new(self.clone()))
    }

    /// What it says of itself.
    pub fn facts(&self) -> CcuFacts {
        self.lock().facts.clone()
    }

    /// Makes it another one, or another firmware.
    pub fn set_facts(&self, facts: CcuFacts) {
        self.lock().facts = facts;
    }

    /// Its state: what a system backup saves.
    pub fn state(&self) -> Bytes {
        self.lock().state.clone()
    }

    /// Replaces its state. An empty one makes system backups that are no good.
    pub fn set_state(&self, state: impl Into<Bytes>) {
        self.lock().state = state.into();
    }

    /// Sets a security key, or takes it away.
    pub fn set_security_key(&self, key: Option<&str>) {
        self.lock().security_key = key.map(SecretText::new);
    }

    /// Gives it an interface with these devices, in place of one of that name.
    pub fn put_interface(&self, interface: &str, devices: Vec<CcuDevice>) {
        self.lock().interfaces.insert(interface.to_owned(), devices);
    }

    /// Takes an interface away, with all that hangs on it.
    pub fn remove_interface(&self, interface: &str) {
        let mut ccu = self.lock();
        ccu.interfaces.remove(interface);
        ccu.paramsets.retain(|(of, _, _), _| of != interface);
    }

    /// Says what it answers about one paramset; of those it was not told about, there is none.
    pub fn put_paramset(&self, interface: &str, address: &str, paramset_key: &str, answer: ParamsetAnswer) {
        let place = (interface.to_owned(), address.to_owned(), paramset_key.to_owned());
        self.lock().paramsets.insert(place, answer);
    }

    /// The system backup it would make now: the bytes of an `.sbk`.
    pub fn system_backup(&self) -> Bytes {
        sbk::write(&self.lock())
    }

    fn lock(&self) -> MutexGuard<'_, Ccu> {
        // Each call makes one change, so a poisoned central is still whole.
        self.0.ccu.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for MemoryCcu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryCcu").field("facts", &self.lock().facts).finish_non_exhaustive()
    }
}
