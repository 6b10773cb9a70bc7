//! The master key at the start of the daemon: found, or created for a state that needs none yet.
//!
//! Does NOT seal. A broken key file does not keep the daemon from starting: heating and locks do not hang on it, only
//! secrets do, and those are neither stored nor guessed at meanwhile.

use crate::health::{Health, SECRETS, Status};
use crate::stored_secrets;
use loom_domain::ports::{
    Centrals, ConfigSections, KeyError, KeyProvider, KeySource, KeyVault, ResolvedKey, StoreError,
};
use loom_domain::secret::envelope;

/// Words operators search for; they are the same in every OpenCCU-Loom.
const NO_KEY: &str = "encrypted value but no master key available";

/// Finds the key or creates it; reports on both. `None` means that no secret opens and none is stored.
pub(super) async fn find<S: Centrals + ConfigSections + ?Sized>(
    keys: &dyn KeyProvider,
    vault: Option<&dyn KeyVault>,
    stored: &S,
    health: &Health,
) -> Result<Option<ResolvedKey>, KeyFailure> {
    let found = match keys.resolve().await {
        Ok(found) => found,
        // What is in the environment was put there for this start.
        Err(error) if of_environment(&error) => return Err(KeyFailure::Key(error)),
        Err(error) => {
            let effect = "secrets are not opened, and new ones are refused";
            tracing::warn!(err = %error, effect, "secret.key_unavailable");
            health.hold(SECRETS, Status::Degraded, Some(("secret_key_unavailable", error.to_string())));
            return Ok(None);
        }
    };
    let secrets = stored_secrets::find(stored).await?.into_iter();
    let sealed: Vec<_> =
        secrets.filter_map(|secret| Some((secret.place, secret.at, secret.sealed?))).collect();
    match (found, sealed.first(), vault) {
        (Some(key), _, _) => {
            let mut closed =
                sealed.iter().filter(|(_, at, value)| envelope::open(&key.key, at, value).is_err());
            match closed.next() {
                Some((place, ..)) => {
                    let (closed, all) = (1 + closed.count(), sealed.len());
                    let words = format!(
                        "{closed} of {all} sealed values do not open with the master key of {}, the first of them is {place}",
                        key.source
                    );
                    tracing::error!(closed, all, source = %key.source, "sealed values do not open with the master key");
                    health.hold(SECRETS, Status::Degraded, Some(("secret_key_wrong", words)));
                }
                None => health.hold(SECRETS, Status::Healthy, None),
            }
            Ok(Some(key))
        }
        (None, Some((place, ..)), _) => {
            let hint = "put the original secret.key back and start again; docs/troubleshooting.md tells what to do if it is lost";
            tracing::error!(sealed = sealed.len(), hint, "{NO_KEY}");
            let words = match sealed.len() - 1 {
                0 => format!("{NO_KEY}: {place}"),
                more => format!("{NO_KEY}: {place} and {more} more"),
            };
            health.hold(SECRETS, Status::Degraded, Some(("secret_key_missing", words)));
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

fn of_environment(error: &KeyError) -> bool {
    matches!(
        error,
        KeyError::Malformed { origin: KeySource::Environment(_), .. }
            | KeyError::Unreadable { origin: KeySource::Environment(_), .. }
    )
}
