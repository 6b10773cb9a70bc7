//! Whether an archive would stay open, for want of a config file on the command line, where a daemon has it sealed.
//!
//! Does NOT look at anything else in config files, and does NOT read the environment a daemon has.

use super::{BootstrapError, ConfigFile, read};
use crate::config::{ConfigError, ConfigFolder, Inputs, PartOfFile, config_folders, named_file};
use crate::sealing::SealSetting;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// What a file holds that speaks of sealing, be it with a slip.
const OWN_WORD: &[u8] = b"state_backup";

/// Refuses an archive that nobody has sealed where a daemon may seal it. A daemon may start in another folder than this one
/// and as another user: so each file it may find counts, and one in the data dir, where a unit lets it start. A file that
/// the variable `OPENCCU_LOOM_CONFIG` names is the only one. No file, or none but such that leave archives open, is fine.
///
/// # Errors
/// `UnnamedSeal`, `UnknownSeal`.
pub fn check_unnamed_seal(inputs: &Inputs<'_>, data_dir: &Path) -> Result<(), BootstrapError> {
    match first_said(inputs, data_dir, |path, bytes| Ok(seals(path, bytes)?.then_some(()))) {
        Ok(None) => Ok(()),
        Ok(Some((path, ()))) => Err(BootstrapError::UnnamedSeal(path.display().to_string())),
        Err(error) => Err(BootstrapError::UnknownSeal(without_hint(&error))),
    }
}

/// What the first config file says that a daemon may find and that says something.
pub(super) fn first_said<T>(
    inputs: &Inputs<'_>,
    data_dir: &Path,
    says: impl Fn(&Path, &[u8]) -> Result<Option<T>, ConfigError>,
) -> Result<Option<(PathBuf, T)>, ConfigError> {
    if let Some(named) = named_file(inputs)? {
        return Ok(says(&named.path, &named.bytes)?.map(|said| (named.path, said)));
    }
    for folder in config_folders(inputs).into_iter().chain([ConfigFolder::System(data_dir.to_owned())]) {
        let path = folder.config_file();
        let bytes = match read(&path, ConfigFile::MayBeMissing) {
            Err(BootstrapError::Unreadable { source, .. }) if is_absent(&folder, &source) => None,
            read => read?,
        };
        let Some(bytes) = bytes else { continue };
        match says(&path, &bytes) {
            Ok(None) => {}
            Ok(Some(said)) => return Ok(Some((path, said))),
            Err(ConfigError::Malformed { .. }) if is_foreign(&folder, &bytes) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// Its hint is one for whoever wants that file used.
pub(super) fn without_hint(error: &ConfigError) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

fn seals(path: &Path, bytes: &[u8]) -> Result<bool, ConfigError> {
    let path = path.display().to_string();
    PartOfFile::check_sealing(&path, bytes)?;
    let settings = PartOfFile::read(&path, bytes, "state_backups")?.sealing()?;
    Ok(settings.seal != SealSetting::Nobody)
}

/// Whether a file that cannot be opened is as good as none. Who runs a command for another user leaves it a current folder
/// and a `HOME` that are closed to it; no daemon of that user has its file there.
fn is_absent(folder: &ConfigFolder, error: &io::Error) -> bool {
    match (error.kind(), folder) {
        (ErrorKind::NotADirectory, _) => true,
        (ErrorKind::PermissionDenied, ConfigFolder::User { of, .. }) => !is_own(of),
        (ErrorKind::PermissionDenied, ConfigFolder::Working(folder)) => {
            folder.join(".").metadata().is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
        }
        _ => false,
    }
}

fn is_own(folder: &Path) -> bool {
    folder.metadata().is_ok_and(|folder| folder.uid() == rustix::process::geteuid().as_raw())
}

/// Whether a file that is no YAML of ours is another program's, that has the same name for it.
fn is_foreign(folder: &ConfigFolder, bytes: &[u8]) -> bool {
    matches!(folder, ConfigFolder::Working(_)) && !bytes.windows(OWN_WORD.len()).any(|part| part == OWN_WORD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_folder_has_no_file_where_it_is_the_home_of_somebody_else() {
        let (own, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let other = match rustix::process::geteuid().is_root() {
            true => {
                std::os::unix::fs::chown(other.path(), Some(1), None).unwrap();
                other.path()
            }
            false => Path::new("/"),
        };
        let of_user =
            |of: &Path| ConfigFolder::User { folder: of.join(".config/openccu-loom"), of: of.to_owned() };
        let closed = io::Error::from(ErrorKind::PermissionDenied);
        assert!(is_absent(&of_user(other), &closed));
        let own = own.path().to_owned();
        let folders = [of_user(&own), ConfigFolder::Working(own.clone()), ConfigFolder::System(own)];
        for folder in folders {
            assert!(!is_absent(&folder, &closed), "{}", folder.config_file().display());
        }
        assert!(!is_absent(&of_user(other), &io::Error::from(ErrorKind::InvalidData)));
    }
}
