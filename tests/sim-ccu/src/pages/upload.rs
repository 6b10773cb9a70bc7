//! Receiving an archive: the form of stock, the shell script of OpenCCU. Does NOT look into the archive.

use super::multipart::{Part, boundary, parts};
use super::{html, level_of_sid};
use crate::ccu::Ccu;
use crate::config::UserLevel;
use crate::http::{Request, Response};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const STORED_AS: &str = concat!("/usr/local/tmp", "/tmp.Xa81Qz");
const FIRST_PIECE: u64 = 64 * 1024;

/// The `action` field of a multipart form, if that is what was sent.
pub(super) fn action_of_form(request: &mut Request) -> Option<String> {
    // Browsers send the small field first; the whole body is only searched if it is not there.
    let early = form_parts(request, FIRST_PIECE).ok()?;
    let action = |parts: Vec<Part>| parts.into_iter().find(|part| part.is("action"));
    let part = action(early).or_else(|| action(form_parts(request, u64::MAX).ok()?))?;
    let mut text = Vec::new();
    let mut body = request.body.reader().ok()?;
    io::copy(&mut (&mut body).take(part.start), &mut io::sink()).ok()?;
    body.take(part.size.min(100)).read_to_end(&mut text).ok()?;
    Some(crate::value::from_latin1(&text))
}

/// `action=backup_upload` of `cp_security.cgi`: stock takes the file; OpenCCU only the name of one it has.
pub(super) async fn into_security(ccu: &Arc<Ccu>, mut request: Request) -> Response {
    if ccu.is_open_ccu() {
        let named = request.field("filename").is_some_and(|name| name == STORED_AS);
        let mut world = ccu.world();
        if !named || world.upload.is_none() {
            return Response::html(html::internal_error("can't read \"filename\": no such variable"));
        }
        world.upload_named = true;
        return Response::html(html::next_step("action=backup_restore_check"));
    }
    let part = form_parts(&mut request, u64::MAX)
        .ok()
        .and_then(|all| all.into_iter().find(|part| part.is("backup_file")));
    let Some(part) = part else {
        return Response::html(html::internal_error("no such variable: \"backup_file\""));
    };
    let target = place(ccu);
    let stored = tokio::task::spawn_blocking(move || {
        let mut body = request.body.reader()?;
        io::copy(&mut (&mut body).take(part.start), &mut io::sink())?;
        store(body.take(part.size), &target).map(|()| target)
    });
    keep(ccu, stored.await.map_err(io::Error::other).flatten(), true)
        .unwrap_or_else(|| Response::html(html::next_step("action=backup_restore_check")))
}

/// `fileupload.ccc`: skips four lines and works the size out; any other shape of the body shifts or cuts the
/// file.
pub(crate) async fn file_upload(ccu: &Arc<Ccu>, mut request: Request) -> Response {
    if request.method != "POST" {
        return Response::text(200, "ERROR: no POST request\n");
    }
    // The raw query: nothing is decoded here.
    let sid = request.query.split('&').find_map(|pair| pair.strip_prefix("sid=")).unwrap_or_default();
    if sid.len() != 12 || level_of_sid(ccu, sid) != Some(UserLevel::Admin) {
        return Response::text(200, "ERROR: invalid session id\n");
    }
    let target = place(ccu);
    let stored = tokio::task::spawn_blocking(move || {
        let length = request.body.len();
        let mut body = BufReader::new(request.body.reader()?);
        let lines = [line(&mut body)?, line(&mut body)?, line(&mut body)?, line(&mut body)?];
        let around = 2 * lines[0].len() + lines[1].len() + lines[2].len() + 10;
        let size = length.saturating_sub(u64::try_from(around).unwrap_or(u64::MAX));
        store(body.take(size), &target).map(|()| target)
    });
    keep(ccu, stored.await.map_err(io::Error::other).flatten(), false).unwrap_or_else(|| {
        Response::html(html::next_step(&format!("action=backup_upload&filename={STORED_AS}")))
    })
}

/// Remembers an upload; an answer only if it failed.
fn keep(ccu: &Ccu, stored: io::Result<PathBuf>, named: bool) -> Option<Response> {
    match stored {
        Ok(path) => {
            let mut world = ccu.world();
            world.upload = Some(path);
            world.upload_named = named;
            None
        }
        Err(error) => Some(Response::html(html::internal_error(&error.to_string()))),
    }
}

// A line without its line feed; the carriage return stays, as `read` of a shell leaves it.
fn line(body: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut line = Vec::new();
    body.read_until(b'\n', &mut line)?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    Ok(line)
}

fn form_parts(request: &mut Request, limit: u64) -> io::Result<Vec<Part>> {
    let boundary = request.header("content-type").and_then(boundary);
    let boundary = boundary.ok_or_else(|| io::Error::other("not a form with parts"))?;
    parts(request.body.reader()?.take(limit), &boundary)
}

fn store(mut content: impl Read, target: &Path) -> io::Result<()> {
    io::copy(&mut content, &mut File::create(target)?)?;
    Ok(())
}

fn place(ccu: &Ccu) -> PathBuf {
    ccu.folder().join("new_config.tar")
}
