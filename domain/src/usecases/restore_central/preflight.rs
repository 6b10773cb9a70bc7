//! The first step: everything that can be known before anything is done.
//!
//! Does NOT change anything, neither on the central nor here.

use super::firmware;
use super::security_key::{CentralKey, Keys};
use super::stop::{Stop, unchanged};
use super::{RestoreCentral, RestoreOrder};
use crate::ccu::CcuFacts;
use crate::ccu_backup::CcuBackupState;
use crate::ccu_failure::CcuFailureKind;
use crate::ccu_restore::CcuRestore;
use crate::ccu_serial::is_another_central;
use crate::ports::{CcuError, StoredSbk};
use crate::sbk::{FirmwareVersion, SbkVerdict};
use crate::secret::SecretText;
use crate::usecases::back_up_central::{BackUpCentralError, SbkDamages};

/// What may go into the central.
pub(super) struct Cleared {
    /// The file, as it was when it was judged.
    pub(super) file: StoredSbk,
    /// SHA-256 of its bytes.
    pub(super) sha256: String,
    /// Who the central is.
    pub(super) facts: CcuFacts,
}

/// Why it may not. Fragments read after "failed to restore: ".
#[derive(Debug, thiserror::Error)]
enum NotCleared {
    #[error("CCU backup `{0}` is not completed")]
    NotCompleted(String),
    #[error("CCU backup `{0}` is damaged: {1}")]
    Damaged(String, SbkDamages),
    #[error(
        "the file of CCU backup `{0}` is not the one that was stored: its SHA-256 is another\nhint: do not restore it; \
         take another backup"
    )]
    Exchanged(String),
}

impl RestoreCentral {
    pub(super) async fn preflight(
        &self,
        record: &CcuRestore,
        order: RestoreOrder<'_>,
    ) -> Result<Cleared, Stop> {
        let refused = |error: &dyn std::fmt::Display| unchanged(CcuFailureKind::Other, &error);
        // Before the central is bothered: what can be said without it.
        order.consent.check(order.backup, &record.target, order.serial).map_err(|error| refused(&error))?;
        let (file, verdict) = self.judge_again(order).await?;

        let facts = self.gateway.identity().await.map_err(central)?;
        if is_another_central(order.serial, &facts.serial) {
            let another = BackUpCentralError::another_central(order.serial, facts.serial);
            return Err(unchanged(CcuFailureKind::Central, &another));
        }
        order
            .consent
            .check(order.backup, &record.target, Some(&facts.serial))
            .map_err(|error| refused(&error))?;
        let of_backup = verdict.facts.as_ref().and_then(|facts| facts.firmware);
        firmware::check(of_backup, FirmwareVersion::parse(&facts.firmware))
            .map_err(|error| refused(&error))?;
        let keys = Keys {
            central: self.central_key(order.security_key).await.map_err(central)?,
            backup_has_one: verdict.facts.as_ref().and_then(|facts| facts.has_user_key()).unwrap_or(false),
            given: order.security_key.is_some(),
        };
        keys.check().map_err(|error| refused(&error))?;
        Ok(Cleared { file, sha256: verdict.sha256, facts })
    }

    /// The file as it is on disk now: a central runs as its administrator what a backup holds.
    async fn judge_again(&self, order: RestoreOrder<'_>) -> Result<(StoredSbk, SbkVerdict), Stop> {
        let id = &order.backup.id;
        let damaged = |error: NotCleared| unchanged(CcuFailureKind::Damaged, &error);
        let CcuBackupState::Completed { sha256, .. } = &order.backup.state else {
            return Err(unchanged(CcuFailureKind::Other, &NotCleared::NotCompleted(id.to_string())));
        };
        let storage = |error| unchanged(CcuFailureKind::Storage, &error);
        let found = self.files.find(id).await.map_err(storage)?;
        let file = found.ok_or_else(|| storage(crate::ports::CcuFilesError::NotFound(id.clone())))?;
        let verdict = self.judging.judge(id).await.map_err(storage)?;
        if !verdict.is_good() {
            return Err(damaged(NotCleared::Damaged(id.to_string(), SbkDamages(verdict.damages))));
        }
        if verdict.sha256 != *sha256 {
            return Err(damaged(NotCleared::Exchanged(id.to_string())));
        }
        Ok((file, verdict))
    }

    async fn central_key(&self, given: Option<&SecretText>) -> Result<CentralKey, CcuError> {
        if !self.gateway.has_security_key().await? {
            return Ok(CentralKey::None);
        }
        let is_it = match given {
            Some(key) => self.gateway.is_security_key(key).await?,
            None => false,
        };
        Ok(if is_it { CentralKey::Given } else { CentralKey::Another })
    }
}

fn central(error: CcuError) -> Stop {
    unchanged(CcuFailureKind::Central, &error)
}
