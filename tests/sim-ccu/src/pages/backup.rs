//! Creating and sending backups, with every way that goes wrong. Does NOT write archives.

use super::{LAST_BACKUP, html, level};
use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::http::{Length, Payload, Request, Response};
use crate::sbk::Built;
use crate::world::Job;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// `action=create_backup`: builds a new one, then sends it. The building goes on when the client leaves.
pub(super) async fn create(ccu: &Arc<Ccu>) -> Response {
    let slow = |fault: &Fault| if let Fault::SlowFirstByte(time) = fault { Some(*time) } else { None };
    let wait = ccu.faults.take(slow).unwrap_or(Duration::ZERO);
    if let Some(failure) = failure_instead(ccu) {
        return Response { wait, ..failure };
    }
    let building = tokio::spawn(make(Arc::clone(ccu)));
    match building.await.map_err(io::Error::other).flatten() {
        Ok(archive) => Response { wait, ..download(ccu, archive) },
        Err(error) => Response::html(html::internal_error(&error.to_string())),
    }
}

/// What the job in the background does.
pub(crate) async fn run_background_backup(ccu: Arc<Ccu>) {
    let job = make(Arc::clone(&ccu)).await.map_or(Job::Failed, Job::Done);
    ccu.world().job = job;
}

/// `binfile.cgi`: sends a file of the central to any session. There is one file.
pub(crate) fn binary_file(ccu: &Ccu, request: &Request) -> Response {
    if ccu.faults.hits(&Fault::LoginPage) || level(ccu, &request.query).is_none() {
        return Response::text(200, "400 invalid session id");
    }
    let wanted = request.field("file").unwrap_or_default();
    let job = ccu.world().job.clone();
    let Job::Done(archive) = job else { return Response::text(200, "400 file not found") };
    if wanted != LAST_BACKUP {
        return Response::text(200, "400 file not found");
    }
    let size = archive.size;
    let payload = Payload::File(archive, size);
    Response { payload, length: Length::Untold, ..Response::new(200, "application/octet-stream", "") }
}

/// The name under which a backup is offered.
pub(crate) fn backup_name(ccu: &Ccu) -> String {
    let hostname = ccu.world().central.hostname.clone();
    match ccu.is_open_ccu() {
        true => format!("{hostname}-{}-2026-01-02-0304.sbk", ccu.config.firmware),
        false => format!("{hostname}-2026-01-02.sbk"),
    }
}

async fn make(ccu: Arc<Ccu>) -> io::Result<Arc<Built>> {
    let running = begin(&ccu);
    if running > 1 {
        ccu.notebook.violation("two backups at once");
    }
    tokio::time::sleep(ccu.config.backup_takes).await;
    let overwritten = running > 1 || ccu.world().backups_running > 1;
    let archive = ccu.archive(overwritten).await;
    let left = {
        let mut world = ccu.world();
        world.backups_running = world.backups_running.saturating_sub(1);
        world.backups_running
    };
    ccu.notebook.note(|seen| seen.backups_running = left);
    archive
}

fn begin(ccu: &Ccu) -> usize {
    let running = {
        let mut world = ccu.world();
        world.backups_running += 1;
        world.backups_running
    };
    ccu.notebook.note(|seen| {
        seen.backups_created += 1;
        seen.backups_running = running;
        seen.most_backups_at_once = seen.most_backups_at_once.max(running);
    });
    running
}

fn failure_instead(ccu: &Ccu) -> Option<Response> {
    let endless = || std::iter::repeat_with(|| vec![0x5A; 64 * 1024]);
    ccu.faults.take(|fault| match fault {
        Fault::ErrorText(code) => Some(Response::text(
            200,
            format!("ERROR: creating backup returned unexpected error code {code}\n"),
        )),
        Fault::EmptyBody => Some(Response::new(200, "application/octet-stream", "")),
        Fault::HangBeforeFirstByte => Some(Response::silence()),
        Fault::EndlessBody => Some(Response {
            payload: Payload::Stream(Box::new(endless())),
            length: Length::Untold,
            ..Response::new(200, "application/octet-stream", "")
        }),
        _ => None,
    })
}

fn download(ccu: &Ccu, archive: Arc<Built>) -> Response {
    let size = archive.size;
    let (kind, disposition, length) = if ccu.is_open_ccu() {
        let disposition = format!("attachment; filename=\"{}\"", backup_name(ccu));
        ("application/octet-stream", disposition, Length::Known)
    } else {
        let disposition = format!("attachment;filename={}", backup_name(ccu));
        ("application/x-download", disposition, Length::Untold)
    };
    let whole =
        Response { length, ..Response::new(200, kind, "") }.header("Content-Disposition", disposition);
    let claimed = |real: u64| if length == Length::Known { Length::Claimed(real) } else { length };
    let part = |size| Payload::File(Arc::clone(&archive), size);
    let spoiled = ccu.faults.take(|fault| match fault {
        Fault::CutOuter(after) => Some((part(size.min(*after)), claimed(size), false)),
        Fault::WrongContentLength(more) => Some((part(size), Length::Claimed(size + more), false)),
        Fault::HangMidway => Some((part(size / 2), claimed(size), true)),
        _ => None,
    });
    let (payload, length, then_silence) = spoiled.unwrap_or_else(|| (part(size), length, false));
    Response { payload, length, then_silence, ..whole }
}
