//! The recovery of an interrupted change of the master key: brought to its end before anybody relies on the key.
//!
//! Does NOT decide which way it ends (`usecases::recover_key_switch`).

use super::config_state::ConfigState;
use super::key_error::KeyJobError;
use loom_adapter_archive::{LockError, SwapLock};
use loom_adapter_keys::DataDirKeys;
use loom_adapter_sqlite::tells_damage;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::{KeySwitch, KeyWrappings};
use loom_domain::usecases::{KeyRecovery, RecoverKeySwitch, RecoverKeySwitchError};
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How long somebody else may be at the same recovery, or at a backup.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// Completes or abandons a change of the key that was interrupted. Does nothing where there is none; where there is one,
/// nobody reads or replaces the data dir for that moment, and whoever does for longer than 5 s is named. A change to
/// another key stays as it is where there is no database that tells which way it ends.
pub async fn recover_key_switch(
    data_dir: &Path,
    wrappings: &KeyWrappings,
) -> Result<KeyRecovery, KeyJobError> {
    let switch = Arc::new(DataDirKeys::new(data_dir, wrappings.clone()));
    if !data_dir.is_dir() || switch.pending().await?.is_none() {
        if switch.has_leftovers()
            && let Ok(_held) = SwapLock::exclusive(data_dir)
        {
            switch.remove_leftovers();
        }
        return Ok(KeyRecovery::NothingToDo);
    }
    let _held = exclusive(data_dir).await?;
    recover_held(data_dir, switch).await
}

/// The same for whoever holds the data dir already.
pub(super) async fn recover_held(
    data_dir: &Path,
    switch: Arc<DataDirKeys>,
) -> Result<KeyRecovery, KeyJobError> {
    // Somebody else may have brought it to its end meanwhile.
    let Some(pending) = switch.pending().await? else {
        switch.remove_leftovers();
        return Ok(KeyRecovery::NothingToDo);
    };
    // An empty file tells as little as none.
    let database = data_dir.join(MAIN_DATABASE).metadata();
    let state = match database.is_ok_and(|database| database.len() > 0) {
        true => {
            make_durable(data_dir)
                .map_err(|source| KeyJobError::Unusable { dir: data_dir.display().to_string(), source })?;
            ConfigState::live(data_dir, None).await.map_err(|error| {
                if tells_damage(&error) { KeyJobError::BrokenDatabase(error.into()) } else { error.into() }
            })?
        }
        false if pending.order.from == pending.to => ConfigState::nothing(None),
        // What was staged may be the only copy of the key that every value is sealed with.
        false => return Err(KeyJobError::NoDatabase),
    };
    let recovered = RecoverKeySwitch { switch, resealing: state.resealing.clone() }.run().await;
    recovered.map_err(|error| match error {
        // A full disk is mended, and the database is as good as it was.
        RecoverKeySwitchError::Store(error) if tells_damage(&error) => {
            KeyJobError::BrokenDatabase(error.into())
        }
        error => error.into(),
    })
}

/// Brings to the disk what a killed process committed: key files are about to change by what the database tells.
fn make_durable(data_dir: &Path) -> io::Result<()> {
    match File::open(data_dir.join(format!("{MAIN_DATABASE}-wal"))) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        opened => opened?.sync_all(),
    }
}

async fn exclusive(data_dir: &Path) -> Result<SwapLock, KeyJobError> {
    let began = Instant::now();
    loop {
        match SwapLock::exclusive(data_dir) {
            Err(LockError::Busy { .. }) if began.elapsed() < PATIENCE => sleep(PAUSE).await,
            locked => return locked.map_err(|error| KeyJobError::locked(data_dir, error)),
        }
    }
}

#[cfg(test)]
mod tests;
