//! Whether a backup is suspiciously smaller or larger than the one before.
//!
//! Does NOT refuse it: a central that was cleaned up makes smaller backups.

use crate::ccu_backup::{CcuBackup, CcuBackupState};

/// A backup with less than one of this many parts of the previous one is suspicious.
const SHRINKAGE: u64 = 2;

/// A backup of more than this many times the previous one is suspicious.
const GROWTH: u64 = 10;

/// A remark on a backup of `size_bytes` after `previous`, if there is something to remark.
pub(super) fn warning(previous: &CcuBackup, size_bytes: u64) -> Option<String> {
    let CcuBackupState::Completed { size_bytes: before, .. } = previous.state else { return None };
    let id = &previous.id;
    let compared = format!("{size_bytes} bytes, and the previous backup `{id}` has {before}");
    if size_bytes.saturating_mul(SHRINKAGE) < before {
        Some(format!(
            "it is less than half as large as the previous one: it has {compared}; look whether something is missing on the central"
        ))
    } else if size_bytes > before.saturating_mul(GROWTH) {
        Some(format!(
            "it is more than {GROWTH} times as large as the previous one: it has {compared}; look for large files under \
             `/usr/local` on the central, and put a file named `.nobackup` into folders that need no backup"
        ))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ccu_backup::CcuBackupId;
    use jiff::Timestamp;

    fn of_size(size_bytes: u64) -> CcuBackup {
        CcuBackup {
            id: CcuBackupId::parse("before").unwrap(),
            central: None,
            filename: None,
            state: CcuBackupState::Completed { size_bytes, sha256: String::new() },
            contents: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn less_than_half_and_more_than_ten_times_are_remarked() {
        assert!(warning(&of_size(1000), 499).unwrap().contains("less than half"));
        assert_eq!(warning(&of_size(1000), 500), None);
        assert_eq!(warning(&of_size(1000), 10_000), None);
        assert!(warning(&of_size(1000), 10_001).unwrap().contains("`.nobackup`"));
        let running = CcuBackup { state: CcuBackupState::Running, ..of_size(1) };
        assert_eq!(warning(&running, 10_000), None);
    }
}
