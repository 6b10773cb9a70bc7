//! Markers on the pages of a restore: untranslated keys that every firmware shows, whatever its language.
//!
//! Does NOT speak with the central (`sbk_restore`).

use super::kind::{Strange, shown};
use crate::charset::decode;
use loom_domain::ports::{CcuRestoreError, OfferedSystemBackup};

/// What the page of the check says.
pub(super) fn offered(page: &[u8]) -> Result<OfferedSystemBackup, CcuRestoreError> {
    let text = decode(page);
    if text.contains("SysBackupInvalidFileTitle") {
        return Err(CcuRestoreError::NotAccepted("it says that it is none".to_owned()));
    }
    if text.contains("dialogVersionControlTitle") {
        return Err(CcuRestoreError::NotAccepted("it was made by a CCU1".to_owned()));
    }
    if text.contains("SysBackupPerformTitle") {
        return Ok(OfferedSystemBackup { wants_key: asks_for_key(&text) });
    }
    let strange = Strange::recognise(page, true).unwrap_or(Strange::OtherPage);
    Err(strange.into_error("its opinion of the backup").into())
}

/// What the page of the restore itself says. Everything unknown is `Unknown`: nobody may repeat it blindly.
pub(super) fn applied(page: &[u8]) -> Result<(), CcuRestoreError> {
    let text = decode(page);
    // Failures first: a page that tells of one is no success, whatever else is on it.
    if text.contains("SysBackupSecurityErrorTitle") {
        return Err(if text.contains("SecurityError2Content") {
            CcuRestoreError::NotTheKeyOfTheBackup
        } else {
            CcuRestoreError::NotTheKeyOfTheCentral
        });
    }
    if text.contains("SysBackupFWUpdateNecessaryTitle") {
        return Err(CcuRestoreError::FirmwareTooOld);
    }
    if text.contains("SysBackupErrorTitle") {
        return Err(not_applied(&text));
    }
    if text.contains("SysBackupRestartSystemTitle") {
        return Ok(());
    }
    let came = match Strange::recognise(page, true) {
        Some(Strange::LoginPage) => "its login page came as the answer",
        Some(Strange::Crash) => "the page of an internal error came as the answer",
        Some(Strange::Empty) => "an empty page came as the answer",
        _ => "a page nobody knows came as the answer",
    };
    Err(CcuRestoreError::Unknown(format!(
        "{came}\nhint: look at the central before anything else is done to it; if its devices answer, restart it and compare"
    )))
}

/// Whether the field of the key waits to be filled in; without need of one it holds a dummy.
fn asks_for_key(text: &str) -> bool {
    text.match_indices("id=\"text_key\"").any(|(at, _)| {
        let start = text[..at].rfind('<').unwrap_or_default();
        let end = text[at..].find('>').map_or(text.len(), |length| at + length);
        let field = &text[start..end];
        !(field.contains("value=dummy") || field.contains("value=\"dummy\""))
    })
}

/// Codes of the check of the data of HmIP, the letters of the key they are shown by, what they mean and what to do.
const HMIP: [(u8, &str, &str, &str); 10] = [
    (
        9,
        "backupwrongjavacall",
        "its check of the HmIP data could not run",
        "restart the central and try again",
    ),
    (
        11,
        "backupbackupimperfectmissingfile",
        "the HmIP data of the backup are not complete",
        "take another backup; a central that never had HmIP devices makes such ones",
    ),
    (
        12,
        "backupnointernetkeyservertimeout",
        "the maker's key server did not answer",
        "give the central a way to the internet and try again",
    ),
    (
        13,
        "backupkeyservernak",
        "the maker's key server does not know the central or the one of the backup",
        "restore to the central the backup was made by, or ask the maker",
    ),
    (
        14,
        "backuperrordevicepersistence",
        "the HmIP devices of the backup cannot be read, or are of another version",
        "update the central's firmware, or take another backup",
    ),
    (
        15,
        "backupmigrationfailed",
        "the HmIP data could not be brought to this firmware",
        "take another backup",
    ),
    (
        16,
        "backupcoprocessornotavailabel",
        "the radio module the backup needs is missing",
        "put the radio module of the backup's time in place, then try again",
    ),
    (
        17,
        "backupcoprocessornotinitialized",
        "the radio module could not be started",
        "restart the central; if it stays, check the radio module",
    ),
    (
        18,
        "versionnotsupported",
        "the radio module's firmware is not supported",
        "update the central's firmware, which brings the radio module's along",
    ),
    (
        99,
        "backupunknownerror",
        "its check of the HmIP data failed for a reason it does not know",
        "take another backup",
    ),
];

fn not_applied(text: &str) -> CcuRestoreError {
    // Firmwares write the keys in more than one way.
    let letters: String =
        text.chars().filter(|letter| *letter != '_').collect::<String>().to_ascii_lowercase();
    let Some((code, _, meaning, hint)) = HMIP.iter().find(|(_, key, _, _)| letters.contains(key)) else {
        let said = said_after(text, "SysBackupErrorContent");
        return CcuRestoreError::NotApplied {
            reason: format!(
                "it could not unpack it: `{said}`\nhint: make room on the central and restart it, then try again"
            ),
            pending: false,
        };
    };
    // OpenCCU sets its mark for the next boot before it checks the data of HmIP, and with the maker's firmware the data lie
    // where a boot looks for them.
    CcuRestoreError::NotApplied { reason: format!("{meaning} (code {code})\nhint: {hint}"), pending: true }
}

/// The text behind the first place of `marker`, without tags.
fn said_after(text: &str, marker: &str) -> String {
    let Some((_, rest)) = text.split_once(marker) else { return String::new() };
    let rest = rest.strip_prefix('}').unwrap_or(rest);
    let end = ["</td", "</TD", "</div", "</body"]
        .iter()
        .filter_map(|tag| rest.find(tag))
        .min()
        .unwrap_or(rest.len());
    let mut in_tag = false;
    let plain: String = rest[..end]
        .chars()
        .filter(|letter| {
            let keep = !in_tag && *letter != '<';
            in_tag = (in_tag || *letter == '<') && *letter != '>';
            keep
        })
        .collect();
    shown(&plain)
}

#[cfg(test)]
mod tests;
