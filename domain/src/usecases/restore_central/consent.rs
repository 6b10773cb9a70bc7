//! What the operator has to say before a backup goes into a central: its name, and that a foreign backup is meant.
//!
//! Does NOT look at the file or the central.

use crate::ccu_backup::CcuBackup;
use crate::ccu_serial::is_another_central;
use crate::central::CentralName;

/// What the operator said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreConsent {
    /// The name of the target, typed.
    pub confirm: Option<String>,
    /// The origin of a backup of another central that is meant nevertheless: the name of that central, or the backup's id
    /// where its origin is unknown.
    pub accept_foreign: Option<String>,
}

/// What is missing. Fragments read after "failed to restore: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConsentRefusal {
    /// The name was not typed, or another one.
    #[error(
        "the restore is not confirmed: it replaces everything on central `{target}`\nhint: type `{target}` to confirm"
    )]
    NotConfirmed {
        /// What to type.
        target: CentralName,
    },
    /// The backup is of another central.
    #[error(
        "the backup is of central `{origin}`, not of `{target}`\nhint: to restore it nevertheless, accept `{origin}` as a \
         foreign origin"
    )]
    Foreign {
        /// What to accept.
        origin: String,
        /// Where it should go.
        target: CentralName,
    },
    /// Nobody knows where the backup is from.
    #[error(
        "nobody knows which central the backup is of\nhint: to restore it to `{target}` nevertheless, accept `{origin}` as \
         a foreign origin"
    )]
    UnknownOrigin {
        /// What to accept: the backup's id.
        origin: String,
        /// Where it should go.
        target: CentralName,
    },
    /// The backup is of a unit with another serial number, which had the same name.
    #[error(
        "the backup is of the unit with serial number `{made_by}`, and `{target}` is now the one with `{serial}`\nhint: to \
         restore it to the other unit, accept `{origin}` as a foreign origin"
    )]
    AnotherUnit {
        /// What to accept.
        origin: String,
        /// Where it should go.
        target: CentralName,
        /// Serial number the backup comes from.
        made_by: String,
        /// Serial number of the target.
        serial: String,
    },
}

impl RestoreConsent {
    /// Whether this is enough to restore `backup` to `target`, whose serial number is `serial` if it is known.
    pub fn check(
        &self,
        backup: &CcuBackup,
        target: &CentralName,
        serial: Option<&str>,
    ) -> Result<(), ConsentRefusal> {
        if self.confirm.as_deref() != Some(target.as_str()) {
            return Err(ConsentRefusal::NotConfirmed { target: target.clone() });
        }
        let origin = backup.central.as_ref().map_or_else(|| backup.id.to_string(), ToString::to_string);
        if self.accept_foreign.as_ref() == Some(&origin) {
            return Ok(());
        }
        let target = target.clone();
        let made_by = backup.contents.as_ref().and_then(|contents| contents.origin.as_ref());
        match (&backup.central, made_by.map(|facts| facts.serial.as_str()), serial) {
            (None, _, _) => Err(ConsentRefusal::UnknownOrigin { origin, target }),
            (Some(central), _, _) if *central != target => Err(ConsentRefusal::Foreign { origin, target }),
            (Some(_), Some(made_by), Some(serial)) if is_another_central(Some(serial), made_by) => {
                let (made_by, serial) = (made_by.to_owned(), serial.to_owned());
                Err(ConsentRefusal::AnotherUnit { origin, target, made_by, serial })
            }
            (Some(_), _, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
