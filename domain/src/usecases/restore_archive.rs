//! Restore an archive: claim the data dir, unpack and examine beside the live files, plan, swap.
//!
//! Does NOT move files itself (`ports::restore_target`) and does NOT print the plan.

use super::examine_archive::Keep;
use super::{ExamineArchive, ExamineError, Examined, KeyRing};
use crate::archive::MemberPath;
use crate::ports::{
    ArchiveId, ArchiveSource, Clock, KeyError, KeySwitch, Recovery, RestoreTarget, ScratchAreas, SourceError,
    Stage, StagingError, TargetError,
};
use crate::restore_plan::{Consents, Refusal, RestorePlan, Survey, refused_unread};
use std::sync::Arc;

/// Restores archives of one source into one data dir.
pub struct RestoreArchive {
    /// Where the archive is.
    pub source: Arc<dyn ArchiveSource>,
    /// Where it goes.
    pub target: Arc<dyn RestoreTarget>,
    /// Where a dry run may unpack databases.
    pub scratch: Arc<dyn ScratchAreas>,
    /// Examines it.
    pub examine: ExamineArchive,
    /// Tells whether the data dir's key is between two.
    pub switch: Arc<dyn KeySwitch>,
    /// Tells when the plan was made.
    pub clock: Arc<dyn Clock>,
}

/// What to restore, and what the operator agreed to.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The archive.
    pub id: ArchiveId,
    /// Keys at hand.
    pub keys: KeyRing,
    /// What the operator agreed to.
    pub consents: Consents,
    /// Files of variables in the data dir, beside `.env`; they stay those of the machine.
    pub env_files: Vec<MemberPath>,
}

/// Why this archive was not restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The plan must not be carried out.
    #[error("{}", lines(.0))]
    Refused(Vec<Refusal>),
    /// An interrupted restore or undo was found and completed instead; its undo set is kept.
    #[error(
        "a restore that had been interrupted was brought to its end instead\nhint: look at the data dir; if this is not the state you want, run the command again or `backup undo-restore`"
    )]
    BroughtToEnd,
    /// What is needed to end a change of the key lies in the database that would be replaced.
    #[error(
        "a change of the master key was interrupted meanwhile\nhint: run the command again, it brings the change to its end"
    )]
    KeyChanges,
    /// It is not known whether the key is between two.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The archive could not be examined.
    #[error(transparent)]
    Examine(#[from] ExamineError),
    /// The data dir could not be used.
    #[error(transparent)]
    Target(#[from] TargetError),
}

impl From<SourceError> for RestoreError {
    fn from(error: SourceError) -> Self {
        Self::Examine(error.into())
    }
}

impl From<StagingError> for RestoreError {
    fn from(error: StagingError) -> Self {
        Self::Examine(error.into())
    }
}

impl RestoreArchive {
    /// Works out the plan and changes nothing. Refusals are part of the plan; where there is none because the archive cannot
    /// be examined, those that a restore meets before it reads an archive come first.
    pub async fn plan(&self, request: &RestoreRequest) -> Result<(Examined, RestorePlan), RestoreError> {
        let survey = self.target.survey().await?;
        let key_changes = self.switch.pending().await?.is_some();
        let examined = match self.look(request).await {
            Ok(examined) => examined,
            Err(error) => {
                let unread = refused_unread(&survey, request.consents);
                return Err(if unread.is_empty() { error } else { RestoreError::Refused(unread) });
            }
        };
        let mut plan = self.work_out(request, &examined, &survey);
        if key_changes {
            plan.notes.push(
                "a change of the master key was interrupted: it is brought to its end before anything is restored, which may change this plan"
                    .to_owned(),
            );
        }
        Ok((examined, plan))
    }

    async fn look(&self, request: &RestoreRequest) -> Result<Examined, RestoreError> {
        let reader = self.source.open(&request.id, &request.keys.openers()).await?;
        let mut area = self.scratch.open_scratch(reader.lock()).await?;
        Ok(self.examine.run(reader, area.as_mut(), Keep::Databases, &request.keys).await?)
    }

    /// Restores. When it returns an error no live file was touched for this archive, unless the target's error says so.
    pub async fn run(
        &self,
        request: &RestoreRequest,
    ) -> Result<(Examined, RestorePlan, Recovery), RestoreError> {
        let recovery = self.target.recover().await?;
        if recovery == Recovery::RolledForward {
            // Going on would replace the state that was just brought back, and its undo set with it.
            return Err(RestoreError::BroughtToEnd);
        }
        // Known before the archive is read: an operator who forgot --force should not wait for it.
        let unread = refused_unread(&self.target.survey().await?, request.consents);
        let exists = |refusal: &Refusal| matches!(refusal, Refusal::StateExists(_));
        if let Some(refusal) = unread.into_iter().find(exists) {
            return Err(RestoreError::Refused(vec![refusal]));
        }
        let mut claim = self.target.claim().await?;
        // Whoever recovered it did not hold the data dir then; nobody begins one while it is claimed.
        if self.switch.pending().await?.is_some() {
            return Err(RestoreError::KeyChanges);
        }
        // Whoever holds the data dir now is this restore itself.
        let survey = Survey { in_use_by: None, ..self.target.survey().await? };
        let reader = self.source.open(&request.id, &request.keys.openers()).await?;
        let examined = self.examine.run(reader, claim.as_mut(), Keep::All, &request.keys).await?;
        let mut plan = self.work_out(request, &examined, &survey);
        if !plan.refusals.is_empty() {
            return Err(RestoreError::Refused(plan.refusals));
        }
        self.examine.progress.begin(Stage::Apply, &plan.dir, None);
        let kept = claim.apply(&plan.swap).await?;
        plan.notes.extend(
            kept.iter().map(|name| format!("a key that only the undo set before held is kept as `{name}`")),
        );
        Ok((examined, plan, recovery))
    }

    fn work_out(&self, request: &RestoreRequest, examined: &Examined, survey: &Survey) -> RestorePlan {
        let keys = request.keys.known();
        RestorePlan::work_out(examined, survey, &keys, &request.env_files, request.consents, self.clock.now())
    }
}

fn lines(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}
