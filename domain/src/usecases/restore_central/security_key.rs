//! Which security key a restore takes: that of the central, that of the backup, both or none.
//!
//! Does NOT know keys; whether one is the central's, the central says, and whether it is the backup's, only a restore shows.

/// What is known before a restore.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    /// The central's own key.
    pub(super) central: CentralKey,
    /// Whether the backup says that it was made with a key.
    pub(super) backup_has_one: bool,
    /// Whether a key was given.
    pub(super) given: bool,
}

/// The central's own key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CentralKey {
    /// None is set.
    None,
    /// One is set, and the given one, if there is one, is another.
    Another,
    /// The given one.
    Given,
}

/// Which key is missing. Fragments read after "failed to restore: ".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum KeyRefusal {
    #[error("the central has a security key of its own\nhint: give that key")]
    OfTheCentral,
    #[error(
        "the central and the backup both have a security key\nhint: give the key; both must be the same, otherwise set the \
         backup's key on the central first"
    )]
    OfBoth,
    #[error(
        "the given security key is not the one of the central\nhint: give the key that is set on the central"
    )]
    NotOfTheCentral,
    #[error(
        "the backup was made with a security key, which none was given for\nhint: give the key that was set on the central \
         when the backup was made; it becomes the key of the central"
    )]
    OfTheBackup,
}

impl Keys {
    /// Refuses what the central would refuse. A key that nobody needs is no reason to.
    pub(super) fn check(self) -> Result<(), KeyRefusal> {
        match (self.central, self.backup_has_one, self.given) {
            (CentralKey::None, false, _) => Ok(()),
            (CentralKey::None, true, true) => Ok(()),
            (CentralKey::None, true, false) => Err(KeyRefusal::OfTheBackup),
            (CentralKey::Another, false, false) => Err(KeyRefusal::OfTheCentral),
            (CentralKey::Another, true, false) => Err(KeyRefusal::OfBoth),
            (CentralKey::Another, _, true) => Err(KeyRefusal::NotOfTheCentral),
            (CentralKey::Given, _, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_matrix_has_its_answer() {
        use CentralKey::{Another, Given, None};
        let check = |central, backup_has_one, given| Keys { central, backup_has_one, given }.check();
        assert_eq!(check(None, false, false), Ok(()));
        assert_eq!(check(None, false, true), Ok(()));
        assert_eq!(check(None, true, false), Err(KeyRefusal::OfTheBackup));
        assert_eq!(check(None, true, true), Ok(()));
        assert_eq!(check(Another, false, false), Err(KeyRefusal::OfTheCentral));
        assert_eq!(check(Another, true, false), Err(KeyRefusal::OfBoth));
        assert_eq!(check(Another, false, true), Err(KeyRefusal::NotOfTheCentral));
        assert_eq!(check(Another, true, true), Err(KeyRefusal::NotOfTheCentral));
        assert_eq!(check(Given, false, true), Ok(()));
        assert_eq!(check(Given, true, true), Ok(()));
    }

    #[test]
    fn every_refusal_says_what_to_do() {
        use KeyRefusal::{NotOfTheCentral, OfBoth, OfTheBackup, OfTheCentral};
        for refusal in [OfTheCentral, OfBoth, NotOfTheCentral, OfTheBackup] {
            assert!(refusal.to_string().contains("\nhint: give "), "{refusal}");
        }
    }
}
