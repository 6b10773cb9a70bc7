//! The steps that give the file to the central and have it take it over.
//!
//! Does NOT restart it.

use super::RestoreCentral;
use super::preflight::Cleared;
use super::sent_content::{SentContent, SentHash};
use super::stop::{Stop, interrupted, unchanged};
use crate::ccu::CcuFacts;
use crate::ccu_failure::{CcuFailure, CcuFailureKind};
use crate::ports::{CcuError, CcuRestoreError, Stage};
use crate::sbk::FirmwareVersion;
use crate::secret::SecretText;

/// First firmware that touches nothing of its state before it restarts.
const KEEPS_ITS_STATE: u32 = 3;

impl RestoreCentral {
    /// Gives the file to the central. Returns the key the central wants for it, if it wants one.
    pub(super) async fn offer<'k>(
        &self,
        cleared: &Cleared,
        key: Option<&'k SecretText>,
    ) -> Result<Option<&'k SecretText>, Stop> {
        let file = &cleared.file;
        let content = self.files.read(file, 0, file.bytes).await;
        let content = content.map_err(|error| unchanged(CcuFailureKind::Storage, &error))?;
        self.progress.begin(Stage::Send, file.id.as_str(), Some(file.bytes));
        let hash = SentHash::default();
        let content = SentContent::new(content, self.progress.clone(), hash.clone());
        let offered = self.gateway.offer_system_backup(file.bytes, Box::new(content)).await;
        let offered = offered.map_err(|error| unchanged(CcuFailureKind::Central, &error))?;
        if hash.so_far() != cleared.sha256 {
            let words = "the file changed while it was sent to the central\nhint: start again";
            return Err(unchanged(CcuFailureKind::Storage, &words));
        }
        match (offered.wants_key, key) {
            (false, _) => Ok(None),
            (true, Some(key)) => Ok(Some(key)),
            (true, None) => Err(unchanged(
                CcuFailureKind::Other,
                &"the central wants a security key for this backup\nhint: give the key the backup was made with; if none was \
                  ever set, the backup is damaged: use another one",
            )),
        }
    }

    /// Has the central take over what was offered.
    pub(super) async fn apply(&self, key: Option<&SecretText>, facts: &CcuFacts) -> Result<(), Stop> {
        self.progress.begin(Stage::Apply, "the central takes the backup over", None);
        let Err(error) = self.gateway.apply_offer(key).await else { return Ok(()) };
        Err(match error {
            // These say that the central was not even asked, or that it did not begin: keys and firmware come first.
            error @ (CcuRestoreError::NotAsked(_)
            | CcuRestoreError::NotAccepted(_)
            | CcuRestoreError::NotTheKeyOfTheCentral
            | CcuRestoreError::NotTheKeyOfTheBackup
            | CcuRestoreError::FirmwareTooOld
            | CcuRestoreError::Ccu(
                CcuError::NotReady(_) | CcuError::Refused(_) | CcuError::Unauthorized(_),
            )) => unchanged(CcuFailureKind::Central, &error),
            error @ (CcuRestoreError::Ccu(_) | CcuRestoreError::Unknown(_)) => interrupted(
                &error,
                "look at the central; resume the restore to have it restart and be compared, or start a new restore",
            ),
            error @ CcuRestoreError::NotApplied { pending, .. } => {
                self.revived(&error, consequence(pending, &facts.firmware)).await
            }
        })
    }

    /// Starts again what the failed attempt stopped, so that the central works meanwhile, and says how that went.
    async fn revived(&self, error: &CcuRestoreError, consequence: &str) -> Stop {
        let CcuFailure { reason, hint, kind } = CcuFailure::of(CcuFailureKind::Central, error);
        let mut reason = format!("{reason}; {consequence}");
        let mut hints: Vec<String> = hint.into_iter().collect();
        if let Err(error) = self.gateway.revive().await {
            let failure = CcuFailure::of(kind, &error);
            reason = format!(
                "{reason}; what the attempt stopped on it could not be started again: {}",
                failure.reason
            );
            hints.push("restart the central".to_owned());
            hints.extend(failure.hint);
        }
        let hint = (!hints.is_empty()).then(|| hints.join("; "));
        Stop::Failed(CcuFailure { kind, reason, hint })
    }
}

/// What a failure in the middle leaves.
fn consequence(pending: bool, firmware: &str) -> &'static str {
    let keeps = FirmwareVersion::parse(firmware).is_some_and(|firmware| firmware.major >= KEEPS_ITS_STATE);
    match (keeps, pending) {
        (false, _) => {
            "it is unknown whether the central keeps its state: one of its firmware may have begun to write the backup over it"
        }
        (true, true) => "the central may keep the backup nevertheless: its next restart may apply it",
        (true, false) => "the central keeps its state",
    }
}
