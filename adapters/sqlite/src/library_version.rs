//! Which SQLite library may open a state database.
//!
//! Does NOT ask the library; it judges the version the library names.

/// The oldest SQLite that is free of the WAL-reset bug, by which a committed transaction can be lost when a
/// checkpoint and a writer meet at the moment the write-ahead log starts over.
const OLDEST: (u32, u32, u32) = (3, 51, 3);

/// The SQLite library is too old, or names no version that can be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "SQLite `{found}` is not safe: 3.51.3 or newer is needed, since older ones can lose committed data when the \
     write-ahead log is reset"
)]
pub struct UnsafeLibrary {
    /// What the library calls itself.
    pub found: String,
}

/// Accepts the version text of SQLite 3.51.3 or newer, such as `3.53.2`.
pub(crate) fn check_library_version(version: &str) -> Result<(), UnsafeLibrary> {
    match parse(version) {
        Some(found) if found >= OLDEST => Ok(()),
        _ => Err(UnsafeLibrary { found: version.to_owned() }),
    }
}

fn parse(version: &str) -> Option<(u32, u32, u32)> {
    let mut numbers = version.split('.').map(|number| number.parse().ok());
    let found = (numbers.next()??, numbers.next()??, numbers.next()??);
    numbers.next().is_none().then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_fixed_version_and_newer_ones_are_accepted() {
        for version in ["3.51.3", "3.51.10", "3.52.0", "3.100.0", "4.0.0"] {
            assert_eq!(check_library_version(version), Ok(()), "{version}");
        }
    }

    #[test]
    fn versions_with_the_wal_reset_bug_are_refused() {
        for version in ["3.51.2", "3.51.0", "3.7.17", "3.50.99", "2.99.99"] {
            assert!(check_library_version(version).is_err(), "{version}");
        }
    }

    #[test]
    fn what_is_no_version_is_refused_and_named() {
        for version in ["", "3", "3.51", "3.51.x", "3.53.2.1", "3.53.2-beta", "-3.51.3"] {
            let refused = check_library_version(version).unwrap_err();
            assert!(refused.to_string().contains(&format!("`{version}`")), "{refused}");
        }
    }
}
