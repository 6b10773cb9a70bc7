//! How archives of the state look in answers.
//!
//! Does NOT find them.

use crate::jobs::{Job, JobBody, JobProgressBody};
use crate::state_backups::{BACKUP_JOB, StateBackup};
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Manifest};
use loom_domain::ports::Undescribed;
use loom_domain::usecases::{format_in_name, seen_recipients};
use serde::Serialize;
use utoipa::ToSchema;

/// One archive, or a backup that is to become one.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateBackupEntry {
    /// Its id: the file name of the archive.
    id: String,
    /// `queued`, `running`, `failed`, `completed`, `sealed` (completed, and not looked into), `damaged`, or `unreadable`
    /// (the file cannot be read).
    state: &'static str,
    /// Size in bytes as stored; 0 until it is completed.
    bytes: u64,
    /// When it was taken (RFC 3339), of a sealed one as its name or its file says; of a job, when it was asked for.
    created_at: String,
    /// How it is packed: `tar.gz`, `tar.zst` or `zip`, as its name says.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// For whom it is sealed: `recipients`, `passphrase` or `master-key`; not there if for nobody.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_for: Option<&'static str>,
    /// The recipients it is sealed for. Only whoever opens it knows that this is true.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<RecipientEntry>,
    /// Host it was taken on.
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    /// Version of the program that took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    daemon_version: Option<String>,
    /// Whether the master key is inside: then the archive is as secret as the key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_inside: Option<bool>,
    /// Public name of the master key that opens its secrets; of a sealed one, as it says of itself from outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_fingerprint: Option<String>,
    /// What is wrong with it, or why it failed, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// What can be done about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// The job that takes it, while there is no archive.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<String>,
    /// How far that job is.
    #[serde(skip_serializing_if = "Option::is_none")]
    progress: Option<JobProgressBody>,
    /// What the newest verification in this life of the daemon found.
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<Verified>,
}

/// One recipient of a sealed archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecipientEntry {
    /// The kind of its key, such as `X25519`.
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<String>,
    /// Its short public name, 16 hex digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

/// What a verification found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verified {
    /// When (RFC 3339).
    at: String,
    /// `ok`, `damaged`, `sealed values do not open`, or `sealed`: nothing here opens it.
    verdict: &'static str,
    /// What is damaged, in words.
    damage: Vec<String>,
    /// The job that did it.
    job: String,
}

/// One archive with what is in it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StateBackupDetail {
    #[serde(flatten)]
    entry: StateBackupEntry,
    /// Its files.
    files: Vec<ArchivedFile>,
    /// Its databases.
    databases: Vec<ArchivedDatabase>,
    /// What of the data dir is not in it, and why.
    left_out: Vec<LeftOutEntry>,
}

/// One file of an archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchivedFile {
    /// Its path in the archive.
    path: String,
    /// Size in bytes, where the manifest tells it.
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
    /// SHA-256, 64 hex digits.
    sha256: String,
}

/// One database of an archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ArchivedDatabase {
    /// Its path in the archive.
    path: String,
    /// Its schema version, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    schema_version: Option<i64>,
}

/// Something of the data dir that is not in an archive.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LeftOutEntry {
    /// Its path in the data dir.
    path: String,
    /// Why.
    reason: String,
}

impl StateBackupEntry {
    pub(super) fn of_archive(backup: &StateBackup) -> Self {
        let verified = backup.verified.as_ref().map(|verified| Verified {
            at: verified.at.to_string(),
            verdict: verified.verdict.word(),
            damage: verified.verdict.damage(),
            job: verified.job.to_string(),
        });
        let damaged = backup.verified.as_ref().is_some_and(|verified| verified.verdict.is_damaged());
        let manifest = backup.manifest.as_ref().ok();
        let lock = backup.lock.as_ref();
        let at = backup.taken_at().or(backup.stored.modified_at);
        Self {
            id: backup.stored.id.to_string(),
            state: match &backup.manifest {
                _ if damaged => "damaged",
                Ok(_) => "completed",
                Err(Undescribed::Locked(_) | Undescribed::Unopened(_)) => "sealed",
                Err(Undescribed::Damaged(_)) => "damaged",
                Err(Undescribed::Unreadable(_)) => "unreadable",
            },
            bytes: backup.stored.bytes,
            created_at: at.map(|at| at.to_string()).unwrap_or_default(),
            format: format_in_name(&backup.stored.id).map(ArchiveFormat::as_str),
            sealed_for: lock.map(ArchiveLock::as_str),
            recipients: lock.map(recipients).unwrap_or_default(),
            host: manifest.and_then(|manifest| manifest.host.clone()),
            daemon_version: manifest.map(|manifest| manifest.daemon_version.clone()),
            key_inside: manifest.map(key_inside),
            key_fingerprint: match (&backup.manifest, lock) {
                (Ok(manifest), _) => manifest.master_key.as_ref().map(|key| key.fingerprint.to_string()),
                (Err(_), Some(ArchiveLock::Recipients { hint, .. })) => {
                    hint.master_key.fingerprint().map(ToString::to_string)
                }
                (Err(_), _) => None,
            },
            reason: backup.manifest.as_ref().err().map(|reason| first_line(&reason.to_string())),
            hint: None,
            job: None,
            progress: None,
            verified,
        }
    }

    /// A backup of which there is no archive yet; `None` for jobs that are no backups.
    pub(super) fn of_job(job: &Job) -> Option<Self> {
        let body = JobBody::from(job);
        (job.kind == BACKUP_JOB).then_some(Self {
            id: body.object,
            state: body.state,
            bytes: 0,
            created_at: body.queued_at,
            format: None,
            sealed_for: None,
            recipients: Vec::new(),
            host: None,
            daemon_version: None,
            key_inside: None,
            key_fingerprint: None,
            reason: body.reason,
            hint: body.hint,
            job: Some(body.id),
            progress: body.progress,
            verified: None,
        })
    }
}

impl StateBackupDetail {
    pub(super) fn of_archive(backup: &StateBackup) -> Self {
        let entry = StateBackupEntry::of_archive(backup);
        let Ok(manifest) = &backup.manifest else { return entry.into() };
        let files = manifest.files.iter().map(|(path, file)| ArchivedFile {
            path: path.to_string(),
            bytes: file.bytes,
            sha256: file.sha256.clone(),
        });
        let databases = manifest.databases.iter().map(|database| ArchivedDatabase {
            path: database.member.to_string(),
            schema_version: database.facts.schema_version,
        });
        let left_out = manifest
            .left_out
            .iter()
            .map(|left| LeftOutEntry { path: left.path.clone(), reason: left.reason.clone() });
        Self { entry, files: files.collect(), databases: databases.collect(), left_out: left_out.collect() }
    }
}

impl From<StateBackupEntry> for StateBackupDetail {
    fn from(entry: StateBackupEntry) -> Self {
        Self { entry, files: Vec::new(), databases: Vec::new(), left_out: Vec::new() }
    }
}

/// Archives of the Go daemon do not say; a key among the files is one.
fn key_inside(manifest: &Manifest) -> bool {
    let listed = manifest.files.keys().any(|path| path.as_str() == "state/secret.key");
    manifest.master_key.as_ref().map_or(listed, |key| key.inside)
}

fn recipients(lock: &ArchiveLock) -> Vec<RecipientEntry> {
    let seen = seen_recipients(lock).into_iter();
    seen.map(|seen| RecipientEntry { kind: seen.kind, fingerprint: seen.fingerprint }).collect()
}

/// Without the hint: it speaks of the command line.
fn first_line(words: &str) -> String {
    words.lines().next().unwrap_or_default().to_owned()
}
