//! Whether a daemon here keeps archives where nobody looks, for want of a config file on the command line.
//!
//! Does NOT look at archives, and does NOT read the environment a daemon has.

use super::BootstrapError;
use super::unnamed_seal::{first_said, without_hint};
use crate::config::{Inputs, PartOfFile};
use crate::state_backups::default_folder;
use std::path::Path;

/// Refuses to go by the archives in the data dir and in the folder `given` where a daemon may keep some elsewhere. The files
/// that count are those of [`check_unnamed_seal`](super::check_unnamed_seal).
///
/// # Errors
/// `UnnamedArchives`, `UnknownArchives`.
pub fn check_unnamed_archives(
    inputs: &Inputs<'_>,
    data_dir: &Path,
    given: Option<&Path>,
) -> Result<(), BootstrapError> {
    let elsewhere = |path: &Path, bytes: &[u8]| {
        let part = PartOfFile::read(&path.display().to_string(), bytes, "state_backups")?;
        let folder = part.state_backups_dir(data_dir);
        let is_known = folder == default_folder(data_dir) || given == Some(&folder);
        Ok((!is_known).then_some(folder))
    };
    match first_said(inputs, data_dir, elsewhere) {
        Ok(None) => Ok(()),
        Ok(Some((path, folder))) => Err(BootstrapError::UnnamedArchives {
            path: path.display().to_string(),
            folder: folder.display().to_string(),
        }),
        Err(error) => Err(BootstrapError::UnknownArchives(without_hint(&error))),
    }
}
