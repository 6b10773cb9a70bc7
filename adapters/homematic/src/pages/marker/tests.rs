//! Small pages with the markers of real ones.

use super::*;
use loom_domain::ports::CcuError;

const PERFORM: &str = "<div>${dialogSettingsSecurityMessageSysBackupPerformTitle}</div>";

fn not_applied_by(page: &str) -> CcuRestoreError {
    applied(page.as_bytes()).unwrap_err()
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
    assert!(applied(done.as_bytes()).is_ok());
    let both = format!("{done}${{dialogSettingsSecurityMessageSysBackupErrorTitle}}${{backupKeyServer_NAK}}");
    assert!(matches!(not_applied_by(&both), CcuRestoreError::NotApplied { .. }));
}

#[test]
fn keys_and_firmware_have_their_own_errors() {
    let title = "SysBackupSecurityErrorTitle";
    let of_the_central = not_applied_by(&format!("{title} SysBackupSecurityError1Content"));
    assert!(matches!(of_the_central, CcuRestoreError::NotTheKeyOfTheCentral));
    let of_the_backup = not_applied_by(&format!("{title} SysBackupSecurityError2Content"));
    assert!(matches!(of_the_backup, CcuRestoreError::NotTheKeyOfTheBackup));
    let firmware = not_applied_by("SysBackupFWUpdateNecessaryTitle");
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
        let error = not_applied_by(&format!("SysBackupErrorTitle ${{{key}}}")).to_string();
        assert!(error.contains(&format!("(code {code})")), "{key}: {error}");
    }
}

#[test]
fn each_code_of_hmip_has_its_own_words_and_hint() {
    let mut seen = std::collections::BTreeSet::new();
    for (code, key, _, hint) in HMIP {
        let page = format!("<td>SysBackupErrorTitle SysBackupErrorContent}} <br/><b>${{{key}}}</b></td>");
        let CcuRestoreError::NotApplied { reason, pending } = not_applied_by(&page) else { panic!("{code}") };
        assert!(pending && reason.contains(&format!("(code {code})")) && reason.ends_with(hint), "{reason}");
        assert!(seen.insert(reason));
    }
}

#[test]
fn the_centrals_own_reason_is_shown_without_tags() {
    let page =
        "<td>${xSysBackupErrorTitle}</td><td>${xSysBackupErrorContent} <b>tar: no space</b> left</td>x";
    let CcuRestoreError::NotApplied { reason, pending } = not_applied_by(page) else { panic!() };
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
        let error = not_applied_by(page);
        assert!(matches!(error, CcuRestoreError::Unknown(_)), "{page}: {error}");
    }
}
