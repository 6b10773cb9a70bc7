//! The master key at the start of the daemon: found, or created for a state that needs none yet.
//!
//! Does NOT seal. A broken key file does not keep the daemon from starting: heating and locks do not hang on it, only
//! secrets do, and those are neither stored nor guessed at meanwhile. A key that is wrapped and does not unwrap does keep
//! it from starting where anything is sealed: what wraps keys is told to give them out or not by somebody who can help.

use crate::beaten_key;
use crate::bootstrap::SECRET_KEY_VARIABLE;
use crate::health::{Health, SECRETS, Status};
use crate::stored_secrets::{self, StoredSecret};
use loom_domain::ports::{
    Centrals, ConfigSections, KeyError, KeyProvider, KeySource, KeyVault, ResolvedKey, StoreError,
};
use loom_domain::secret::{KeyFingerprint, MasterKey, envelope};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Words operators search for; they are the same in every OpenCCU-Loom.
const NO_KEY: &str = "encrypted value but no master key available";

/// Where the key of the state is looked for.
pub(super) struct KeyPlaces {
    /// Every place, in order.
    pub(super) all: Arc<dyn KeyProvider>,
    /// Those in the data dir alone, which a variable or a credential beats.
    pub(super) in_data_dir: Option<Arc<dyn KeyProvider>>,
    /// Where a new key is stored.
    pub(super) vault: Option<Arc<dyn KeyVault>>,
}

/// Finds the key or creates it; reports on both. `None` means that no secret opens and none is stored.
pub(super) async fn find<S: Centrals + ConfigSections + ?Sized>(
    places: &KeyPlaces,
    stored: &S,
    health: &Health,
) -> Result<Option<ResolvedKey>, KeyFailure> {
    let found = match places.all.resolve().await {
        Ok(found) => found,
        // What is in the environment was put there for this start.
        Err(error) if is_given(&error) => return Err(KeyFailure::Key(error)),
        Err(error) => {
            let sealed = stored_secrets::find(stored).await?.iter().any(|secret| secret.sealed.is_some());
            if sealed && of_wrapper(&error) {
                return Err(KeyFailure::Key(error));
            }
            let effect = "secrets are not opened, and new ones are refused";
            tracing::warn!(err = %error, effect, "secret.key_unavailable");
            health.hold(SECRETS, Status::Degraded, Some(("secret_key_unavailable", error.to_string())));
            return Ok(None);
        }
    };
    let mut sealed = stored_secrets::find(stored).await?;
    sealed.retain(|secret| secret.sealed.is_some());
    match (found, sealed.first(), &places.vault) {
        (Some(key), _, _) => {
            tracing::info!(source = %key.source, fingerprint = %key.key.fingerprint(), "master key found");
            try_on(&key, &sealed, places, health).await;
            Ok(Some(key))
        }
        (None, Some(first), _) => {
            let hint = way_back(places);
            tracing::error!(sealed = sealed.len(), hint, "{NO_KEY}");
            let words = match sealed.len() - 1 {
                0 => format!("{NO_KEY}: {}", first.place),
                more => format!("{NO_KEY}: {} and {more} more", first.place),
            };
            health.hold(SECRETS, Status::Degraded, Some(("secret_key_missing", words + &named(&sealed))));
            Ok(None)
        }
        (None, None, Some(vault)) => {
            let created = vault.create().await.map_err(KeyFailure::Key)?;
            tracing::info!(source = %created.source, fingerprint = %created.key.fingerprint(), "master key created");
            health.hold(SECRETS, Status::Healthy, None);
            Ok(Some(created))
        }
        (None, None, None) => {
            health.hold(
                SECRETS,
                Status::Degraded,
                Some(("secret_key_missing", "no master key is configured; secrets are refused".to_owned())),
            );
            Ok(None)
        }
    }
}

/// Tells whether the key opens what is sealed.
async fn try_on(key: &ResolvedKey, sealed: &[StoredSecret], places: &KeyPlaces, health: &Health) {
    let closed: Vec<_> = sealed.iter().filter(|secret| !opens(&key.key, secret)).collect();
    let Some(first) = closed.first() else { return health.hold(SECRETS, Status::Healthy, None) };
    let (closed, all) = (closed.len(), sealed.len());
    let source = &key.source;
    let mut words = format!(
        "{closed} of {all} sealed values do not open with the master key of {source}, the first of them is {}",
        first.place
    );
    words += &named(sealed.iter().filter(|secret| !opens(&key.key, secret)));
    if closed == all
        && let Some(in_data_dir) = &places.in_data_dir
        && let Some((other, way_out)) = beaten_key::find(source, in_data_dir.as_ref()).await
        && sealed.iter().any(|secret| opens(&other.key, secret))
    {
        let hint = format!("{} and start again", beaten_key::advice(&other.source, &way_out));
        tracing::error!(%hint, "a key given to the daemon beats the master key of the data dir");
        words = format!("{words}; {hint}");
    }
    tracing::error!(closed, all, %source, "sealed values do not open with the master key");
    health.hold(SECRETS, Status::Degraded, Some(("secret_key_wrong", words)));
}

/// Why the daemon does not start for want of a key.
#[derive(Debug, thiserror::Error)]
pub enum KeyFailure {
    /// The key itself.
    #[error(transparent)]
    Key(KeyError),
    /// The state could not be asked what is sealed in it.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn opens(key: &MasterKey, secret: &StoredSecret) -> bool {
    secret.sealed.as_deref().is_some_and(|sealed| envelope::open(key, &secret.at, sealed).is_ok())
}

/// Words for the keys that values name.
fn named<'a>(sealed: impl IntoIterator<Item = &'a StoredSecret>) -> String {
    let named = sealed.into_iter().filter_map(|secret| envelope::named_key(secret.sealed.as_deref()?));
    let named: BTreeSet<_> = named.map(|key: KeyFingerprint| key.to_string()).collect();
    match named.len() {
        0 => String::new(),
        _ => format!("; they name the master key {}", named.into_iter().collect::<Vec<_>>().join(", ")),
    }
}

/// What brings a missing key back. Only a daemon that asks its environment alone has no place for a new one.
fn way_back(places: &KeyPlaces) -> String {
    let place = match places.vault {
        Some(_) => "put the original secret.key back".to_owned(),
        None => format!(
            "`backends.keys` is `env`: give the daemon the original key in {SECRET_KEY_VARIABLE}, or set `backends.keys: file` if secret.key in the data dir holds it,"
        ),
    };
    format!("{place} and start again; docs/troubleshooting.md tells what to do if it is lost")
}

fn is_given(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::Malformed { origin: KeySource::Environment(_) | KeySource::Credential(_), .. }
            | KeyError::Unreadable { origin: KeySource::Environment(_) | KeySource::Credential(_), .. }
    )
}

fn of_wrapper(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::BadWrapping { .. }
            | KeyError::Denied { .. }
            | KeyError::NoWrappingKey { .. }
            | KeyError::NotUnwrapped { .. }
            | KeyError::Unreachable { .. }
            | KeyError::NotSetUp { .. }
            | KeyError::NotInThisProgram(_)
    )
}

#[cfg(test)]
mod tests;
