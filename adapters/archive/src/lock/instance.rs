//! The instance lock of a data dir: held by a running daemon, and by a restore, undo, import or change of
//! the master key while it works.
//!
//! It is an exclusive `flock` on `openccu-loom.lock`; the file names its holder (`4711 daemon`) and is empty otherwise.
//! Does NOT see a daemon that takes no such lock; `foreign_holder` does.

use super::LockError;
use crate::owner::Owner;
use loom_domain::archive::layout::INSTANCE_LOCK;
use rustix::fs::OFlags;
use rustix::io::Errno;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// As what a process holds a data dir.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A running daemon.
    Daemon,
    /// A restore, or the recovery of an interrupted one.
    Restore,
    /// The undo of a restore.
    Undo,
    /// An import of the configuration.
    Import,
    /// A change of the master key or of its place.
    KeyChange,
}

/// A held instance lock. Dropping it empties the lock file, which stays in place, and lets go.
#[derive(Debug)]
pub struct InstanceLock {
    pub(super) file: File,
    path: PathBuf,
}

impl InstanceLock {
    /// Takes the lock of an existing data dir, or says who holds it.
    pub fn acquire(dir: &Path, role: Role) -> Result<Self, LockError> {
        let path = dir.join(INSTANCE_LOCK);
        loop {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(false).mode(0o600);
            let mut file = open(&path, &mut options)?;
            if let Some(by) = Holder::of(&mut file, File::try_lock)? {
                return Err(LockError::Busy { by });
            }
            // The holder before may have removed the file between the open and the lock.
            let named = path.symlink_metadata().ok().map(|named| (named.dev(), named.ino()));
            let locked = file.metadata()?;
            if named == Some((locked.dev(), locked.ino())) {
                // A lock that root took first must not keep the daemon's user out later.
                Owner::of_new_files(dir)?.adopt_open(&file)?;
                file.set_len(0)?;
                file.write_all(format!("{} {}\n", std::process::id(), role.as_str()).as_bytes())?;
                return Ok(Self { file, path });
            }
        }
    }

    /// Who holds the lock of a data dir right now. Creates nothing; holds the lock, shared, no longer than the look.
    pub fn holder(dir: &Path) -> io::Result<Option<String>> {
        match open(&dir.join(INSTANCE_LOCK), &mut OpenOptions::new()) {
            Ok(mut file) => {
                let by = Holder::of(&mut file, File::try_lock_shared);
                _ = file.unlock();
                by
            }
            Err(error) if crate::durable::is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Lets go and removes the lock file, for a data dir that is about to be removed itself.
    pub(crate) fn release_and_remove(self) {
        // A lock file that stays behind is no harm.
        _ = std::fs::remove_file(&self.path);
    }
}

impl Drop for InstanceLock {
    fn drop(&mut self) {
        // A stale name is no harm: only a held lock counts.
        _ = self.file.set_len(0);
        // Closing the file is not enough: a process that is being started has it open as well until its program runs.
        _ = self.file.unlock();
    }
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Restore => "restore",
            Self::Undo => "undo",
            Self::Import => "import",
            Self::KeyChange => "key-change",
        }
    }
}

/// Opens a lock file, and nothing that stands in its place: its bytes are thrown away and its owner is changed.
fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let stranger = |what| {
        io::Error::other(format!(
            "`{}` is {what} and no lock file of this program; move it away",
            path.display()
        ))
    };
    // Without waiting for the other end of a FIFO.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = match options.read(true).custom_flags(flags.bits().cast_signed()).open(path) {
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(stranger("a link"));
        }
        Err(error) if error.kind() == io::ErrorKind::IsADirectory => return Err(stranger("a folder")),
        // A socket cannot be opened.
        Err(error) if error.raw_os_error() == Some(Errno::NXIO.raw_os_error()) => {
            return Err(stranger("a special file"));
        }
        file => file?,
    };
    let metadata = file.metadata()?;
    match metadata.is_file() {
        false => Err(stranger("no regular file")),
        // None at all is left when its holder has just removed it.
        true if metadata.nlink() > 1 => Err(stranger("a file with a second name")),
        true => Ok(file),
    }
}

/// The name of a holder, from the lock file's text.
struct Holder;

impl Holder {
    /// Tries the lock; gives the holder's name if it is taken.
    fn of(file: &mut File, lock: impl Fn(&File) -> Result<(), TryLockError>) -> io::Result<Option<String>> {
        // A holder without a name has just come, or only looks; both are over in a moment.
        for _ in 0..50 {
            match lock(file) {
                Ok(()) => return Ok(None),
                Err(TryLockError::Error(error)) => return Err(error),
                Err(TryLockError::WouldBlock) => {}
            }
            let mut text = String::new();
            io::Seek::rewind(file)?;
            file.take(100).read_to_string(&mut text)?;
            io::Seek::rewind(file)?;
            if let Some(name) = Self::name(&text) {
                return Ok(Some(name));
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Some("another process".to_owned()))
    }

    fn name(text: &str) -> Option<String> {
        let (pid, role) = text.strip_suffix('\n')?.split_once(' ')?;
        let pid: u32 = pid.parse().ok()?;
        let who = match role {
            "daemon" => "a daemon",
            "restore" => "a restore",
            "undo" => "an undo",
            "import" => "an import",
            "key-change" => "a change of the master key",
            _ => "another process",
        };
        Some(format!("{who} (pid {pid})"))
    }
}
