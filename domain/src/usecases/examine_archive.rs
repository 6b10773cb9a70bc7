//! Examine an archive: read it to its end, hash every member, judge its databases, try the key on its secrets.
//!
//! Does NOT decide what follows: `verify_archive` reports it, `restore_archive` goes on from it.

use crate::archive::agreement::{Disagreement, FoundFile, compare_database, compare_files};
use crate::archive::layout::{CONFIG_NAME, KEY_FILE, STATE_FOLDER};
use crate::archive::limits::MANIFEST_NAME;
use crate::archive::manifest::BadManifest;
use crate::archive::{Manifest, MemberPath, SealedTally, SealedValue, hex};
use crate::ports::{
    ArchiveKind, ArchiveReader, DatabaseJudge, Item, JudgeError, KeySource, Progress, ResolvedKey,
    SourceError, Stage, StagingArea, StagingError, Verdict,
};
use crate::secret::MasterKey;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Largest file that may be a key file.
const MAX_KEY_FILE_BYTES: u64 = 4096;

/// Examines archives.
pub struct ExamineArchive {
    /// Judges the databases.
    pub judge: Arc<dyn DatabaseJudge>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
}

/// The keys at hand, around the one an archive may carry itself.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    /// Beats the archive's own key.
    pub before: Option<ResolvedKey>,
    /// Used where the archive carries none.
    pub after: Option<ResolvedKey>,
}

impl KeyRing {
    /// The key for an archive that is sealed as a whole.
    pub fn container_key(&self) -> Option<&MasterKey> {
        self.before.as_ref().or(self.after.as_ref()).map(|resolved| &resolved.key)
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
    /// The key its sealed values were tried with.
    pub key: Option<ResolvedKey>,
    /// Why the key file inside is none, if it is none.
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
    /// A member came after the manifest.
    #[error("the archive is refused: member `{0}` comes after `manifest.json`")]
    AfterManifest(MemberPath),
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
        damage.extend(self.bad_key_file.iter().cloned());
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
        let kind = reader.kind();
        drop(reader);
        let Walk { files, folders, manifest, key_file, staged, .. } = walk;
        let manifest = Manifest::from_json(&manifest.ok_or(ExamineError::NoManifest)?)?;
        let disagreements = compare_files(&manifest, &files);

        let mut databases = Vec::new();
        let mut sealed_values: Vec<SealedValue> = Vec::new();
        for (member, location) in staged {
            self.progress.begin(Stage::Check, member.as_str(), None);
            let mut verdict = self.judge.judge(&location).await?;
            sealed_values.append(&mut verdict.sealed);
            let disagreement =
                verdict.facts.as_ref().and_then(|facts| compare_database(&manifest, &member, facts));
            databases.push(ExaminedDatabase { member, verdict, disagreement });
        }
        let (own_key, bad_key_file) = match key_file.as_ref().map(|bytes| own_key(bytes)) {
            None => (None, None),
            Some(Ok(key)) => (Some(key), None),
            Some(Err(reason)) => (None, Some(reason)),
        };
        let key = keys.before.clone().or(own_key).or_else(|| keys.after.clone());
        let sealed = SealedTally::count(&sealed_values, key.as_ref().map(|resolved| &resolved.key));
        Ok(Examined { kind, manifest, files, folders, disagreements, databases, key, bad_key_file, sealed })
    }
}

fn own_key(bytes: &[u8]) -> Result<ResolvedKey, String> {
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    let key = MasterKey::from_base64(text)
        .map_err(|reason| format!("member `{STATE_FOLDER}/{KEY_FILE}` holds no master key: {reason}"))?;
    Ok(ResolvedKey { key, source: KeySource::Archive })
}

/// An archive being read: each file is hashed, and written or held where it is needed later.
struct Walk<'a> {
    area: &'a mut dyn StagingArea,
    keep: Keep,
    files: BTreeMap<MemberPath, FoundFile>,
    folders: Vec<MemberPath>,
    manifest: Option<Vec<u8>>,
    key_file: Option<zeroize::Zeroizing<Vec<u8>>>,
    staged: Vec<(MemberPath, PathBuf)>,
    current: Option<Current>,
}

/// The file that is coming in.
struct Current {
    path: MemberPath,
    size: u64,
    bytes: u64,
    hash: Sha256,
    staged: bool,
    database: bool,
}

impl<'a> Walk<'a> {
    fn new(area: &'a mut dyn StagingArea, keep: Keep) -> Self {
        Self {
            area,
            keep,
            files: BTreeMap::new(),
            folders: Vec::new(),
            manifest: None,
            key_file: None,
            staged: Vec::new(),
            current: None,
        }
    }

    async fn item(&mut self, item: Item) -> Result<(), ExamineError> {
        match item {
            Item::Folder(path) => {
                self.end_file().await?;
                self.nothing_after_manifest(&path)?;
                if self.keep == Keep::All && path.strip(STATE_FOLDER).is_some() {
                    self.area.folder(&path).await?;
                }
                self.folders.push(path);
            }
            Item::File { path, bytes } => {
                self.end_file().await?;
                self.nothing_after_manifest(&path)?;
                if path.as_str() == MANIFEST_NAME {
                    self.manifest = Some(Vec::new());
                } else if is_key_file(&path) && bytes <= MAX_KEY_FILE_BYTES {
                    self.key_file = Some(zeroize::Zeroizing::new(Vec::new()));
                }
                let current = Current {
                    path,
                    size: bytes,
                    bytes: 0,
                    hash: Sha256::new(),
                    staged: false,
                    database: false,
                };
                self.current = Some(current);
            }
            Item::Chunk(chunk) => {
                let Some(current) = self.current.as_mut() else { return Ok(()) };
                if current.bytes == 0 {
                    current.database =
                        chunk.starts_with(b"SQLite format 3\0") || is_main_database(&current.path);
                    current.staged = wanted(self.keep, current);
                    if current.staged {
                        self.area.begin_file(&current.path, current.size).await?;
                    }
                }
                current.bytes += chunk.len() as u64;
                current.hash.update(&chunk);
                if current.path.as_str() == MANIFEST_NAME {
                    self.manifest.get_or_insert_default().extend_from_slice(&chunk);
                } else if is_key_file(&current.path)
                    && let Some(held) = &mut self.key_file
                {
                    held.extend_from_slice(&chunk);
                }
                if current.staged {
                    self.area.write(chunk).await?;
                }
            }
        }
        Ok(())
    }

    async fn end_file(&mut self) -> Result<(), ExamineError> {
        let Some(mut current) = self.current.take() else { return Ok(()) };
        if current.bytes == 0 {
            current.database = is_main_database(&current.path);
            current.staged = wanted(self.keep, &current);
            if current.staged {
                self.area.begin_file(&current.path, 0).await?;
            }
        }
        if current.staged {
            let location = self.area.end_file().await?;
            if current.database {
                self.staged.push((current.path.clone(), location));
            }
        }
        if current.path.as_str() != MANIFEST_NAME {
            let found = FoundFile { bytes: current.bytes, sha256: hex(&current.hash.finalize()) };
            self.files.insert(current.path, found);
        }
        Ok(())
    }

    fn nothing_after_manifest(&self, path: &MemberPath) -> Result<(), ExamineError> {
        if self.manifest.is_some() { Err(ExamineError::AfterManifest(path.clone())) } else { Ok(()) }
    }
}

fn is_key_file(path: &MemberPath) -> bool {
    path.strip(STATE_FOLDER).is_some_and(|inside| inside.as_str() == KEY_FILE)
}

fn is_main_database(path: &MemberPath) -> bool {
    path.strip(STATE_FOLDER).is_some_and(|inside| inside.as_str() == crate::archive::layout::MAIN_DATABASE)
}

fn wanted(keep: Keep, current: &Current) -> bool {
    match keep {
        Keep::Databases => current.database,
        Keep::All => current.path.strip(STATE_FOLDER).is_some() || current.path.as_str() == CONFIG_NAME,
    }
}
