//! The observing decorator: tells somebody of every write to a state store, and of every failure that is the store's.
//!
//! Belongs directly around the store, so that time spent above it does not count, and what decorators above refuse is no
//! failure of it. Does NOT measure time (whoever is told does) and does NOT change a call or its outcome.

use crate::pass_through::pass_through;
use crate::ports::StoreError;
use std::sync::Arc;

/// A store whose writes and failures are told to a [`StoreObserver`].
pub struct ObservedStore<S: ?Sized> {
    observer: Arc<dyn StoreObserver>,
    inner: Arc<S>,
}

/// One method of one role, in words that never change at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StoreCall {
    /// The role, such as `Centrals`.
    pub role: &'static str,
    /// The method, such as `put_central`.
    pub method: &'static str,
}

/// Is told what happens at the store. It is called on the way of each write: it should be quick, and must not wait.
pub trait StoreObserver: Send + Sync {
    /// A write begins, in the task of whoever writes.
    fn write_began(&self, call: StoreCall) -> Box<dyn ObservedWrite>;
    /// A read or a write failed, and the store is to blame: it is unavailable, or holds something unreadable. What a
    /// healthy store refuses (unknown, there already, changed meanwhile, last admin) is not told.
    fn failed(&self, call: StoreCall, error: &StoreError);
}

/// A write under way. Dropped before it ended: whoever wrote stopped waiting; the write may still take effect.
pub trait ObservedWrite: Send {
    /// It ended: done or refused, or with a `fault` of the store, as [`StoreObserver::failed`] is told it.
    fn ended(self: Box<Self>, fault: Option<&StoreError>);
}

impl<S: ?Sized> ObservedStore<S> {
    /// Wraps `inner`.
    pub fn new(inner: Arc<S>, observer: Arc<dyn StoreObserver>) -> Self {
        Self { observer, inner }
    }

    async fn read<T>(
        &self,
        call: StoreCall,
        reading: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let result = reading.await;
        if let Some(fault) = fault(&result) {
            self.observer.failed(call, fault);
        }
        result
    }

    async fn write<T>(
        &self,
        call: StoreCall,
        writing: impl Future<Output = Result<T, StoreError>> + Send,
    ) -> Result<T, StoreError> {
        let write = self.observer.write_began(call);
        let result = self.read(call, writing).await;
        write.ended(fault(&result));
        result
    }
}

/// The store's part in a failure, if it has one.
fn fault<T>(result: &Result<T, StoreError>) -> Option<&StoreError> {
    result
        .as_ref()
        .err()
        .filter(|error| matches!(error, StoreError::Unavailable(_) | StoreError::Unreadable { .. }))
}

pass_through!(ObservedStore observed: Centrals, ConfigSections, ConfigBatches, CcuBackups, CcuRestores, Interfaces);
pass_through!(ObservedStore observed: Resealing, Users, Tokens, Sessions, LastSeen);
pass_through!(ObservedStore observed: Devices, Paramsets, AuditLog, MatterFabrics, MatterIdentities);
