//! Cached paramsets in memory, equal contents held once.
//!
//! Does NOT interpret contents.

use super::{MemoryStateStore, precision::microseconds};
use async_trait::async_trait;
use jiff::Timestamp;
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{ParamsetCounts, Paramsets, StoreError};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Paramsets that share their contents: a content lives as long as a paramset points at it.
#[derive(Default)]
pub(super) struct Cache {
    paramsets: BTreeMap<ParamsetId, (Arc<str>, Timestamp)>,
    contents: HashSet<Arc<str>>,
}

impl Cache {
    fn put(&mut self, paramset: &Paramset) {
        let content = match self.contents.get(paramset.content.as_str()) {
            Some(known) => Arc::clone(known),
            None => Arc::from(paramset.content.as_str()),
        };
        self.contents.insert(Arc::clone(&content));
        let stored = (content, microseconds(paramset.updated_at));
        if let Some((old, _)) = self.paramsets.insert(paramset.id.clone(), stored) {
            self.release(&old);
        }
    }

    /// Removes what `goes` names; returns how many.
    pub(super) fn remove_where(&mut self, goes: impl Fn(&ParamsetId) -> bool) -> u64 {
        let removed: Vec<_> = self.paramsets.extract_if(.., |id, _| goes(id)).collect();
        let count = removed.len() as u64;
        for (_, (content, _)) in removed {
            self.release(&content);
        }
        count
    }

    /// Drops `content` if only its entry among the contents and the caller still hold it.
    fn release(&mut self, content: &Arc<str>) {
        if Arc::strong_count(content) == 2 {
            self.contents.remove(content);
        }
    }
}

#[async_trait]
impl Paramsets for MemoryStateStore {
    async fn find_paramset(&self, id: &ParamsetId) -> Result<Option<Paramset>, StoreError> {
        let state = self.lock();
        Ok(state.paramsets.paramsets.get_key_value(id).map(to_paramset))
    }

    async fn list_paramsets(
        &self,
        interface: &InterfaceRef,
        channel_address: &str,
    ) -> Result<Vec<Paramset>, StoreError> {
        let state = self.lock();
        let of_channel =
            |id: &ParamsetId| id.interface == *interface && id.channel_address == channel_address;
        Ok(state.paramsets.paramsets.iter().filter(|(id, _)| of_channel(id)).map(to_paramset).collect())
    }

    async fn put_paramsets(&self, paramsets: &[Paramset]) -> Result<(), StoreError> {
        let mut state = self.lock();
        for paramset in paramsets {
            state.paramsets.put(paramset);
        }
        Ok(())
    }

    async fn remove_paramsets_of(&self, interface: &InterfaceRef) -> Result<u64, StoreError> {
        Ok(self.lock().paramsets.remove_where(|id| id.interface == *interface))
    }

    async fn count_paramsets(&self) -> Result<ParamsetCounts, StoreError> {
        let cache = &self.lock().paramsets;
        Ok(ParamsetCounts { paramsets: cache.paramsets.len() as u64, contents: cache.contents.len() as u64 })
    }
}

fn to_paramset((id, (content, updated_at)): (&ParamsetId, &(Arc<str>, Timestamp))) -> Paramset {
    Paramset { id: id.clone(), content: content.to_string(), updated_at: *updated_at }
}
