//! The master key of a data dir tried on what is sealed there, and a second look where it opens nothing: a variable that was
//! forgotten hides the data dir's own key.
//!
//! Does NOT choose what a verb does about it.

use super::{Environment, KeyJobError, keys};
use crate::backends::KeyBackend;
use crate::beaten_key::{self, BeatenKey};
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use loom_domain::ports::{KeyProvider, KeyWrappings, Resealing, ResolvedKey};
use loom_domain::usecases::{KeyInventory, TakeKeyInventory};
use std::sync::Arc;

/// How a key did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TriedKey {
    /// Sealed values there are.
    pub sealed: u64,
    /// Those the key opens.
    pub opens: u64,
    /// The data dir's own key, if it opens some where this one opens none.
    pub beaten: Option<BeatenKey>,
}

impl TriedKey {
    /// Whether there is something to open and nothing opened.
    pub fn opens_nothing(&self) -> bool {
        self.sealed > 0 && self.opens == 0
    }

    /// What to do about a key that opens nothing.
    pub fn advice(&self) -> String {
        match &self.beaten {
            Some(beaten) => format!("{} and run this again", beaten.advice()),
            None => "put the right key there and run this again; `openccu-loom key status` tells which key the values name".to_owned(),
        }
    }
}

/// Tries the key that the data dir's verbs use on the sealed values of its main database, also beside a running daemon.
/// `None` where there is no key.
pub async fn try_key(
    bootstrap: &Bootstrap,
    environment: &Environment,
) -> Result<Option<TriedKey>, KeyJobError> {
    let wrappings = wrappings(&bootstrap.keys, environment);
    let key = keys::of_bootstrap(bootstrap, environment, &wrappings).resolve().await?;
    match key {
        None => Ok(None),
        Some(key) => try_resolved(bootstrap, &wrappings, &key).await.map(Some),
    }
}

/// The same for whoever has the key already.
pub(crate) async fn try_resolved(
    bootstrap: &Bootstrap,
    wrappings: &KeyWrappings,
    key: &ResolvedKey,
) -> Result<TriedKey, KeyJobError> {
    let state = super::key_status::copy(&bootstrap.data_dir).await?;
    let inventory = TakeKeyInventory { resealing: state.resealing.clone() }.run(Some(&key.key)).await?;
    let beaten = beaten(bootstrap, wrappings, key, &inventory, &state.resealing).await?;
    let (sealed, opens) = counted(&inventory);
    Ok(TriedKey { sealed, opens, beaten: beaten.filter(|beaten| opens == 0 && beaten.opens > 0) })
}

/// The data dir's own key where `key` beats it, tried on the same values. What wraps keys is asked only where `key` opens
/// nothing.
pub(super) async fn beaten(
    bootstrap: &Bootstrap,
    wrappings: &KeyWrappings,
    key: &ResolvedKey,
    inventory: &KeyInventory,
    resealing: &Arc<dyn Resealing>,
) -> Result<Option<BeatenKey>, KeyJobError> {
    // There the data dir's files are no keys of this daemon.
    if bootstrap.key_backend == KeyBackend::Env {
        return Ok(None);
    }
    let data_dir = &bootstrap.data_dir;
    let in_data_dir: Arc<dyn KeyProvider> = match counted(inventory) {
        (sealed, 0) if sealed > 0 => keys::within_data_dir(data_dir, wrappings),
        _ => Arc::new(keys::file_of_data_dir(data_dir)),
    };
    let Some((own, way_out)) = beaten_key::find(&key.source, &*in_data_dir).await else { return Ok(None) };
    let inventory = TakeKeyInventory { resealing: resealing.clone() }.run(Some(&own.key)).await?;
    Ok(Some(BeatenKey::new(&own, counted(&inventory).1, way_out)))
}

/// Sealed values, and those that opened.
fn counted(inventory: &KeyInventory) -> (u64, u64) {
    let sealed = inventory.v1() + inventory.v2();
    (sealed, sealed.saturating_sub(inventory.unreadable()))
}
