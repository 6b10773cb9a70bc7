//! Faults on purpose: wrappers around ports that fail at one chosen call.
//!
//! Does NOT change what a port does otherwise: every call that does not fail reaches the wrapped port.

mod archives;
mod ccu_backups;
mod content;
mod data_dir;
mod databases;
mod keys;
mod restoring;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Which call fails, and which calls were made. Clones share both, so one plan can run through many ports.
#[derive(Debug, Clone, Default)]
pub struct FaultPlan(Arc<Mutex<Plan>>);

#[derive(Debug, Default)]
struct Plan {
    fails: Option<(&'static str, usize)>,
    calls: BTreeMap<&'static str, usize>,
    happened: bool,
}

/// A port whose calls are counted, and one of which may fail before it reaches the port.
#[derive(Debug)]
pub struct Faulty<P: ?Sized> {
    inner: Arc<P>,
    plan: FaultPlan,
}

/// The error behind every failure made on purpose.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("fault made on purpose at call {call} of `{method}`")]
pub struct Fault {
    /// The method, such as `ArchiveSink::begin`.
    pub method: &'static str,
    /// Which call of it, counted from 0.
    pub call: usize,
}

impl FaultPlan {
    /// No call fails; calls are counted.
    pub fn none() -> Self {
        Self::default()
    }

    /// Call number `call`, counted from 0, of `method` fails, such as `ArchiveSink::begin`.
    pub fn fail(method: &'static str, call: usize) -> Self {
        Self(Arc::new(Mutex::new(Plan { fails: Some((method, call)), ..Plan::default() })))
    }

    /// How often each method was called so far.
    pub fn calls(&self) -> BTreeMap<&'static str, usize> {
        self.lock().calls.clone()
    }

    /// Whether the planned fault has happened.
    pub fn happened(&self) -> bool {
        self.lock().happened
    }

    /// Counts a call; the error is the fault if this is the call it was planned for.
    fn meet(&self, method: &'static str) -> Result<(), Fault> {
        let mut plan = self.lock();
        let count = plan.calls.entry(method).or_default();
        let call = *count;
        *count += 1;
        if plan.fails != Some((method, call)) {
            return Ok(());
        }
        plan.happened = true;
        Err(Fault { method, call })
    }

    fn lock(&self) -> MutexGuard<'_, Plan> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P: ?Sized> Faulty<P> {
    /// Wraps `inner` under `plan`.
    pub fn new(inner: Arc<P>, plan: FaultPlan) -> Self {
        Self { inner, plan }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_planned_call_fails() {
        let plan = FaultPlan::fail("A::b", 1);
        assert_eq!(plan.meet("A::b"), Ok(()));
        assert_eq!(plan.meet("A::c"), Ok(()));
        assert!(!plan.happened());
        assert_eq!(plan.clone().meet("A::b"), Err(Fault { method: "A::b", call: 1 }));
        assert_eq!(plan.meet("A::b"), Ok(()));
        assert!(plan.happened());
        assert_eq!(plan.calls(), [("A::b", 3), ("A::c", 1)].into());
    }
}
