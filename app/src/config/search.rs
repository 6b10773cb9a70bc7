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

/// The named file, or else the first that exists of those a daemon looks for; `None` if there is none.
pub(crate) fn find(inputs: &Inputs<'_>) -> Result<Option<Found>, ConfigError> {
    if let Some(path) = inputs.config {
        return named(path, "`--config`").map(Some);
    }
    let variable = |name: &str| (inputs.environment)(name).filter(|value: &OsString| !value.is_empty());
    if let Some(path) = variable(CONFIG_VARIABLE) {
        return named(Path::new(&path), "the variable `OPENCCU_LOOM_CONFIG`").map(Some);
    }
    let of_user = variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| variable("HOME").map(|home| PathBuf::from(home).join(".config")))
        .map(|folder| folder.join("openccu-loom"));
    for folder in [Some(inputs.working_dir.to_owned()), of_user, Some(inputs.system_dir.to_owned())] {
        let Some(path) = folder.map(|folder| folder.join("config.yaml")) else { continue };
        if let Some(bytes) = bootstrap::read(&path, ConfigFile::MayBeMissing)? {
            return Ok(Some(Found { path, bytes }));
        }
    }
    Ok(None)
}

fn named(path: &Path, named_by: &'static str) -> Result<Found, ConfigError> {
    let missing = || ConfigError::Missing { path: path.display().to_string(), named_by };
    match bootstrap::read(path, ConfigFile::MayBeMissing) {
        Ok(Some(bytes)) => Ok(Found { path: path.to_owned(), bytes }),
        Ok(None) | Err(BootstrapError::Missing(_)) => Err(missing()),
        Err(other) => Err(other.into()),
    }
}
