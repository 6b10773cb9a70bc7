//! The report on the master key as JSON.
//!
//! Does NOT find anything out.

use crate::key_report::{KeyReport, ReportedArchive, ReportedOldKey};
use loom_domain::ports::PendingSwitch;
use loom_domain::usecases::TableSecrets;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How the master key is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = KeyStatus)]
pub(crate) struct KeyStatusBody {
    /// The key in use.
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<KeyBody>,
    /// Why there is none although one is configured, or why values could not be looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// The places of a key this program knows, in the order in which they are asked.
    providers: Vec<&'static str>,
    /// Secret values by table.
    values: BTreeMap<String, ValueCountsBody>,
    /// Where values stand that the key does not open; at most 10.
    unreadable_places: Vec<String>,
    /// Other keys that values name, by fingerprint.
    other_keys: Vec<String>,
    /// Keys that were kept, oldest first.
    old_keys: Vec<OldKeyBody>,
    /// A change of the key that has not come to its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pending: Option<PendingBody>,
    /// The archives of the state and the key each needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    archives: Option<Vec<ArchiveKeyBody>>,
}

/// A key, by its public name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UsedKey)]
pub(crate) struct KeyBody {
    /// 16 hex digits.
    fingerprint: String,
    /// Where it comes from, in words.
    source: String,
}

/// Secret values of one table.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SecretCounts)]
pub(crate) struct ValueCountsBody {
    /// Sealed by an earlier version.
    v1: u64,
    /// Sealed in their place.
    v2: u64,
    /// Not sealed.
    clear: u64,
    /// Sealed, and the key does not open them.
    unreadable: u64,
}

/// A key that was kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = OldKey)]
pub(crate) struct OldKeyBody {
    /// Name of its file in the data dir.
    name: String,
    /// Its public name.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Why that is not known, or why the key cannot be tried on archives.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

/// A change of the key that has not come to its end.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PendingKeyChange)]
pub(crate) struct PendingBody {
    /// The key before it.
    from: String,
    /// The key after it.
    to: String,
    /// Where that goes: `file`, `env`, `kms` or `pkcs11`.
    target: &'static str,
    /// When it was begun (RFC 3339).
    begun_at: String,
}

/// An archive and the key it needs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ArchiveKey)]
pub(crate) struct ArchiveKeyBody {
    /// Id of the archive.
    archive: String,
    /// How it is packed: `tar.gz`, `tar.zst` or `zip`, as its name says.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<&'static str>,
    /// For whom it is sealed: `recipients`, `passphrase` or `master-key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealed_for: Option<&'static str>,
    /// The recipients by fingerprint, where it names them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    recipients: Vec<String>,
    /// Public name of the master key it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
    /// Where that key is: `present`, `old`, `inside`, `wrapped-inside`, `identity` (inside, behind one),
    /// `not-at-hand`, `not-needed` or `unknown`.
    key_at: &'static str,
    /// The file with the old key it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_key: Option<String>,
    /// Public names of other keys that values in it are sealed with.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_keys: Vec<String>,
    /// Why it is not known what it needs.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
}

impl From<&ReportedOldKey> for OldKeyBody {
    fn from(old: &ReportedOldKey) -> Self {
        Self {
            name: old.name.clone(),
            fingerprint: old.fingerprint.as_ref().map(ToString::to_string),
            problem: old.problem.clone(),
        }
    }
}

impl From<&PendingSwitch> for PendingBody {
    fn from(pending: &PendingSwitch) -> Self {
        Self {
            from: pending.order.from.to_string(),
            to: pending.to.to_string(),
            target: pending.order.target.as_str(),
            begun_at: pending.order.begun_at.to_string(),
        }
    }
}

impl From<&ReportedArchive> for ArchiveKeyBody {
    fn from(archive: &ReportedArchive) -> Self {
        Self {
            archive: archive.name.clone(),
            format: archive.format.map(|format| format.as_str()),
            sealed_for: archive.lock.as_ref().map(|lock| lock.as_str()),
            recipients: archive.recipients().to_vec(),
            fingerprint: archive.needs.fingerprint.as_ref().map(ToString::to_string),
            key_at: archive.needs.at.as_str(),
            old_key: archive.old_key().map(str::to_owned),
            other_keys: archive.other_keys(),
            problem: archive.problem.clone(),
        }
    }
}

impl From<&KeyReport> for KeyStatusBody {
    fn from(report: &KeyReport) -> Self {
        let counts = |(table, of): (&String, &TableSecrets)| {
            let counts = ValueCountsBody { v1: of.v1, v2: of.v2, clear: of.clear, unreadable: of.unreadable };
            (table.clone(), counts)
        };
        let key = report.key.as_ref();
        Self {
            key: key
                .map(|key| KeyBody { fingerprint: key.fingerprint.to_string(), source: key.source.clone() }),
            problem: report.problem.clone(),
            providers: report.places.clone(),
            values: report.values.tables.iter().map(counts).collect(),
            unreadable_places: report.values.unreadable_places.clone(),
            other_keys: report.values.other_keys.keys().map(ToString::to_string).collect(),
            old_keys: report.old_keys.iter().map(OldKeyBody::from).collect(),
            pending: report.pending.as_ref().map(PendingBody::from),
            archives: report
                .archives
                .as_ref()
                .map(|archives| archives.iter().map(ArchiveKeyBody::from).collect()),
        }
    }
}
