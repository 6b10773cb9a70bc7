//! The look at who else has a SQLite database open, by the record locks SQLite itself holds.
//!
//! A connection in WAL mode holds a shared lock on the database and on its shared memory for as long as it is open;
//! one in rollback mode only while it reads or writes. Does NOT see this process's own connections, and does NOT lock.

use crate::{durable, kept_open};
use rustix::process::{Flock, FlockOffsetType, FlockType, fcntl_getlk};
use std::io;
use std::path::Path;

/// First byte and length of SQLite's locks in a database: pending, reserved, and the shared range.
const DATABASE_LOCKS: (u64, u64) = (0x4000_0000, 512);
/// First byte and length of SQLite's locks in a `-shm` file: eight of the write-ahead log, and the dead man's switch.
const SHARED_MEMORY_LOCKS: (u64, u64) = (120, 9);

/// Another process that has the database open: `another process (pid 4711)`, without the pid where that is not
/// visible from here.
/// `None` if there is none, or no database.
pub fn foreign_holder(database: &Path) -> io::Result<Option<String>> {
    let mut shared_memory = database.as_os_str().to_owned();
    shared_memory.push("-shm");
    for (path, locks) in [(database, DATABASE_LOCKS), (Path::new(&shared_memory), SHARED_MEMORY_LOCKS)] {
        let file = match kept_open::database(path) {
            Err(error) if durable::is_absent(&error) => continue,
            opened => opened?,
        };
        let (start, length) = locks;
        let wanted =
            Flock { start, length, pid: None, typ: FlockType::WriteLock, offset_type: FlockOffsetType::Set };
        if let Some(held) = fcntl_getlk(&*file, &wanted)? {
            // Another pid namespace shows as 0, a lock of an open file description as -1.
            let pid = held.pid.map(|pid| pid.as_raw_nonzero().get()).filter(|pid| *pid > 0);
            return Ok(Some(match pid {
                Some(pid) => format!("another process (pid {pid})"),
                None => "another process".to_owned(),
            }));
        }
    }
    Ok(None)
}
