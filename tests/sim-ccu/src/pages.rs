//! Pages of the web interface that back up and restore. Does NOT hold programs, rooms or anything else people
//! click on.

mod backup;
mod html;
mod multipart;
mod restore;
mod upload;

pub(crate) use backup::{backup_name, binary_file, run_background_backup};
pub(crate) use html::login_page;
pub(crate) use upload::file_upload;

use crate::ccu::Ccu;
use crate::config::UserLevel;
use crate::fault::Fault;
use crate::http::{Request, Response, decode};
use std::sync::Arc;

/// Where OpenCCU keeps the backup it made last.
pub(crate) const LAST_BACKUP: &str = concat!("/usr/local/tmp", "/last_backup.sbk");

/// What a request wants, for counting: the action, or the last part of the path.
pub(crate) fn name(request: &mut Request) -> String {
    if request.path == "/config/cp_security.cgi" {
        let action = request.field("action");
        return action
            .or_else(|| upload::action_of_form(request))
            .unwrap_or_else(|| "cp_security.cgi".into());
    }
    request.path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The VERSION file; anybody may read it.
pub(crate) fn version(ccu: &Ccu) -> Response {
    let product = if ccu.is_open_ccu() { "openccu" } else { "ccu3" };
    Response::text(200, format!("VERSION={}\nPRODUCT={product}\nPLATFORM=ccu3\n", ccu.config.firmware))
}

/// `cp_security.cgi`.
pub(crate) async fn security(ccu: &Arc<Ccu>, request: Request, action: &str) -> Response {
    if ccu.faults.hits(&Fault::LoginPage) || level(ccu, &request.query) != Some(UserLevel::Admin) {
        return Response::html(login_page());
    }
    if ccu.faults.hits(&Fault::InternalErrorPage) {
        return Response::html(html::internal_error("can't read \"sid\": no such variable"));
    }
    if ccu.world().restoring {
        ccu.notebook.violation(format!("`{action}` came while a restore was checked or applied"));
    }
    match action {
        "create_backup" => backup::create(ccu).await,
        "backup_upload" => upload::into_security(ccu, request).await,
        "backup_restore_check" => restore::alone(ccu, restore::check(ccu)).await,
        "backup_restore_go" => {
            let key = request.field("key").unwrap_or_default();
            restore::alone(ccu, restore::go(ccu, &key)).await
        }
        "reboot" => restore::reboot(ccu),
        "cp_security.cgi" => Response::html(html::dialog("dialogSettingsSecurityTitle", "", "")),
        unknown => {
            Response::html(html::internal_error(&format!("invalid command name \"action_{unknown}\"")))
        }
    }
}

/// What the session in the query may do. It has to stand between at-signs.
fn level(ccu: &Ccu, query: &str) -> Option<UserLevel> {
    let sid = query.split('&').find_map(|pair| pair.strip_prefix("sid="))?;
    level_of_sid(ccu, &decode(sid))
}

/// The same for `@ID@` itself.
fn level_of_sid(ccu: &Ccu, sid: &str) -> Option<UserLevel> {
    let id = sid.strip_prefix('@')?.strip_suffix('@')?;
    if !ccu.rega_runs() || id.len() != 10 {
        return None;
    }
    ccu.world().sessions.level(id)
}
