//! The job behind `config export`: a document out of a copy of the state, also beside a running daemon.
//!
//! Does NOT know what is in a document (`usecases::export_config`).

use super::config_state::{ConfigJobError, ConfigState, Lineages, blocking};
use super::source::parent;
use super::{Environment, Overwrite, StagedFile, keys, recover_key_switch, recover_restore_unread};
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use crate::{SystemClock, VERSION};
use loom_domain::config_document::ConfigDocument;
use loom_domain::usecases::{ExportConfig, ExportSecrets};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A document, and what became of its making.
pub struct ExportedConfig {
    /// The document.
    pub document: ConfigDocument,
    /// The folder the copy of the state lay in, if that was not the data dir.
    pub copied_beside: Option<PathBuf>,
}

/// Exports the configuration of a data dir. The state is not changed. `out` is where the document will go, if into a file:
/// the copy of the state lies in its folder meanwhile where the data dir cannot be written.
///
/// An interrupted restore is for [`super::recover_restore`] to end before the configuration is read: one that is completed
/// only here is `BroughtToEnd`, for that of before may name another key.
pub async fn export_config(
    bootstrap: &Bootstrap,
    secrets: ExportSecrets,
    out: Option<&Path>,
    environment: &Environment,
) -> Result<ExportedConfig, ConfigJobError> {
    let data_dir = &bootstrap.data_dir;
    if !data_dir.is_dir() {
        return Err(ConfigJobError::NoDataDir(data_dir.display().to_string()));
    }
    recover_restore_unread(data_dir).await?;
    let wrappings = wrappings(&bootstrap.keys, environment);
    recover_key_switch(data_dir, &wrappings).await.map_err(Box::new)?;
    let key = match secrets {
        ExportSecrets::Included => keys::of_bootstrap(bootstrap, environment, &wrappings).resolve().await?,
        ExportSecrets::Redacted => None,
    };
    let beside = out.map(parent);
    let state = ConfigState::copy_of(data_dir, beside.as_deref(), Lineages::All, key).await?;
    let export = ExportConfig {
        sections: state.sections.clone(),
        centrals: state.centrals.clone(),
        users: state.users.clone(),
        tokens: state.tokens.clone(),
        clock: Arc::new(SystemClock),
        daemon_version: VERSION.to_owned(),
    };
    let document = export.run(secrets).await?;
    Ok(ExportedConfig { document, copied_beside: state.beside })
}

/// Writes a document to a file that only its owner can read: all of it, durably, or nothing.
pub async fn write_document(path: PathBuf, text: String, overwrite: Overwrite) -> Result<(), ConfigJobError> {
    blocking(move || {
        write(&path, text.as_bytes(), overwrite).map_err(|source| {
            let path = path.display().to_string();
            match source.kind() {
                io::ErrorKind::AlreadyExists => ConfigJobError::Exists(path),
                _ => ConfigJobError::Unwritable { path, source },
            }
        })
    })
    .await
}

fn write(path: &Path, bytes: &[u8], overwrite: Overwrite) -> io::Result<()> {
    let mut file = StagedFile::beside(path)?;
    file.write_all(bytes)?;
    file.publish(overwrite)
}
