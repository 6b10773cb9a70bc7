//! A role that is kept as a whole, in the order in which it is listed.
//!
//! Does NOT keep part of a role: a listing is one instant of the store.

use super::slot::Slot;
use crate::ports::StoreError;
use std::sync::Arc;

/// Everything of one role, once it was loaded.
pub(super) struct WholeRole<T> {
    slot: Slot<Option<Arc<Vec<T>>>>,
}

impl<T> Default for WholeRole<T> {
    fn default() -> Self {
        Self { slot: Slot::default() }
    }
}

impl<T: Clone + Send + Sync> WholeRole<T> {
    /// Everything.
    pub(super) async fn all<L>(&self, load: impl FnOnce() -> L) -> Result<Arc<Vec<T>>, StoreError>
    where
        L: Future<Output = Result<Vec<T>, StoreError>>,
    {
        let (known, epoch) = self.slot.look(Option::clone);
        if let Some(known) = known {
            return Ok(known);
        }
        let loaded = Arc::new(load().await?);
        self.slot.keep(epoch, |known| *known = Some(Arc::clone(&loaded)));
        Ok(loaded)
    }

    /// The one that `is` it. If not all can be loaded, it is asked for alone: one that cannot be read hides no other.
    pub(super) async fn find<L, A>(
        &self,
        load: impl FnOnce() -> L,
        is: impl Fn(&T) -> bool,
        find_alone: impl FnOnce() -> A,
    ) -> Result<Option<T>, StoreError>
    where
        L: Future<Output = Result<Vec<T>, StoreError>>,
        A: Future<Output = Result<Option<T>, StoreError>>,
    {
        match self.all(load).await {
            Ok(all) => Ok(all.iter().find(|one| is(one)).cloned()),
            Err(_) => find_alone().await,
        }
    }

    /// Writes to the store and loads what it has afterwards, so that the next reader need not.
    pub(super) async fn write<R>(
        &self,
        write: impl Future<Output = Result<R, StoreError>> + Send,
        load: impl Future<Output = Result<Vec<T>, StoreError>>,
    ) -> Result<R, StoreError> {
        let (result, epoch) = self.slot.write(|known| *known = None, write).await;
        if matches!(result, Err(StoreError::Unavailable(_))) {
            // The next reader tries again.
            return result;
        }
        if let Ok(loaded) = load.await {
            self.slot.keep(epoch, |known| *known = Some(Arc::new(loaded)));
        }
        result
    }
}
