//! The job behind `backup create`: a backup under a shared lock.
//!
//! Does NOT take the backup itself (`usecases::take_backup`).

use super::held_data_dir::unwritable;
use super::source::parent;
use super::{Environment, HeldDataDir, KeyJobError, keys, recover_key_switch, recover_restore_unread};
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use crate::sealing::SealingError;
use crate::{SystemClock, VERSION, host_name};
use loom_adapter_archive::{FolderSink, StreamSink};
use loom_domain::archive::FormOrder;
use loom_domain::ports::{ArchiveId, ArchiveSink, FilesError, Progress, SinkError, TargetError};
use loom_domain::usecases::{BackupRequest, TakeBackup, TakeBackupError, TakenBackup};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Where a backup goes.
pub enum Destination {
    /// A file that must not exist yet.
    File(PathBuf),
    /// A stream, such as standard output.
    Stream(Box<dyn Write + Send>),
}

/// A backup ready to be taken.
pub struct CreateJob {
    take: TakeBackup,
    request: BackupRequest,
    _held: HeldDataDir,
}

/// Why no backup was taken.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is the error it is named after")]
pub enum CreateError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    TakeBackup(#[from] TakeBackupError),
    #[error("the archive cannot be sealed as asked for: {0}")]
    Sealing(#[from] SealingError),
    #[error(transparent)]
    KeySwitch(#[from] Box<KeyJobError>),
    /// The place for copies of the databases cannot be used. For a sealed archive no other is taken: better no backup than
    /// databases in clear where it is sealed against.
    #[error("`{place}` cannot take the databases meanwhile: {source}")]
    NoScratch { place: String, source: std::io::Error },
}

/// What the note in `secrets/` says.
pub(crate) const SECRETS_NOTE: &str = "\
Secrets that the daemon gets from environment variables are not in this archive.
Set them again before you start a restored daemon, among them, where you use them:

  OPENCCU_LOOM_SECRET_KEY
  OPENCCU_LOOM_MQTT_PASSWORD
  OPENCCU_LOOM_OIDC_CLIENT_SECRET
  every variable named by `password_env` or `api_token_env` of a central

Secrets that are stored in the database are sealed under the master key, whose
fingerprint `manifest.json` names.
";

impl CreateJob {
    /// Brings an interrupted change of the key to its end, locks the data dir against restores, and wires the
    /// adapters. `scratch` is where databases lie in clear meanwhile; by default beside an archive that is not sealed, and
    /// for one that is, or goes over a stream, in the data dir.
    ///
    /// An interrupted restore is for [`super::recover_restore`] to end before the configuration is read: one that is
    /// completed only here is `BroughtToEnd`, for the archive would hold the config file, and be sealed as it says, from
    /// before.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        destination: Destination,
        order: FormOrder,
        include_secrets: bool,
        scratch: Option<&Path>,
        environment: &Environment,
        progress: Arc<dyn Progress>,
    ) -> Result<Self, CreateError> {
        let data_dir = &bootstrap.data_dir;
        if !data_dir.is_dir() {
            let shown = data_dir.display().to_string();
            let missing =
                if data_dir.exists() { FilesError::NoFolder(shown) } else { FilesError::Missing(shown) };
            return Err(TakeBackupError::from(missing).into());
        }
        recover_restore_unread(data_dir).await?;
        let wrappings = wrappings(&bootstrap.keys, environment);
        recover_key_switch(data_dir, &wrappings).await.map_err(Box::new)?;
        let clock = Arc::new(SystemClock);
        let (sink, id, folder): (Arc<dyn ArchiveSink>, _, _) = match destination {
            Destination::File(path) => {
                let (folder, id) = (parent(&path), archive_id(&path)?);
                // The sink looks again, after the databases are copied.
                if path.symlink_metadata().is_ok() {
                    let there = SinkError::AlreadyExists(path.display().to_string());
                    return Err(TakeBackupError::from(there).into());
                }
                (Arc::new(FolderSink::new(&folder, clock.clone())), id, Some(folder))
            }
            Destination::Stream(stream) => {
                let id = archive_id(Path::new("backup.tar.gz"))?;
                (Arc::new(StreamSink::new(stream, clock.clone())), id, None)
            }
        };
        let held = match (folder, scratch) {
            // A sealed archive is sealed against whoever can look into its folder.
            (Some(folder), None) if order.seal.is_none() => HeldDataDir::hold_beside(data_dir, &folder)?,
            (Some(folder), scratch) => {
                HeldDataDir::hold_apart(data_dir, &folder, scratch.unwrap_or(data_dir))?
            }
            (None, scratch) => HeldDataDir::hold_settled(data_dir, scratch.unwrap_or(data_dir))?,
        };
        let take = TakeBackup {
            files: held.files.clone(),
            snapshots: held.snapshots.clone(),
            keys: keys::of_bootstrap(bootstrap, environment, &wrappings),
            sink,
            clock,
            progress,
        };
        let request = BackupRequest {
            id,
            form: order,
            daemon_version: VERSION.to_owned(),
            host: host_name(),
            config: bootstrap.config_bytes.clone().map(Into::into),
            secrets_note: include_secrets.then(|| SECRETS_NOTE.to_owned()),
            env_files: bootstrap.env_files.clone(),
        };
        Ok(Self { take, request, _held: held })
    }

    /// Takes the backup.
    pub async fn run(self) -> Result<TakenBackup, CreateError> {
        Ok(self.take.run(self.request.clone()).await?)
    }
}

fn archive_id(path: &Path) -> Result<ArchiveId, TakeBackupError> {
    let name = path.file_name().and_then(|name| name.to_str()).and_then(ArchiveId::parse);
    name.ok_or_else(|| unwritable(path, std::io::ErrorKind::InvalidFilename.into()))
}

#[cfg(test)]
mod tests;
