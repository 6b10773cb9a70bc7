//! The instance lock of a data dir: held by a running daemon, and by a restore or undo while it works.
//!
//! It is an exclusive `flock` on `openccu-loom.lock`; the file names its holder (`4711 daemon`) and is empty otherwise.
//! Does NOT see a daemon that takes no such lock; `foreign_holder` does.

use super::LockError;
use crate::owner::Owner;
use loom_domain::archive::layout::INSTANCE_LOCK;
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
}

/// A held instance lock. Dropping it empties the lock file, which stays in place, and lets go.
#[derive(Debug)]
pub struct InstanceLock {
    file: File,
    path: PathBuf,
}

impl InstanceLock {
    /// Takes the lock of an existing data dir, or says who holds it.
    pub fn acquire(dir: &Path, role: Role) -> Result<Self, LockError> {
        let path = dir.join(INSTANCE_LOCK);
        loop {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).mode(0o600);
            let mut file = options.open(&path)?;
            if let Some(by) = Holder::of(&mut file, File::try_lock)? {
                return Err(LockError::Busy { by });
            }
            // The holder before may have removed the file between the open and the lock.
            let named = path.metadata().ok().map(|named| (named.dev(), named.ino()));
            let locked = file.metadata()?;
            if named == Some((locked.dev(), locked.ino())) {
                // A lock that root took first must not keep the daemon's user out later.
                Owner::of_new_files(dir)?.adopt(&path)?;
                file.set_len(0)?;
                file.write_all(format!("{} {}\n", std::process::id(), role.as_str()).as_bytes())?;
                return Ok(Self { file, path });
            }
        }
    }

    /// Who holds the lock of a data dir right now. Creates nothing; holds the lock, shared, no longer than the look.
    pub fn holder(dir: &Path) -> io::Result<Option<String>> {
        match File::open(dir.join(INSTANCE_LOCK)) {
            Ok(mut file) => Holder::of(&mut file, File::try_lock_shared),
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
    }
}

impl Role {
    fn as_str(self) -> &'static str {
        match self {
            Self::Daemon => "daemon",
            Self::Restore => "restore",
            Self::Undo => "undo",
        }
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
            _ => "another process",
        };
        Some(format!("{who} (pid {pid})"))
    }
}
