//! Checking an uploaded archive, applying it, rebooting. Does NOT put anything in place: the next boot does.

use super::html::{internal_error, message};
use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::http::Response;
use crate::power;
use crate::sbk::{self, Opened, firmware};
use crate::world::{Checked, Job};
use std::io;
use std::sync::Arc;

/// Does a step of a restore, during which nobody may ask for another page.
pub(super) async fn alone(ccu: &Ccu, step: impl Future<Output = Response>) -> Response {
    ccu.world().restoring = true;
    let response = step.await;
    ccu.world().restoring = false;
    response
}

/// `action=backup_restore_check`. The upload is used up by it.
pub(super) async fn check(ccu: &Arc<Ccu>) -> Response {
    let upload = {
        let mut world = ccu.world();
        world.checked = None;
        if ccu.is_open_ccu() {
            // The working folder is emptied, with a backup that is being made in it.
            world.job = Job::Idle;
        }
        if world.backups_running > 0 {
            ccu.notebook.violation("a restore was checked while a backup was made");
        }
        let named = world.upload_named;
        world.upload.take().filter(|_| named)
    };
    let refused = || {
        Response::html(message(
            "SysBackupInvalidFileTitle",
            "${dialogSettingsSecurityMessageSysBackupInvalidFileContent}",
        ))
    };
    if ccu.faults.hits(&Fault::RestoreInvalidFile) {
        return refused();
    }
    let Some(upload) = upload else { return refused() };
    let opening = tokio::task::spawn_blocking(move || {
        let archive = sbk::open(&upload)?;
        let has_key = archive.has_user_key()?;
        Ok((archive, has_key))
    });
    let Ok((archive, archive_has_key)) = opening.await.map_err(io::Error::other).flatten() else {
        return refused();
    };
    let ccu1 = archive.firmware[0] < 2;
    let mut world = ccu.world();
    let key_needed = archive_has_key || world.central.security_key.is_some();
    world.checked = Some(Checked { archive });
    let entry = if key_needed {
        "${dialogSetSecKeyLoadBackupHead}<input name=\"key\" value=\"\" size=\"16\" id=\"text_key\" type=\"password\"/>"
    } else {
        "${dialogSettingsSecurityMessageSysBackupPerformContent}\
         <input type=hidden name=\"key\" value=dummy id=\"text_key\"/>"
    };
    let version = if ccu1 { "<div id=\"ccu1Backup\">${dialogVersionControlTitle}</div>\n" } else { "" };
    Response::html(format!("{version}{}", message("SysBackupPerformTitle", entry)))
}

/// `action=backup_restore_go`.
pub(super) async fn go(ccu: &Arc<Ccu>, key: &str) -> Response {
    let checked = ccu.world().checked.take();
    let Some(Checked { archive }) = checked else {
        return Response::html(internal_error(
            "couldn't open \"firmware_version\": no such file or directory",
        ));
    };
    let archive = Arc::new(archive);
    match refusal(ccu, &archive, key).await {
        Ok(Some(page)) => return Response::html(page),
        Ok(None) => {}
        Err(error) => return Response::html(internal_error(&error.to_string())),
    }
    ccu.world().hmip_runs = false;
    tokio::time::sleep(ccu.config.restore_takes).await;
    ccu.faults.healed(&Fault::HangDuringGo).await;
    if ccu.faults.hits(&Fault::CrashDuringGo) {
        return Response::drop_connection();
    }
    unpack(ccu, archive, key).await
}

/// `action=reboot`.
pub(super) fn reboot(ccu: &Arc<Ccu>) -> Response {
    tokio::spawn(power::reboot(Arc::clone(ccu)));
    Response::html("")
}

/// Why it is not even begun: keys first, then the firmware.
async fn refusal(ccu: &Ccu, archive: &Arc<Opened>, key: &str) -> io::Result<Option<String>> {
    let own_key = ccu.world().central.security_key.clone();
    let (opened, entered) = (Arc::clone(archive), key.to_owned());
    let fits = tokio::task::spawn_blocking(move || {
        Ok::<_, io::Error>(!opened.has_user_key()? || opened.is_signed_with(Some(&entered))?)
    });
    let fits = fits.await.map_err(io::Error::other).flatten()?;
    let key_error = |number| {
        let text = format!("${{dialogSettingsSecurityMessageSysBackupSecurityError{number}Content}}");
        Some(message("SysBackupSecurityErrorTitle", &text))
    };
    if ccu.faults.hits(&Fault::RestoreKeyError1) || own_key.is_some_and(|own| own != key) {
        return Ok(key_error(1));
    }
    if ccu.faults.hits(&Fault::RestoreKeyError2) || !fits {
        return Ok(key_error(2));
    }
    let own = firmware(&format!("VERSION={}", ccu.config.firmware)).unwrap_or_default();
    if ccu.faults.hits(&Fault::RestoreNeedsFirmware) || archive.firmware > own {
        let text = "${dialogSettingsSecurityMessageSysBackupFWUpdateNecessaryContentA}";
        return Ok(Some(message("SysBackupFWUpdateNecessaryTitle", text)));
    }
    Ok(None)
}

async fn unpack(ccu: &Ccu, archive: Arc<Opened>, key: &str) -> Response {
    let (opened, has_key) = (Arc::clone(&archive), archive.has_user_key().unwrap_or(true));
    let unpacked =
        tokio::task::spawn_blocking(move || opened.unpack()).await.map_err(io::Error::other).flatten();
    let failed = |text: &str| {
        let content = format!("${{dialogSettingsSecurityMessageSysBackupErrorContent}} {text}");
        Response::html(message("SysBackupErrorTitle", &content))
    };
    let state = match unpacked {
        Ok(state) => state,
        Err(error) => return failed(&format!("tar: {error}")),
    };
    let mut state = state.unwrap_or_else(|| ccu.world().central.clone());
    // The key of the archive becomes the central's; a central that has one keeps it.
    state.security_key = match ccu.world().central.security_key.clone() {
        Some(own) => Some(own),
        None => has_key.then(|| key.to_owned()),
    };
    let hmip = ccu.faults.take(|fault| if let Fault::RestoreHmIp(code) = fault { Some(*code) } else { None });
    if hmip.is_none() || ccu.is_open_ccu() {
        ccu.world().pending = Some(state);
    }
    if let Some(code) = hmip {
        return failed(&hmip_reason(code));
    }
    if ccu.faults.hits(&Fault::RestoreUnknownPage) {
        return Response::html("<html><body>Bitte warten</body></html>");
    }
    let text = "${dialogSettingsSecurityMessageSysBackupRestartSystemContent}";
    Response::html(message("SysBackupRestartSystemTitle", text))
}

fn hmip_reason(code: u8) -> String {
    let key = match code {
        9 => "backupWrongJavaCall",
        11 => "backupBackupImperfectMissingFile",
        12 => "backupNoInternet_KeyserverTimeout",
        13 => "backupKeyServer_NAK",
        14 => "backupErrorDevicePersistence_TypesNotCompatibel",
        15 => "backupMigrationFailed",
        16 => "backupCoProcessor_not_availabel",
        17 => "backupCoProcessor_NotInitialized",
        18 => "backupCoProcessor_VersionNotSupported",
        99 => "backupUnknownError",
        _ => return format!("Error code: {code}"),
    };
    format!("${{{key}}}")
}
