//! The running daemon's master key: told, changed as a job, and old ones removed.
//!
//! Does NOT speak HTTP, and does NOT know how a key is changed (`usecases::rotate_key`).

use crate::health::{Health, SECRETS, Status};
use crate::jobs::{Job, JobFailure, JobOrder, JobRefused, JobResult, Jobs};
use crate::key_archives::{self, KeysAtHand, ListingWith};
use crate::key_report::{KeyReport, ReportedKey, ReportedOldKey, places};
use crate::key_rotation::{self, RotationReport, same_place};
use crate::key_settings::KeySettings;
use crate::state_backups::LANE;
use crate::wire::{KeyJobError, KeyJobErrorKind};
use loom_domain::audit_trail::{Actor, AuditTrail, Audited};
use loom_domain::ports::{
    Clock, KeyError, KeySource, KeySwitch, KeyTarget, KeyWrappings, OldKey, OldKeys, Randomness, Resealing,
    SourceError, StoreError,
};
use loom_domain::secret::HeldKeys;
use loom_domain::usecases::{
    RetireKeys, RetireKeysError, RotateKey, RotateKeyError, RotateOrder, TakeKeyInventory,
};
use serde_json::{Value, json};
use std::any::Any;
use std::mem::ManuallyDrop;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Word for the jobs that change the key.
const ROTATE_JOB: &str = "key_rotate";
/// The way out where a change of the key waits to be brought to its end.
const WAITS: &str =
    "`key status`, or a restart of the daemon, brings the change to its end; no backup is taken before";

/// The same where nobody knows which key counts: the daemon holds the one before, and takes no other while it runs.
const RESTART: &str = "restart the daemon: that brings the change to its end, and it holds the right key then; no backup is taken before";

/// Holds the data dir against backups and restores of other programs; may block the thread. An error is words.
pub(crate) type Hold = dyn Fn() -> Result<Box<dyn Any + Send>, String> + Send + Sync;

/// What keys are told of and changed with.
pub(crate) struct KeyPorts {
    /// The keys this process holds.
    pub(crate) held: Arc<HeldKeys>,
    /// The places in the data dir; `None` where keys lie in memory or come from the environment alone.
    pub(crate) files: Option<KeyFiles>,
    /// The secrets.
    pub(crate) resealing: Arc<dyn Resealing>,
    /// Who did what.
    pub(crate) audit: AuditTrail,
    /// What wraps keys.
    pub(crate) wrappings: KeyWrappings,
    /// What is set of it.
    pub(crate) settings: KeySettings,
    /// Lists the archives of the state.
    pub(crate) listing: Arc<ListingWith>,
    /// The same, and reads what sealed ones say of the values in them.
    pub(crate) whole_listing: Arc<ListingWith>,
    /// The same of the data dir's own folder, if another one is configured.
    pub(crate) default_listing: Option<Arc<ListingWith>>,
    /// Finds folders with archives in those that are listed; may block the thread.
    pub(crate) unseen: Arc<dyn Fn() -> Vec<PathBuf> + Send + Sync>,
    /// Holds the data dir while the key changes.
    pub(crate) hold: Arc<Hold>,
    /// Where new keys come from.
    pub(crate) randomness: Arc<dyn Randomness>,
    /// Tells the time.
    pub(crate) clock: Arc<dyn Clock>,
}

/// The keys in a data dir.
#[derive(Clone)]
pub(crate) struct KeyFiles {
    pub(crate) switch: Arc<dyn KeySwitch>,
    pub(crate) old: Arc<dyn OldKeys>,
    /// Why old keys have to stay whatever the values say, in words.
    pub(crate) needed: Arc<dyn Fn() -> Option<String> + Send + Sync>,
}

/// The daemon's master key.
pub struct KeyService {
    ports: KeyPorts,
    jobs: Arc<Jobs>,
    health: Arc<Health>,
    /// Of two who ask at once the second sees the job of the first.
    asking: Mutex<()>,
}

/// Why something was not done with keys. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyServiceError {
    /// There is no old key of that name.
    #[error("there is no old key `{0}`")]
    NotFound(String),
    /// The key changes already.
    #[error("a change of the master key is under way\nhint: its job tells when it is done")]
    UnderWay,
    /// Something needs the old key.
    #[error("{0}")]
    Needed(String),
    /// The disk failed after some old keys were removed.
    #[error("{0}")]
    NotAll(String),
    /// A daemon cannot do that with this key.
    #[error("{0}")]
    NotHere(&'static str),
    /// What would wrap the new key is not set.
    #[error(
        "`{0}` is not set\nhint: set it in the configuration file and start the daemon again, or rotate to `file`"
    )]
    NotSet(&'static str),
    /// Nothing here wraps like that.
    #[error(transparent)]
    NoWrapper(KeyError),
    /// No job is taken.
    #[error(transparent)]
    Refused(#[from] JobRefused),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The places of keys cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The archives cannot be looked at.
    #[error(transparent)]
    Source(#[from] SourceError),
}

impl KeyService {
    pub(crate) fn new(ports: KeyPorts, jobs: Arc<Jobs>, health: Arc<Health>) -> Self {
        Self { ports, jobs, health, asking: Mutex::default() }
    }

    /// How the key is.
    pub async fn report(&self) -> Result<KeyReport, KeyServiceError> {
        let key = self.ports.held.current();
        let keys = self.keys_at_hand(self.old_keys().await?).await?;
        let archives = match key_archives::look(self.ports.listing.as_ref(), &keys).await {
            // The folder was removed; the next backup makes it again.
            Err(SourceError::NotFound(_)) => Vec::new(),
            looked => looked?,
        };
        let old_key = |old| ReportedOldKey::of(old, keys.earlier.unresolved.get(&old.name));
        let take = TakeKeyInventory { resealing: self.ports.resealing.clone() };
        let pending = match &self.ports.files {
            Some(files) => files.switch.pending().await?,
            None => None,
        };
        Ok(KeyReport {
            key: key.as_ref().map(ReportedKey::of),
            problem: None,
            places: places(&self.ports.wrappings),
            values: take.run(key.as_ref().map(|key| &key.key)).await?,
            beaten: None,
            archives: Some(archives),
            old_keys: keys.old.iter().map(old_key).collect(),
            pending,
        })
    }

    /// Begins to seal every secret under a new key, which goes to `target`, by default where the present one is. The job's
    /// result tells what was done.
    pub fn rotate(
        &self,
        target: Option<KeyTarget>,
        leave_unreadable: bool,
        actor: &Actor,
    ) -> Result<Job, KeyServiceError> {
        let Some(KeyFiles { switch, old, .. }) = self.ports.files.clone() else {
            return Err(KeyServiceError::NotHere(
                "the master key of this daemon does not lie in its data dir",
            ));
        };
        let held = self.ports.held.clone();
        let Some(present) = held.current() else {
            return Err(KeyServiceError::NotHere("the daemon has no master key that could be changed"));
        };
        if matches!(present.source, KeySource::Environment(_) | KeySource::Credential(_)) {
            return Err(KeyServiceError::NotHere(
                "the master key comes from outside of the data dir, and a daemon cannot change its own environment\nhint: stop it and use `openccu-loom key rotate`",
            ));
        }
        let target = target.unwrap_or_else(|| same_place(&present.source));
        if let KeyTarget::Wrapped(wrapper) = target {
            self.ports.wrappings.of(wrapper).map_err(KeyServiceError::NoWrapper)?;
            if let Some(setting) = self.ports.settings.missing_for(wrapper) {
                return Err(KeyServiceError::NotSet(setting));
            }
        }
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if self.jobs.open_in(LANE).iter().any(|job| job.kind == ROTATE_JOB) {
            return Err(KeyServiceError::UnderWay);
        }
        let rotate = RotateKey {
            keys: held.clone(),
            switch,
            old,
            resealing: self.ports.resealing.clone(),
            randomness: self.ports.randomness.clone(),
            clock: self.ports.clock.clone(),
            held: Some(held),
        };
        let order = RotateOrder { target, new_key: None, leave_unreadable, actor: actor.clone() };
        let (hold, health) = (self.ports.hold.clone(), self.health.clone());
        let job = JobOrder { kind: ROTATE_JOB, lane: LANE.into(), object: "master key".to_owned() };
        Ok(self.jobs.start(job, move |_| async move { carry_out(hold, rotate, order, &health).await })?)
    }

    /// Removes the old keys of these names, all of them or none; refused while a stored value, an archive or an undo needs
    /// one, or may need one that cannot be tried, unless `force`.
    pub async fn retire(
        &self,
        names: &[String],
        force: bool,
        actor: &Actor,
    ) -> Result<Audited<Result<(), KeyServiceError>>, KeyServiceError> {
        let Some(files) = &self.ports.files else {
            return Err(KeyServiceError::NotFound(names.join(", ")));
        };
        if !force {
            let old = self.old_keys().await?;
            let retired = key_archives::asked_for(&old, names, (files.needed)())?;
            let keys = self.keys_at_hand(old.clone()).await?;
            let mut archives = key_archives::look(self.ports.whole_listing.as_ref(), &keys).await?;
            if let Some(listing) = &self.ports.default_listing {
                match key_archives::look(listing.as_ref(), &keys).await {
                    Err(SourceError::NotFound(_)) => {}
                    looked => archives.extend(looked?),
                }
            }
            key_archives::check_unneeded(&archives, &keys, &retired)?;
            let unseen = self.ports.unseen.clone();
            let unseen = tokio::task::spawn_blocking(move || unseen()).await.unwrap_or_default();
            key_archives::check_unseen(&unseen, &keys, &retired)?;
        }
        let retire = RetireKeys {
            keys: self.ports.held.clone(),
            switch: files.switch.clone(),
            old: files.old.clone(),
            resealing: self.ports.resealing.clone(),
            audit: self.ports.audit.clone(),
        };
        let retired = retire.run(names, force, actor).await?;
        Ok(retired.map(|retired| {
            for key in &retired.removed {
                tracing::info!(name = key.name, force, "old master key removed");
            }
            Ok(retired.all().map(drop)?)
        }))
    }

    async fn old_keys(&self) -> Result<Vec<OldKey>, KeyServiceError> {
        match &self.ports.files {
            Some(files) => Ok(files.old.list_old_keys().await?),
            None => Ok(Vec::new()),
        }
    }

    async fn keys_at_hand(&self, old: Vec<OldKey>) -> Result<KeysAtHand, KeyServiceError> {
        let present = self.ports.held.current().map(|present| present.key);
        let (in_place, earlier) = match &self.ports.files {
            Some(files) => (files.switch.lie_there().await?, files.old.resolve_old_keys().await?),
            None => Default::default(),
        };
        Ok(KeysAtHand { present, in_place, old, earlier })
    }
}

impl From<RetireKeysError> for KeyServiceError {
    fn from(error: RetireKeysError) -> Self {
        match error {
            RetireKeysError::Unknown(name) => Self::NotFound(name),
            RetireKeysError::Key(error) => error.into(),
            not_all @ RetireKeysError::NotAll { .. } => Self::NotAll(not_all.to_string()),
            RetireKeysError::Store(error) => error.into(),
            needed => Self::Needed(needed.to_string()),
        }
    }
}

async fn carry_out(hold: Arc<Hold>, rotate: RotateKey, order: RotateOrder, health: &Health) -> JobResult {
    let held = tokio::task::spawn_blocking(move || hold()).await;
    let held = held.map_err(|error| JobFailure::new(error.to_string()))?;
    let busy = |by| JobFailure {
        failure: Some("refused"),
        ..JobFailure::new(format!("the data dir is in use by {by}")).with_hint("try again in a moment")
    };
    // A change that is dropped may have a thread that still commits: until the process ends nobody may take it for an
    // interrupted one.
    let held = ManuallyDrop::new(held.map_err(busy)?);
    let switch = rotate.switch.clone();
    let rotated = key_rotation::rotate(rotate, &order).await;
    // Whatever waits to be brought to its end, a change that was taken back too: backups are refused meanwhile.
    let waits = rotated.is_err() && !matches!(switch.pending().await, Ok(None));
    drop(ManuallyDrop::into_inner(held));
    let rotated = rotated.map_err(|error| {
        let waits =
            waits || matches!(error, RotateKeyError::NotCompleted(_) | RotateKeyError::OutcomeUnknown(_));
        let hint = if matches!(error, RotateKeyError::OutcomeUnknown(_)) { RESTART } else { WAITS };
        let failure = failure_of(error);
        if !waits {
            return failure;
        }
        let failure = failure.with_hint(hint);
        let words = format!("{}\nhint: {hint}", failure.reason);
        health.hold(SECRETS, Status::Degraded, Some(("key_change_interrupted", words)));
        failure
    })?;
    tracing::info!(from = %rotated.from, to = %rotated.to, source = %rotated.source, resealed = rotated.resealed,
        left = rotated.left, "master key changed");
    match rotated.left {
        0 => health.hold(SECRETS, Status::Healthy, None),
        left => {
            let words =
                format!("{left} secrets do not open with the master key\nhint: `key status` names them");
            health.hold(SECRETS, Status::Degraded, Some(("secret_key_wrong", words)));
        }
    }
    Ok(told(&rotated))
}

fn failure_of(error: RotateKeyError) -> JobFailure {
    let failure = JobFailure::of(&error);
    let word = match KeyJobError::from(error).kind() {
        KeyJobErrorKind::Key => "key",
        KeyJobErrorKind::Refused => "refused",
        KeyJobErrorKind::Usage | KeyJobErrorKind::Unexpected => "other",
    };
    JobFailure { failure: Some(word), ..failure }
}

fn told(rotated: &RotationReport) -> Value {
    json!({
        "from": rotated.from.as_str(),
        "to": rotated.to.as_str(),
        "source": rotated.source.to_string(),
        "resealed": rotated.resealed,
        "left": rotated.left,
        "unreadable_places": rotated.unreadable_places,
        "kept": rotated.kept,
        "set_aside": rotated.set_aside,
    })
}

#[cfg(test)]
mod tests;
