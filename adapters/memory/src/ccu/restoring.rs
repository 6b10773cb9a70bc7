//! How a central in memory takes a system backup back: offered, applied, and in force after the next restart.
//!
//! Does NOT read the bytes of a backup itself (`sbk`).

use super::gateway::MemoryGateway;
use super::sbk::{self, OpenSbk};
use super::{Ccu, CcuCall, MemoryCcu};
use async_trait::async_trait;
use loom_domain::ports::{
    BoxError, CcuError, CcuRestoreError, CcuRestoring, Content, OfferedSystemBackup, ReadError,
};
use loom_domain::secret::SecretText;
use std::time::Duration;

/// Whether it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Away {
    /// It does.
    Here,
    /// It boots while so many more calls come.
    ForCalls(usize),
    /// It boots until it is told otherwise.
    UntilTold,
}

/// What is under way of a restore, and what is planned for it.
pub(super) struct Restoring {
    pub(super) offered: Option<OpenSbk>,
    pub(super) pending: Option<OpenSbk>,
    pub(super) stopped: bool,
    pub(super) failure: Option<PlannedFailure>,
    pub(super) restart: Away,
    pub(super) ignores_restarts: bool,
    pub(super) after_restart: Option<Change>,
}

/// What happens to it while it restarts.
type Change = Box<dyn FnOnce(&MemoryCcu) + Send>;

/// One failure, at one step.
pub(super) struct PlannedFailure {
    pub(super) at: CcuCall,
    pub(super) error: CcuRestoreError,
    pub(super) although_done: bool,
}

impl Default for Restoring {
    fn default() -> Self {
        Self {
            offered: None,
            pending: None,
            stopped: false,
            failure: None,
            restart: Away::ForCalls(1),
            ignores_restarts: false,
            after_restart: None,
        }
    }
}

#[async_trait]
impl CcuRestoring for MemoryGateway {
    async fn offer_system_backup(
        &self,
        bytes: u64,
        mut content: Box<dyn Content>,
    ) -> Result<OfferedSystemBackup, CcuRestoreError> {
        self.enter(CcuCall::OfferSystemBackup).await?;
        let mut arrived = Vec::new();
        while let Some(chunk) = content.next_chunk().await.map_err(incomplete)? {
            arrived.extend_from_slice(&chunk);
        }
        if arrived.len() as u64 != bytes {
            let reason = format!("{} bytes arrived, {bytes} were announced", arrived.len());
            return Err(CcuError::Unavailable(BoxError::from(reason)).into());
        }
        let mut ccu = self.lock();
        ccu.fails_before(CcuCall::OfferSystemBackup)?;
        let opened = sbk::read(&arrived).map_err(CcuRestoreError::NotAccepted)?;
        let wants_key = ccu.security_key.is_some() || opened.has_user_key();
        ccu.restoring.offered = Some(opened);
        ccu.fails_after(CcuCall::OfferSystemBackup)?;
        Ok(OfferedSystemBackup { wants_key })
    }

    async fn apply_offer(&self, key: Option<&SecretText>) -> Result<(), CcuRestoreError> {
        self.enter(CcuCall::ApplyOffer).await.map_err(CcuRestoreError::NotAsked)?;
        let mut ccu = self.lock();
        let nothing = || CcuError::Refused("no system backup was offered".to_owned());
        let mut offered = ccu.restoring.offered.take().ok_or_else(nothing)?;
        offered.security_key = ccu.key_for(&offered, key)?;
        if offered.is_newer_than(&ccu.facts.firmware) {
            return Err(CcuRestoreError::FirmwareTooOld);
        }
        let failed = ccu.fails_before(CcuCall::ApplyOffer);
        ccu.restoring.stopped = !matches!(&failed, Err(error) if comes_first(error));
        failed?;
        ccu.restoring.pending = Some(offered);
        ccu.fails_after(CcuCall::ApplyOffer)?;
        Ok(())
    }

    async fn restart(&self) -> Result<(), CcuError> {
        self.enter(CcuCall::Restart).await?;
        let mut ccu = self.lock();
        if ccu.restoring.ignores_restarts {
            return Ok(());
        }
        ccu.away = ccu.restoring.restart;
        ccu.uptime.restart();
        ccu.sessions.clear();
        ccu.restoring.stopped = false;
        ccu.restoring.offered = None;
        if let Some(applied) = ccu.restoring.pending.take() {
            ccu.state = applied.state;
            ccu.security_key = applied.security_key;
        }
        let change = ccu.restoring.after_restart.take();
        drop(ccu);
        if let Some(change) = change {
            change(self.ccu());
        }
        Ok(())
    }

    async fn up_for(&self) -> Result<Duration, CcuError> {
        self.enter(CcuCall::UpFor).await?;
        Ok(self.lock().uptime.length())
    }

    async fn revive(&self) -> Result<(), CcuError> {
        self.enter(CcuCall::Revive).await?;
        self.lock().restoring.stopped = false;
        Ok(())
    }
}

impl Ccu {
    /// The security key it will have with this backup; `key` has to satisfy both the central and the backup.
    fn key_for(
        &self,
        offered: &OpenSbk,
        key: Option<&SecretText>,
    ) -> Result<Option<SecretText>, CcuRestoreError> {
        if self.security_key.is_some() && self.security_key.as_ref() != key {
            return Err(CcuRestoreError::NotTheKeyOfTheCentral);
        }
        if !offered.has_user_key() {
            return Ok(None);
        }
        match key.filter(|key| offered.is_signed_with(key)) {
            Some(key) => Ok(Some(key.clone())),
            None => Err(CcuRestoreError::NotTheKeyOfTheBackup),
        }
    }

    fn fails_before(&mut self, call: CcuCall) -> Result<(), CcuRestoreError> {
        self.fails(|failure| failure.at == call && !failure.although_done)
    }

    fn fails_after(&mut self, call: CcuCall) -> Result<(), CcuRestoreError> {
        self.fails(|failure| failure.at == call)
    }

    fn fails(&mut self, here: impl Fn(&PlannedFailure) -> bool) -> Result<(), CcuRestoreError> {
        let failure = self.restoring.failure.take_if(|failure| here(failure));
        failure.map_or(Ok(()), |failure| Err(failure.error))
    }
}

/// Whether a central says so before it stops anything.
fn comes_first(error: &CcuRestoreError) -> bool {
    !matches!(
        error,
        CcuRestoreError::NotApplied { .. } | CcuRestoreError::Unknown(_) | CcuRestoreError::Ccu(_)
    )
}

fn incomplete(error: ReadError) -> CcuRestoreError {
    CcuError::Unavailable(error.into()).into()
}
