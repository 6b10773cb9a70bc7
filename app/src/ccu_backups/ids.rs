//! Ids of CCU backups and restores: made of the central and the time, never the same twice.
//!
//! Does NOT keep them; whoever asks for one has the turn until its record is written.

use super::{CcuBackupError, Inner};
use jiff::{Timestamp, ToSpan};
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::central::CentralName;

/// The id for a backup of this central now: of this second, or of the next one that is free.
pub(super) async fn for_backup(inner: &Inner, central: &CentralName) -> Result<CcuBackupId, CcuBackupError> {
    let now = inner.ports.clock.now();
    let records = inner.ports.records.list_ccu_backups().await?;
    let of_central = records.iter().filter(|record| record.central.as_ref() == Some(central));
    // Later than all there are, so that ids of a central sort as their backups were taken, whatever the clock does.
    let newest = of_central.filter_map(|record| second_of(&record.id, central)).max();
    let mut at = newest.map_or(now, |newest| now.max(newest.saturating_add(1.second()).unwrap_or(now)));
    loop {
        let id = plain(&format!("{central}-{}", at.strftime("%Y%m%d-%H%M%S")))?;
        if is_free(inner, &id).await? {
            return Ok(id);
        }
        at = at.saturating_add(1.second()).unwrap_or(at);
    }
}

/// The id for a file that is uploaded now.
pub(super) async fn for_upload(inner: &Inner) -> Result<CcuBackupId, CcuBackupError> {
    let mut at = inner.ports.clock.now();
    loop {
        let id = plain(&format!("upload-{}", at.strftime("%Y%m%d-%H%M%S%.3f")))?;
        if is_free(inner, &id).await? {
            return Ok(id);
        }
        at = at.saturating_add(1.millisecond()).unwrap_or(at);
    }
}

async fn is_free(inner: &Inner, id: &CcuBackupId) -> Result<bool, CcuBackupError> {
    if inner.lock_coming().contains(id) {
        return Ok(false);
    }
    let recorded = inner.ports.records.find_ccu_backup(id).await?.is_some();
    Ok(!recorded && inner.ports.files.find(id).await?.is_none())
}

/// The second an id of this central names.
fn second_of(id: &CcuBackupId, central: &CentralName) -> Option<Timestamp> {
    let time = id.as_str().strip_prefix(central.as_str())?.strip_prefix('-')?;
    let time = jiff::civil::DateTime::strptime("%Y%m%d-%H%M%S", time).ok()?;
    time.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp())
}

fn plain(id: &str) -> Result<CcuBackupId, CcuBackupError> {
    // Names of centrals are letters, digits, `-` and `_`, so this always is a plain file name.
    CcuBackupId::parse(id)
        .map_err(|error| CcuBackupError::Store(loom_domain::ports::StoreError::Unavailable(Box::new(error))))
}
