//! Examine an archive: read it to its end, hash every member, judge its databases, try the key on its secrets.
//!
//! Does NOT decide what follows: `verify_archive` reports it, `restore_archive` goes on from it. The members
//! themselves are met in `walk`.

mod own_key;
mod trial;
mod walk;

use crate::archive::agreement::{Disagreement, FoundFile, compare_database, compare_files};
use crate::archive::manifest::BadManifest;
use crate::archive::{ArchiveLock, Identity, KnownKeys, Manifest, MemberPath, Openers, SealedTally};
use crate::ports::{
    ArchiveKind, ArchiveReader, DatabaseJudge, JudgeError, KeySource, KeyWrappings, PassphraseSource,
    Progress, ResolvedKey, SourceError, Stage, StagingArea, StagingError, Verdict,
};
use crate::secret::KeyFingerprint;
use own_key::OwnKey;
use std::collections::BTreeMap;
use std::sync::Arc;
use trial::{Trial, Tried};
use walk::Walk;

/// Examines archives.
pub struct ExamineArchive {
    /// Judges the databases.
    pub judge: Arc<dyn DatabaseJudge>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
}

/// The keys at hand, around the one an archive may carry itself.
#[derive(Clone, Default)]
pub struct KeyRing {
    /// Beats the archive's own key.
    pub before: Option<ResolvedKey>,
    /// Used where the archive carries none.
    pub after: Option<ResolvedKey>,
    /// Keys the data dir had earlier, newest first: tried on archives that are sealed as a whole, and on what is sealed
    /// in them.
    pub earlier: Vec<ResolvedKey>,
    /// Identities for archives that are sealed for recipients.
    pub identities: Vec<Identity>,
    /// Knows or asks for the passphrase of archives that are sealed with one.
    pub passphrase: Option<Arc<dyn PassphraseSource>>,
    /// Unwrap a wrapped key that an archive carries.
    pub wrappings: KeyWrappings,
    /// Whether the daemon asks its environment alone for its key: files of a data dir open things here only.
    pub files_unasked: bool,
}

impl KeyRing {
    /// What opens an archive that is sealed as a whole.
    pub fn openers(&self) -> Openers {
        let keys = self.before.iter().chain(&self.after).chain(&self.earlier);
        Openers {
            master_keys: keys.map(|resolved| resolved.key.clone()).collect(),
            identities: self.identities.clone(),
            passphrase: self.passphrase.clone(),
        }
    }

    /// The keys of the data dir, as far as this ring has them.
    pub(super) fn known(&self) -> KnownKeys {
        let named = |resolved: &ResolvedKey| match &resolved.source {
            KeySource::File(path) | KeySource::Wrapped { path, .. } => {
                Some((path.rsplit('/').next()?.to_owned(), resolved.key.fingerprint()))
            }
            _ => None,
        };
        let present = self.after.as_ref().map(|resolved| resolved.key.fingerprint());
        let old = self.earlier.iter().filter_map(named).collect();
        KnownKeys { present, old, files_unasked: self.files_unasked }
    }
}

impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyRing")
            .field("before", &self.before)
            .field("after", &self.after)
            .field("earlier", &self.earlier)
            .field("identities", &self.identities.len())
            .finish_non_exhaustive()
    }
}

/// Which members are written into the staging area.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Databases only: what has to be judged.
    Databases,
    /// Everything.
    All,
}

/// What was found in an archive.
#[derive(Debug, Clone)]
pub struct Examined {
    /// How it is packed.
    pub kind: ArchiveKind,
    /// For whom it was sealed, if it was.
    pub lock: Option<ArchiveLock>,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Its files.
    pub files: BTreeMap<MemberPath, FoundFile>,
    /// Its folders.
    pub folders: Vec<MemberPath>,
    /// Where files and manifest disagree.
    pub disagreements: Vec<Disagreement>,
    /// Its databases.
    pub databases: Vec<ExaminedDatabase>,
    /// The key its sealed values were tried with; of the keys of the data dir the one that opens them, if one does.
    pub key: Option<ResolvedKey>,
    /// Another key at hand, which opens all that `key` does not: somebody named that one, or the archive brings it.
    pub better_key: Option<ResolvedKey>,
    /// The key it carries itself; also where it stays wrapped.
    pub own_key: Option<KeyFingerprint>,
    /// Why the key file inside is none or stays wrapped, in one line. It was like that when the backup was taken, so it is
    /// no damage.
    pub bad_key_file: Option<String>,
    /// Its sealed values.
    pub sealed: SealedTally,
}

/// One database of an archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExaminedDatabase {
    /// The member.
    pub member: MemberPath,
    /// What the judge found.
    pub verdict: Verdict,
    /// Where it and the manifest disagree.
    pub disagreement: Option<Disagreement>,
}

/// Why an archive could not be examined to its end. Fragments read after "failed to examine the archive: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExamineError {
    /// The source refused or failed.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The archive ended without a manifest.
    #[error("the archive is damaged: it holds no `manifest.json`")]
    NoManifest,
    /// The manifest is none, or of a newer format.
    #[error(transparent)]
    Manifest(#[from] BadManifest),
    /// No place for its databases.
    #[error(transparent)]
    Staging(#[from] StagingError),
    /// A database could not be looked at.
    #[error(transparent)]
    Judge(#[from] JudgeError),
}

impl Examined {
    /// Everything that makes the archive a damaged one, in words; empty means it is whole.
    pub fn damage(&self) -> Vec<String> {
        let mut damage: Vec<String> = self.disagreements.iter().map(ToString::to_string).collect();
        for database in &self.databases {
            let problems = &database.verdict.problems;
            damage.extend(problems.iter().map(|line| format!("database `{}`: {line}", database.member)));
            damage.extend(database.disagreement.iter().map(ToString::to_string));
        }
        damage
    }

    /// Rows whose parent row is missing. They were like that when the backup was taken, so they are no damage.
    pub fn orphans(&self) -> Vec<String> {
        let lines = |database: &ExaminedDatabase| {
            let member = database.member.clone();
            let orphans = database.verdict.orphans.clone();
            orphans.into_iter().map(move |line| format!("database `{member}`: {line}"))
        };
        self.databases.iter().flat_map(lines).collect()
    }
}

impl ExamineArchive {
    pub(super) async fn run(
        &self,
        mut reader: Box<dyn ArchiveReader>,
        area: &mut dyn StagingArea,
        keep: Keep,
        keys: &KeyRing,
    ) -> Result<Examined, ExamineError> {
        let mut walk = Walk::new(area, keep);
        let total = reader.position().1;
        self.progress.begin(Stage::Read, "archive", total);
        while let Some(item) = reader.next().await? {
            walk.item(item).await?;
            self.progress.reached(reader.position().0);
        }
        walk.end_file().await?;
        let (kind, lock) = (reader.kind(), reader.lock().cloned());
        drop(reader);
        let Walk { files, folders, manifest, key_files, staged, .. } = walk;
        let manifest = Manifest::from_json(&manifest.ok_or(ExamineError::NoManifest)?)?;
        let disagreements = compare_files(&manifest, &files);

        // The first is the one that a daemon would use.
        let own = match key_files.first_key_value() {
            Some((kind, file)) => OwnKey::find(*kind, file, keys).await,
            None => OwnKey::default(),
        };
        let mut trial = Trial::new(keys, own.key, !key_files.is_empty());
        let mut databases = Vec::new();
        for (member, location) in staged {
            self.progress.begin(Stage::Check, member.as_str(), None);
            let mut verdict = self.judge.judge(&location).await?;
            // Not kept: an archive may hold any number of databases.
            trial.add(&std::mem::take(&mut verdict.sealed));
            let disagreement =
                verdict.facts.as_ref().and_then(|facts| compare_database(&manifest, &member, facts));
            databases.push(ExaminedDatabase { member, verdict, disagreement });
        }
        let Tried { key, sealed, better } = trial.end();
        Ok(Examined {
            kind,
            lock,
            manifest,
            files,
            folders,
            disagreements,
            databases,
            key,
            better_key: better,
            own_key: own.fingerprint,
            bad_key_file: own.bad,
            sealed,
        })
    }
}
