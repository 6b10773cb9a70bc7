//! The jobs behind `key status` and `key check`: a look beside whoever uses the data dir.
//!
//! Does NOT change anything but an interrupted change of the key, which is brought to its end where nobody else is at work.

use super::config_state::{ConfigJobError, ConfigJobErrorKind, ConfigState, Lineages};
use super::key_error::KeyJobError;
use super::key_job::existing;
use super::{Environment, keys, listing, recover_key_switch, tried_key};
use crate::bootstrap::Bootstrap;
use crate::key_archives::{self, KeysAtHand};
use crate::key_report::{KeyReport, ReportedKey, ReportedOldKey, places};
use crate::key_settings::wrappings;
use loom_adapter_keys::DataDirKeys;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{KeyError, KeySwitch, OldKeys};
use loom_domain::usecases::{CheckKey, CheckedKey, KeyInventory, TakeKeyInventory};
use std::path::Path;

/// Looks at the key of a data dir, at the secrets under it, and at the archives in a folder.
pub async fn key_status(
    bootstrap: &Bootstrap,
    archives: Option<&Path>,
    environment: &Environment,
) -> Result<KeyReport, KeyJobError> {
    let data_dir = existing(&bootstrap.data_dir)?;
    let wrappings = wrappings(&bootstrap.keys, environment);
    // Somebody who is at work, and a data dir that cannot be written, are no reason to say nothing.
    let unrecovered = recover_key_switch(data_dir, &wrappings).await.err();
    let (key, problem) = match keys::of_bootstrap(bootstrap, environment, &wrappings).resolve().await {
        Ok(key) => (key, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let files = DataDirKeys::new(data_dir, wrappings.clone());
    let mut beaten = None;
    let (values, busy) = match copy(data_dir).await {
        Ok(state) => {
            let take = TakeKeyInventory { resealing: state.resealing.clone() };
            let values = take.run(key.as_ref().map(|key| &key.key)).await?;
            if let Some(key) = &key {
                beaten = tried_key::beaten(bootstrap, &wrappings, key, &values, &state.resealing).await?;
            }
            (values, None)
        }
        Err(error) if error.kind() == ConfigJobErrorKind::Refused => {
            (KeyInventory::default(), Some(error.to_string()))
        }
        Err(error) => return Err(error.into()),
    };
    let present = key.as_ref().map(|key| key.key.clone());
    let mut at_hand = KeysAtHand { present, old: files.list_old_keys().await?, ..KeysAtHand::default() };
    let archives = match archives {
        None => None,
        Some(folder) => {
            at_hand.earlier = files.resolve_old_keys().await?;
            let listing = |openers| listing(folder, openers);
            Some(key_archives::look(&listing, &at_hand).await?)
        }
    };
    let old_key = |old| ReportedOldKey::of(old, at_hand.earlier.unresolved.get(&old.name));
    Ok(KeyReport {
        key: key.map(|key| ReportedKey::of(&key)),
        problem: problem.or(busy).or(unrecovered.map(|error| error.to_string())),
        places: places(&wrappings),
        values,
        beaten,
        old_keys: at_hand.old.iter().map(old_key).collect(),
        pending: files.pending().await?,
        archives,
    })
}

/// Tries the key in a file on the sealed values of a data dir, after an interrupted change of the key was brought to its
/// end: until then nobody can say which key is the one. The error in second place says why the data dir's own key
/// could not be compared.
pub async fn check_key(
    bootstrap: &Bootstrap,
    key_file: &Path,
    environment: &Environment,
) -> Result<(CheckedKey, Option<KeyError>), KeyJobError> {
    let data_dir = existing(&bootstrap.data_dir)?;
    let given = keys::open_key_file(key_file).await?;
    let wrappings = wrappings(&bootstrap.keys, environment);
    recover_key_switch(data_dir, &wrappings).await?;
    let state = copy(data_dir).await?;
    let keys = keys::of_bootstrap(bootstrap, environment, &wrappings);
    Ok(CheckKey { keys, resealing: state.resealing.clone() }.run(&given.key).await?)
}

/// A copy of the state, or an empty one where there is none.
pub(super) async fn copy(data_dir: &Path) -> Result<ConfigState, ConfigJobError> {
    match data_dir.join(MAIN_DATABASE).exists() {
        true => ConfigState::copy_of(data_dir, None, Lineages::All, None).await,
        false => Ok(ConfigState::nothing(None)),
    }
}
