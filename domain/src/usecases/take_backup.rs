//! Take one backup: snapshot, stage, commit. It is committed whole or nothing of it is kept.
//!
//! Does NOT decide where archives go or how they are packed (the sink), does NOT schedule, prune or print.

mod contents;
mod held_key;
mod packing;

use crate::archive::layout::{
    CONFIG_NAME, ENV_FILE_REASON, MAIN_DATABASE, SECRETS_FOLDER, STATE_FOLDER, holds_bare_key,
};
use crate::archive::limits::MANIFEST_NAME;
use crate::archive::manifest::{FormatVersion, LeftOut, ListedKey};
use crate::archive::{
    ArchiveForm, FormOrder, HintedKey, KeyFileKind, Manifest, MemberPath, Seal, SealedTally,
};
use crate::ports::{
    ArchiveId, ArchiveSink, Clock, DataDirFiles, FilesError, KeyError, KeyProvider, KeySource, Progress,
    ReadError, Receipt, SinkError, Snapshot, SnapshotError, Snapshots, Stage,
};
use crate::secret::KeyFingerprint;
use bytes::Bytes;
use contents::Contents;
use held_key::HeldKey;
use packing::Packing;
use std::sync::Arc;

/// Takes backups of one data dir.
pub struct TakeBackup {
    /// Lists and reads the data dir.
    pub files: Arc<dyn DataDirFiles>,
    /// Snapshots its databases.
    pub snapshots: Arc<dyn Snapshots>,
    /// Knows its master key; asked for the fingerprint and to try the sealed values, never to seal.
    pub keys: Arc<dyn KeyProvider>,
    /// Keeps the archive.
    pub sink: Arc<dyn ArchiveSink>,
    /// Tells when the backup was taken.
    pub clock: Arc<dyn Clock>,
    /// Is told how far it is.
    pub progress: Arc<dyn Progress>,
}

/// What one backup is to hold beside the data dir.
#[derive(Debug, Clone)]
pub struct BackupRequest {
    /// Name of the archive in the sink.
    pub id: ArchiveId,
    /// How it is packed, and for whom it is sealed.
    pub form: FormOrder,
    /// Version of the program, for the manifest.
    pub daemon_version: String,
    /// Name of this host, for the manifest.
    pub host: Option<String>,
    /// Bytes of the config file, if one was named.
    pub config: Option<Bytes>,
    /// Text of the note on secrets that are not inside, if one is wanted.
    pub secrets_note: Option<String>,
    /// Files of variables in the data dir, beside `.env`; they may be missing. They are left out.
    pub env_files: Vec<MemberPath>,
}

/// A committed backup.
#[derive(Debug, Clone)]
pub struct TakenBackup {
    /// Where it is.
    pub receipt: Receipt,
    /// What it says of itself.
    pub manifest: Manifest,
    /// Where the master key came from, if there is one.
    pub key_source: Option<KeySource>,
    /// How many values are sealed and which the key does not open.
    pub sealed: SealedTally,
}

/// Why there is no backup. Fragments read after "failed to take a backup: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the error of the port it is named after")]
pub enum TakeBackupError {
    #[error(transparent)]
    Files(#[from] FilesError),
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Sink(#[from] SinkError),
    /// The archive was to be sealed with the master key: better none than an open one.
    #[error(
        "no master key: the archive is to be sealed with it\nhint: put `secret.key` back, set OPENCCU_LOOM_SECRET_KEY, or seal it for recipients"
    )]
    NoMasterKey,
    /// The key was found in the data dir and is not there any more, or another one took its place: after the next start
    /// of the daemon nothing would open what is sealed, and no archive would bring the key back.
    #[error(
        "the data dir no longer holds the master key {0} that is in use\nhint: put its key file back, or have the running daemon write a new key: `key rotate --running --to file`; do not restart the daemon before"
    )]
    KeyGone(KeyFingerprint),
    /// Every restore would refuse the archive: better none than that.
    #[error(
        "the data dir holds more than an archive may: {0}\nhint: put a file named `.nobackup` into folders that need no backup"
    )]
    TooMuch(String),
}

impl TakeBackup {
    /// Takes one backup.
    pub async fn run(&self, request: BackupRequest) -> Result<TakenBackup, TakeBackupError> {
        let key = self.keys.resolve().await?;
        let form = request.form.form(key.as_ref());
        let form = form.ok_or(TakeBackupError::NoMasterKey)?;
        let held = HeldKey { files: self.files.as_ref(), key: key.as_ref() };
        let mut contents = self.survey(&request.env_files, &form, &held).await?;
        let created_at = self.clock.now();
        let snapshots = self.take_snapshots(&mut contents).await?;
        let mut sealed = SealedTally::default();
        for (_, snapshot) in &snapshots {
            sealed.add(&snapshot.sealed, key.as_ref());
        }

        // Its header comes first and tells of the key, which was tried on the snapshots.
        let form = form.telling(HintedKey::of(key.as_ref(), &sealed));
        let staging = self.sink.begin(&request.id, &form).await?;
        let total = contents.file_bytes + snapshots.iter().map(|(_, snapshot)| snapshot.bytes).sum::<u64>();
        self.progress.begin(Stage::Pack, request.id.as_str(), Some(total));
        let mut packing = Packing::new(staging, self.progress.as_ref());
        let databases = packing.databases(snapshots).await?;
        for folder in &contents.folders {
            packing.folder(folder.under(STATE_FOLDER)).await?;
        }
        let master_key = self.pack_files(&mut packing, &mut contents, &held).await?;
        if let Some(key) = held.lies_in_data_dir()
            && !matches!(form.seal, Some(Seal::MasterKey(_)))
            && !master_key.as_ref().is_some_and(|listed| listed.inside || listed.wrapped_by.is_some())
        {
            return Err(TakeBackupError::KeyGone(key));
        }
        if let Some(config) = request.config {
            packing.bytes(CONFIG_NAME, config).await?;
        }
        if let Some(note) = request.secrets_note {
            packing.bytes(&format!("{SECRETS_FOLDER}/README.txt"), note.into()).await?;
        }

        contents.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        let manifest = Manifest {
            daemon_version: request.daemon_version,
            format: Some(FormatVersion::CURRENT),
            created_at: whole_seconds(created_at),
            host: request.host,
            files: std::mem::take(&mut packing.files),
            databases,
            master_key,
            sealed_values: Some(sealed.total),
            unopened: sealed.unopened(),
            left_out: contents.left_out,
        };
        packing.allows(MANIFEST_NAME, manifest.to_json().len() as u64)?;
        let receipt = packing.staging.commit(&manifest).await?;
        Ok(TakenBackup { receipt, manifest, key_source: key.map(|resolved| resolved.source), sealed })
    }

    /// Sorts out what goes in. The key has to lie there still, if the data dir is where it was found.
    async fn survey(
        &self,
        env_files: &[MemberPath],
        form: &ArchiveForm,
        held: &HeldKey<'_>,
    ) -> Result<Contents, TakeBackupError> {
        let mut contents = Contents::survey(self.files.as_ref()).await?;
        contents.leave_out_files(|path| env_files.contains(path), ENV_FILE_REASON);
        if let Some(key) = held.lies_in_data_dir()
            && !held.is_found_in(&contents.files).await?
        {
            return Err(TakeBackupError::KeyGone(key));
        }
        if let Some(Seal::MasterKey(_)) = form.seal {
            contents.leave_out_files(holds_bare_key, "the archive is sealed with the master key");
        }
        Ok(contents)
    }

    /// Snapshots the databases, each with the member it becomes. Of those that are gone by now the main one alone is missed.
    async fn take_snapshots(
        &self,
        contents: &mut Contents,
    ) -> Result<Vec<(MemberPath, Snapshot)>, TakeBackupError> {
        let mut snapshots = Vec::new();
        for path in &contents.databases {
            match self.snapshots.take_snapshot(path, self.progress.as_ref()).await {
                Err(SnapshotError::Missing(_)) if path.as_str() != MAIN_DATABASE => {
                    contents.left_out.push(gone(path));
                }
                snapshot => snapshots.push((path.under(STATE_FOLDER), snapshot?)),
            }
        }
        Ok(snapshots)
    }

    /// Packs the files of the data dir. Tells which key the backup is taken with, and whether one of them holds it.
    async fn pack_files(
        &self,
        packing: &mut Packing<'_>,
        contents: &mut Contents,
        held: &HeldKey<'_>,
    ) -> Result<Option<ListedKey>, TakeBackupError> {
        let (mut inside, mut wrapped_by) = (false, None);
        for path in &contents.files {
            let holds_key = held.kind_of_file_with_it(path).await?;
            match self.files.open(path).await {
                Ok(file) => {
                    packing.file(&path.under(STATE_FOLDER), file.bytes, file.content).await?;
                    match holds_key {
                        Some(KeyFileKind::Clear) => inside = true,
                        Some(KeyFileKind::Wrapped(wrapper)) => _ = wrapped_by.get_or_insert(wrapper),
                        None => {}
                    }
                }
                Err(FilesError::Vanished(_)) => contents.left_out.push(gone(path)),
                Err(other) => return Err(other.into()),
            }
        }
        let fingerprint = held.key.map(|resolved| resolved.key.fingerprint());
        Ok(fingerprint.map(|fingerprint| ListedKey { fingerprint, inside, wrapped_by }))
    }
}

fn gone(path: &MemberPath) -> LeftOut {
    LeftOut { path: path.as_str().to_owned(), reason: "was removed while the backup ran".to_owned() }
}

fn whole_seconds(at: jiff::Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_second(at.as_second()).unwrap_or(at)
}
