//! Gateways to centrals in memory: every call passes one door, which counts it and says whether it is let in.
//!
//! Does NOT answer calls; each role does that in its file.

use super::restoring::Away;
use super::{Ccu, CcuCall, MemoryCcu};
use loom_domain::ccu::{CcuAccess, CcuFacts};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuError, CcuGateway, CcuGateways};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Centrals by name. Clones share them. A central that is not among them cannot be reached.
#[derive(Debug, Clone, Default)]
pub struct MemoryCcus(Arc<Mutex<BTreeMap<CentralName, MemoryCcu>>>);

/// One conversation with a central.
pub(super) struct MemoryGateway {
    ccu: MemoryCcu,
    session: u64,
}

impl MemoryCcus {
    /// No centrals.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a central, in place of one of that name. Gateways made before keep the one they have.
    pub fn put(&self, name: CentralName, ccu: MemoryCcu) {
        self.lock().insert(name, ccu);
    }

    /// The central of that name.
    pub fn get(&self, name: &CentralName) -> Option<MemoryCcu> {
        self.lock().get(name).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CentralName, MemoryCcu>> {
        // Each call makes one change, so a poisoned map is still whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CcuGateways for MemoryCcus {
    fn gateway(&self, access: CcuAccess) -> Arc<dyn CcuGateway> {
        self.get(&access.central).unwrap_or_else(nobody).gateway()
    }
}

/// A central nobody can reach.
fn nobody() -> MemoryCcu {
    let unknown = || "unknown".to_owned();
    let facts = CcuFacts { serial: unknown(), product: unknown(), firmware: unknown(), host_name: unknown() };
    let ccu = MemoryCcu::new(facts);
    ccu.set_unreachable(true);
    ccu
}

impl MemoryGateway {
    pub(super) fn new(ccu: MemoryCcu) -> Self {
        let mut central = ccu.lock();
        central.sessions_begun += 1;
        let session = central.sessions_begun;
        drop(central);
        Self { ccu, session }
    }

    pub(super) fn ccu(&self) -> &MemoryCcu {
        &self.ccu
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Ccu> {
        self.ccu.lock()
    }

    /// Counts a call, waits while calls like it are held up, and says whether it is let in.
    pub(super) async fn enter(&self, call: CcuCall) -> Result<(), CcuError> {
        self.ccu.arrive(call).await;
        let mut ccu = self.lock();
        if ccu.unreachable {
            return Err(CcuError::Unavailable("nobody answers".into()));
        }
        if ccu.away.notice() {
            return Err(CcuError::NotReady("it boots".to_owned()));
        }
        let logs_in = call != CcuCall::IsReady;
        if logs_in && ccu.locked {
            return Err(CcuError::Unauthorized("it does not know this user".to_owned()));
        }
        if let Some(failure) = ccu.failures.get(&call) {
            return Err(failure());
        }
        if logs_in {
            ccu.sessions.insert(self.session);
        }
        Ok(())
    }

    pub(super) fn leave(&self) {
        self.lock().sessions.remove(&self.session);
    }
}

impl MemoryCcu {
    /// Counts a call and waits while calls like it are held up.
    pub(super) async fn arrive(&self, call: CcuCall) {
        self.count_call(call);
        // The sender lives as long as the central, so waiting ends with a yes.
        _ = self.0.hung.subscribe().wait_for(|hung| !hung.contains(&call)).await;
    }

    pub(super) fn count_call(&self, call: CcuCall) {
        self.0.calls.send_modify(|calls| *calls.entry(call).or_default() += 1);
    }
}

impl Away {
    /// Whether it is away, as a caller notices: that may be what it waits for to come back.
    fn notice(&mut self) -> bool {
        match self {
            Self::Here => false,
            Self::UntilTold => true,
            Self::ForCalls(left) => {
                let away = *left > 0;
                *left = left.saturating_sub(1);
                away
            }
        }
    }
}
