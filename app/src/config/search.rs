//! Which config file a daemon uses.
//!
//! Does NOT look into it.

use super::{ConfigError, Inputs};
use crate::bootstrap::{self, BootstrapError, ConfigFile};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Variable that names the config file.
pub(super) const CONFIG_VARIABLE: &str = "OPENCCU_LOOM_CONFIG";

/// The file that was found.
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) bytes: Vec<u8>,
}

/// A folder in which a daemon looks for a config file.
pub(crate) enum Folder {
    /// The current one.
    Working(PathBuf),
    /// The one of the user's configuration, and the folder that is the user's.
    User { folder: PathBuf, of: PathBuf },
    /// The machine's.
    System(PathBuf),
}

impl Folder {
    pub(crate) fn config_file(&self) -> PathBuf {
        let (Self::Working(folder) | Self::User { folder, .. } | Self::System(folder)) = self;
        folder.join("config.yaml")
    }
}

/// The named file, or else the first that exists of those a daemon looks for; `None` if there is none.
pub(crate) fn find(inputs: &Inputs<'_>) -> Result<Option<Found>, ConfigError> {
    if let Some(found) = find_named(inputs)? {
        return Ok(Some(found));
    }
    for folder in folders(inputs) {
        let path = folder.config_file();
        if let Some(bytes) = bootstrap::read(&path, ConfigFile::MayBeMissing)? {
            return Ok(Some(Found { path, bytes }));
        }
    }
    Ok(None)
}

/// The file that was named, and therefore has to exist; `None` if none was.
pub(crate) fn find_named(inputs: &Inputs<'_>) -> Result<Option<Found>, ConfigError> {
    if let Some(path) = inputs.config {
        return named(path, "`--config`").map(Some);
    }
    match variable(inputs, CONFIG_VARIABLE) {
        Some(path) => named(Path::new(&path), "the variable `OPENCCU_LOOM_CONFIG`").map(Some),
        None => Ok(None),
    }
}

/// Where a daemon looks if no file was named; the first file wins.
pub(crate) fn folders(inputs: &Inputs<'_>) -> Vec<Folder> {
    let of_user = match variable(inputs, "XDG_CONFIG_HOME").map(PathBuf::from) {
        Some(of) => Some(Folder::User { folder: of.join("openccu-loom"), of }),
        None => variable(inputs, "HOME")
            .map(PathBuf::from)
            .map(|of| Folder::User { folder: of.join(".config/openccu-loom"), of }),
    };
    let (working, system) = (inputs.working_dir.to_owned(), inputs.system_dir.to_owned());
    [Some(Folder::Working(working)), of_user, Some(Folder::System(system))].into_iter().flatten().collect()
}

fn variable(inputs: &Inputs<'_>, name: &str) -> Option<OsString> {
    (inputs.environment)(name).filter(|value| !value.is_empty())
}

fn named(path: &Path, named_by: &'static str) -> Result<Found, ConfigError> {
    let missing = || ConfigError::Missing { path: path.display().to_string(), named_by };
    match bootstrap::read(path, ConfigFile::MayBeMissing) {
        Ok(Some(bytes)) => Ok(Found { path: path.to_owned(), bytes }),
        Ok(None) | Err(BootstrapError::Missing(_)) => Err(missing()),
        Err(other) => Err(other.into()),
    }
}
