//! Recover an interrupted change of the master key: complete it or take it back, as the state says.
//!
//! Does NOT begin one, and does NOT lock the data dir; whoever calls it does.

use super::rotate_key::not_done;
use crate::archive::KeyFileKind;
use crate::audit_trail::Actor;
use crate::ports::{KeyError, KeySwitch, KeyTarget, PendingSwitch, Resealing, StoreError};
use crate::secret::KeyFingerprint;
use std::sync::Arc;

/// What an audit entry says of who took a rotation back.
const RECOVERY: &str = "recovery";

/// Brings changes of one data dir's key to their end.
pub struct RecoverKeySwitch {
    /// The places of its key.
    pub switch: Arc<dyn KeySwitch>,
    /// Knows which key the values were re-sealed with last.
    pub resealing: Arc<dyn Resealing>,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyRecovery {
    /// None was interrupted.
    NothingToDo,
    /// No value was re-sealed yet, or a key that was to move lies where it lay: the old key is the key.
    Abandoned,
    /// Every value was re-sealed: the new key is the key now.
    Completed,
}

/// Why it is not known which key is the one. Fragments read after "failed to recover the change of the master key: ".
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is the error of the port it is named after")]
pub enum RecoverKeySwitchError {
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RecoverKeySwitch {
    /// Looks for an interrupted change, and ends it.
    pub async fn run(&self) -> Result<KeyRecovery, RecoverKeySwitchError> {
        let Some(pending) = self.switch.pending().await? else { return Ok(KeyRecovery::NothingToDo) };
        // A key that only moves is proven where it went; nothing has to be re-sealed for it.
        let moves = pending.order.from == pending.to;
        if !moves && self.resealing.rule_out(&not_done(&pending, &Actor::anonymous(RECOVERY))).await? {
            self.switch.abandon(&pending).await?;
            Ok(KeyRecovery::Abandoned)
        } else {
            match self.switch.complete(&pending).await {
                // It stays where it lay: nobody waits for what is gone, or for a place that cannot be had.
                Err(KeyError::StagedKeyGone { .. }) if moves && self.lies_there(&pending.to).await? => {
                    self.switch.abandon(&pending).await?;
                    Ok(KeyRecovery::Abandoned)
                }
                Err(_) if moves && self.is_in_clear_still(&pending).await? => {
                    self.switch.abandon(&pending).await?;
                    Ok(KeyRecovery::Abandoned)
                }
                completed => completed.map(|_| KeyRecovery::Completed).map_err(Into::into),
            }
        }
    }

    async fn lies_there(&self, key: &KeyFingerprint) -> Result<bool, KeyError> {
        Ok(self.switch.lie_there().await?.values().any(|lying| lying == key))
    }

    /// Whether a key that was to be wrapped is not, and lies in clear as before. A staged copy in clear is never given up:
    /// it may be the only one that does not need a service.
    async fn is_in_clear_still(&self, pending: &PendingSwitch) -> Result<bool, KeyError> {
        let KeyTarget::Wrapped(wrapper) = pending.order.target else { return Ok(false) };
        let there = self.switch.lie_there().await?;
        let holds = |file: &str| there.get(file) == Some(&pending.to);
        Ok(holds(KeyFileKind::Clear.file_name()) && !holds(wrapper.file_name()))
    }
}
