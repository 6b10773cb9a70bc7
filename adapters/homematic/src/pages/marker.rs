//! Markers on the pages of a restore: untranslated keys that every firmware shows, whatever its language.
//!
//! Does NOT speak with the central (`sbk_restore`).

use super::Flavour;
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
pub(super) fn applied(page: &[u8], flavour: Flavour) -> Result<(), CcuRestoreError> {
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
        return Err(not_applied(&text, flavour));
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

fn not_applied(text: &str, flavour: Flavour) -> CcuRestoreError {
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
    // OpenCCU sets its mark for the next boot before it checks the data of HmIP.
    let pending = flavour == Flavour::OpenCcu;
    let later =
        if pending { "it is put in place at the next restart nevertheless" } else { "HmIP stays stopped" };
    CcuRestoreError::NotApplied { reason: format!("{meaning} (code {code}); {later}\nhint: {hint}"), pending }
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
mod tests {
    use super::*;
    use loom_domain::ports::CcuError;

    const PERFORM: &str = "<div>${dialogSettingsSecurityMessageSysBackupPerformTitle}</div>";

    fn applied_on(flavour: Flavour, page: &str) -> CcuRestoreError {
        applied(page.as_bytes(), flavour).unwrap_err()
    }

    #[test]
    fn a_key_is_wanted_unless_its_field_holds_the_dummy() {
        let script = "<script>go(document.getElementById(\"text_key\").value)</script>";
        let asks = format!("{PERFORM}<input name=\"key\" id=\"text_key\" type=\"password\"/>{script}");
        assert!(offered(asks.as_bytes()).unwrap().wants_key);
        let dummy = format!("{PERFORM}<input type=hidden name=\"key\" value=dummy id=\"text_key\"/>{script}");
        assert!(!offered(dummy.as_bytes()).unwrap().wants_key);
    }

    #[test]
    fn a_refused_offer_says_why() {
        let refused = |page: &str| offered(page.as_bytes()).unwrap_err();
        let invalid = refused("${dialogSettingsSecurityMessageSysBackupInvalidFileTitle}");
        assert!(matches!(invalid, CcuRestoreError::NotAccepted(_)));
        let old = refused(&format!("${{dialogVersionControlTitle}}{PERFORM}"));
        assert!(old.to_string().contains("CCU1"));
        let login = refused("<html>reloadPage()</html>");
        assert!(matches!(login, CcuRestoreError::Ccu(CcuError::Unauthorized(_))));
        assert!(matches!(refused("<html></html>"), CcuRestoreError::Ccu(CcuError::Misbehaved(_))));
    }

    #[test]
    fn success_needs_its_marker_and_no_failure() {
        let done = "${dialogSettingsSecurityMessageSysBackupRestartSystemTitle}";
        assert!(applied(done.as_bytes(), Flavour::Stock).is_ok());
        let both =
            format!("{done}${{dialogSettingsSecurityMessageSysBackupErrorTitle}}${{backupKeyServer_NAK}}");
        assert!(matches!(applied_on(Flavour::Stock, &both), CcuRestoreError::NotApplied { .. }));
    }

    #[test]
    fn keys_and_firmware_have_their_own_errors() {
        let title = "SysBackupSecurityErrorTitle";
        let of_the_central = applied_on(Flavour::Stock, &format!("{title} SysBackupSecurityError1Content"));
        assert!(matches!(of_the_central, CcuRestoreError::NotTheKeyOfTheCentral));
        let of_the_backup = applied_on(Flavour::Stock, &format!("{title} SysBackupSecurityError2Content"));
        assert!(matches!(of_the_backup, CcuRestoreError::NotTheKeyOfTheBackup));
        let firmware = applied_on(Flavour::Stock, "SysBackupFWUpdateNecessaryTitle");
        assert!(matches!(firmware, CcuRestoreError::FirmwareTooOld));
    }

    #[test]
    fn keys_of_hmip_are_known_however_they_are_written() {
        for (key, code) in [
            ("backupErrorDevicePersistence_TypesNotCompatibel", 14),
            ("backupCoProcessor_not_availabel", 16),
            ("backupCoProcessor_NotInitialized", 17),
            ("backupCoProcessor_not_initialized", 17),
            ("backupCoProcessor_VersionNotSupported", 18),
        ] {
            let error = applied_on(Flavour::Stock, &format!("SysBackupErrorTitle ${{{key}}}")).to_string();
            assert!(error.contains(&format!("(code {code})")), "{key}: {error}");
        }
    }

    #[test]
    fn each_code_of_hmip_has_its_own_words_and_hint() {
        let mut seen = std::collections::BTreeSet::new();
        for (code, key, _, hint) in HMIP {
            let page = format!("<td>SysBackupErrorTitle SysBackupErrorContent}} <br/><b>${{{key}}}</b></td>");
            let CcuRestoreError::NotApplied { reason, pending } = applied_on(Flavour::OpenCcu, &page) else {
                panic!("{code}")
            };
            assert!(
                pending && reason.contains(&format!("(code {code})")) && reason.ends_with(hint),
                "{reason}"
            );
            assert!(seen.insert(reason));
            let stock = applied_on(Flavour::Stock, &page);
            assert!(matches!(stock, CcuRestoreError::NotApplied { pending: false, .. }));
        }
    }

    #[test]
    fn the_centrals_own_reason_is_shown_without_tags() {
        let page =
            "<td>${xSysBackupErrorTitle}</td><td>${xSysBackupErrorContent} <b>tar: no space</b> left</td>x";
        let CcuRestoreError::NotApplied { reason, pending } = applied_on(Flavour::OpenCcu, page) else {
            panic!()
        };
        assert!(reason.starts_with("it could not unpack it: `tar: no space left`") && !pending, "{reason}");
    }

    #[test]
    fn every_other_page_leaves_it_unknown() {
        for page in [
            "",
            "<html>",
            "<html>reloadPage()",
            "An internal error was detected in the service software",
            "ERROR: x",
        ] {
            let error = applied_on(Flavour::OpenCcu, page);
            assert!(matches!(error, CcuRestoreError::Unknown(_)), "{page}: {error}");
        }
    }
}
