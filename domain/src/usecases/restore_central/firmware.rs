//! Whether a backup of one firmware may go into a central of another one.
//!
//! Does NOT read either; the numbers compared are the first three, as a CCU compares them.

use crate::sbk::FirmwareVersion;

/// First firmware of the present generation; older backups are migrated.
const PRESENT_GENERATION: u32 = 3;

/// Why the backup does not fit. Fragments read after "failed to restore: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum FirmwareRefusal {
    #[error(
        "the backup comes from firmware {backup}, the central has the older {central}\nhint: update the central's \
         firmware first"
    )]
    Newer { backup: FirmwareVersion, central: FirmwareVersion },
    #[error(
        "the backup comes from a CCU3 or later (firmware {backup}), the central is a CCU2 (firmware {central}): no CCU2 \
         takes such a backup\nhint: restore a backup that was made on a CCU2"
    )]
    Generation { backup: FirmwareVersion, central: FirmwareVersion },
}

/// Refuses what a central would refuse or be spoiled by. What is unknown is left to the central.
pub(super) fn check(
    backup: Option<FirmwareVersion>,
    central: Option<FirmwareVersion>,
) -> Result<(), FirmwareRefusal> {
    let (Some(backup), Some(central)) = (backup, central) else { return Ok(()) };
    if backup.major >= PRESENT_GENERATION && central.major < PRESENT_GENERATION {
        Err(FirmwareRefusal::Generation { backup, central })
    } else if backup.is_newer_than(&central) {
        Err(FirmwareRefusal::Newer { backup, central })
    } else {
        Ok(())
    }
}

/// What to know after a restore onto another firmware.
pub(super) fn remark(backup: FirmwareVersion, central: FirmwareVersion) -> Option<String> {
    if backup.major < PRESENT_GENERATION && central.major >= PRESENT_GENERATION {
        Some(format!(
            "the backup comes from firmware {backup} and was migrated to {central}: add-ons do not come along, and devices \
             of HomematicIP need the central to have reached the internet"
        ))
    } else if backup.release() == central.release() {
        None
    } else {
        Some(format!("the central has firmware {central}, the backup was made with {backup}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Option<FirmwareVersion> {
        Some(FirmwareVersion::parse(text).unwrap())
    }

    #[test]
    fn a_newer_backup_is_refused_and_the_date_does_not_count() {
        assert_eq!(check(version("3.87.6.20260101"), version("3.87.6.20250101")), Ok(()));
        assert_eq!(check(version("3.69.7"), version("3.87.6")), Ok(()));
        assert_eq!(check(version("2.61.7"), version("3.87.6")), Ok(()));
        let newer = check(version("3.87.10"), version("3.87.9")).unwrap_err();
        assert!(newer.to_string().contains("update the central's firmware"), "{newer}");
        assert_eq!(check(None, version("3.87.6")), Ok(()));
        assert_eq!(check(version("3.87.6"), None), Ok(()));
    }

    #[test]
    fn no_update_helps_a_ccu2_to_a_backup_of_a_ccu3() {
        let refusal = check(version("3.61.7"), version("2.61.7")).unwrap_err();
        assert!(refusal.to_string().contains("no CCU2 takes such a backup"), "{refusal}");
    }

    #[test]
    fn another_firmware_is_remarked_and_a_migration_more_so() {
        let remark = |backup, central| remark(version(backup).unwrap(), version(central).unwrap());
        assert_eq!(remark("3.87.6.20260101", "3.87.6"), None);
        assert!(remark("3.69.7", "3.87.6").unwrap().contains("3.69.7"));
        assert!(remark("2.61.7", "3.87.6").unwrap().contains("migrated"));
    }
}
