//! The master key in a file: `secret.key` of a data dir, or one that an operator named.
//!
//! Does NOT create a key when it is asked for one; only the `KeyVault` role does. Reads and writes are a few dozen
//! bytes, so they happen on the caller's thread.

use crate::{OsRandomness, key_text};
use async_trait::async_trait;
use loom_domain::archive::layout::WORK_PREFIX;
use loom_domain::ports::{BoxError, KeyError, KeyProvider, KeySource, KeyVault, Randomness, ResolvedKey};
use loom_domain::secret::MasterKey;
use loom_domain::words::for_a_shell;
use rustix::fs::OFlags;
use std::fs::{File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// A key file: standard base64 of 32 bytes and a line feed. White space around it is ignored when it is read.
///
/// A file that does not exist is no key; a link that leads nowhere is a broken one, for somebody configured it.
#[derive(Debug, Clone)]
pub struct FileKey {
    path: PathBuf,
    keeper: Keeper,
}

/// Who answers for the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Keeper {
    /// This program, which made it: no link, nobody else's, for no other eyes.
    DataDir,
    /// An operator. USB sticks and mounts of containers keep no modes, and links have their uses.
    Operator,
}

impl FileKey {
    /// The key file at `path` that an operator named.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), keeper: Keeper::Operator }
    }

    /// The key file of a data dir. Refused where it is a link, where others than its owner have rights on it, and where its
    /// owner is neither this process's user, nor root, nor the owner of the data dir.
    pub fn of_data_dir(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), keeper: Keeper::DataDir }
    }

    fn origin(&self) -> KeySource {
        KeySource::File(self.path.display().to_string())
    }

    fn unreadable(&self, cause: impl Into<BoxError>) -> KeyError {
        KeyError::Unreadable { origin: self.origin(), cause: cause.into() }
    }

    fn unwritable(&self, cause: impl Into<BoxError>) -> KeyError {
        KeyError::NotStored { origin: self.origin(), cause: cause.into() }
    }

    /// The open file; `None` if there is no such file.
    fn open(&self) -> Result<Option<File>, KeyError> {
        let opened = match self.keeper {
            Keeper::Operator => File::open(&self.path),
            Keeper::DataDir if self.path.is_symlink() => return Err(self.link()),
            // Without following: it may become a link, or a pipe that nobody writes to, after it was looked at.
            Keeper::DataDir => {
                let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
                OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(&self.path)
            }
        };
        match opened {
            Err(error) if error.kind() == ErrorKind::NotFound && !self.path.is_symlink() => Ok(None),
            Err(error) => Err(self.unreadable(error)),
            Ok(file) => {
                if self.keeper == Keeper::DataDir {
                    self.judge(&file)?;
                }
                Ok(Some(file))
            }
        }
    }

    fn judge(&self, file: &File) -> Result<(), KeyError> {
        let found = file.metadata().map_err(|error| self.unreadable(error))?;
        if !found.is_file() {
            return Err(self.unreadable("it is no regular file"));
        }
        let (mode, path) = (found.mode() & 0o7777, for_a_shell(&self.path.display()));
        if mode & 0o077 != 0 {
            return Err(KeyError::Exposed { origin: self.origin(), mode, mend: format!("chmod 600 {path}") });
        }
        let folder_owner = self.path.parent().and_then(|folder| folder.metadata().ok()).map(|it| it.uid());
        self.judge_owner(found.uid(), rustix::process::geteuid().as_raw(), folder_owner)
    }

    /// `uid` is the owner of the file, `user` this process's user.
    fn judge_owner(&self, uid: u32, user: u32, folder_owner: Option<u32>) -> Result<(), KeyError> {
        // Root looks after data dirs of a service's user, who could replace the file as well.
        if [user, 0].contains(&uid) || folder_owner == Some(uid) {
            return Ok(());
        }
        let (owner, path) = (folder_owner.unwrap_or(user), for_a_shell(&self.path.display()));
        let mend = format!("if it is the right key: chown {owner} {path}");
        Err(KeyError::ForeignOwner { origin: self.origin(), uid, mend })
    }

    fn link(&self) -> KeyError {
        let path = for_a_shell(&self.path.display());
        let mend = format!(
            "if it leads to the right key, put a copy in its place: cp --remove-destination \"$(readlink -f {path})\" {path} && chmod 600 {path}"
        );
        KeyError::Link { origin: self.origin(), mend }
    }

    /// Writes the key beside its place, then gives it its name if nothing has that name yet.
    fn store(&self, key: &MasterKey) -> Result<(), KeyError> {
        let folder = match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        };
        let written = || -> io::Result<tempfile::NamedTempFile> {
            let mut file = tempfile::Builder::new()
                .prefix(&format!("{WORK_PREFIX}key-"))
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(folder)?;
            file.write_all(key.to_base64().as_bytes())?;
            file.write_all(b"\n")?;
            file.as_file().sync_all()?;
            Ok(file)
        };
        let file = written().map_err(|error| self.unwritable(error))?;
        match file.persist_noclobber(&self.path) {
            Ok(_) => {}
            Err(error) if error.error.kind() == ErrorKind::AlreadyExists => {
                return Err(KeyError::AlreadyExists(self.origin()));
            }
            Err(error) => return Err(self.unwritable(error.error)),
        }
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|error| self.unwritable(error))
    }
}

#[async_trait]
impl KeyProvider for FileKey {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        self.open()?.map(|file| key_text::key_in(file, self.origin())).transpose()
    }
}

#[async_trait]
impl KeyVault for FileKey {
    async fn create(&self) -> Result<ResolvedKey, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        OsRandomness.fill(bytes.as_mut_slice()).map_err(|error| self.unwritable(error))?;
        let key = MasterKey::from_bytes(*bytes);
        self.store(&key)?;
        Ok(ResolvedKey { key, source: self.origin() })
    }
}

#[cfg(test)]
mod tests;
