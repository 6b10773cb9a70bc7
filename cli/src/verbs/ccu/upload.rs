//! `ccu upload`: a file goes to the daemon, which judges it while it comes and keeps it only if it is good.
//!
//! Does NOT judge it here.

use super::{Asked, entry};
use crate::args::CcuUploadArgs;
use crate::daemon_client::Progress;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use crate::terminal_progress::OfDaemon;
use bytes::Bytes;
use reqwest::Body;
use reqwest::multipart::{Form, Part};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use tokio::sync::mpsc;

const CHUNK_BYTES: usize = 256 * 1024;

pub(super) async fn run(args: CcuUploadArgs) -> Result<ExitCode, Failure> {
    let shown = args.file.display().to_string();
    let (file, size) = open(&args.file)?;
    let client = super::client(&args.daemon)?;
    let mut form = Form::new();
    if let Some(central) = &args.central {
        form = form.text("central", central.clone());
    }
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let progress = OfDaemon::for_operator(args.daemon.json);
    let body = Body::wrap_stream(chunks(file, size, shown.clone(), progress));
    let form = form.part("file", Part::stream_with_length(body, size).file_name(name));
    let taken = client.upload(form).await.asked_to(|| format!("upload `{shown}`"))?;
    match args.daemon.json {
        true => output::json(&entry::as_json(&taken)),
        false => entry::print(&taken),
    }
    Ok(ExitCode::Done)
}

fn open(path: &Path) -> Result<(File, u64), Failure> {
    let failed = |error: io::Error| {
        let words = format!("failed to read `{}`: {error}", path.display());
        match error.kind() {
            io::ErrorKind::NotFound => Failure::Usage(words),
            _ => Failure::Other(words),
        }
    };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::Usage(format!("`{}` is no file", path.display())));
    }
    Ok((file, metadata.len()))
}

/// The first `size` bytes of the file as they are read, by a thread of their own; what it grows by meanwhile is left out.
fn chunks(
    file: File,
    size: u64,
    shown: String,
    mut progress: OfDaemon,
) -> impl futures_util::Stream<Item = io::Result<Bytes>> {
    let (send, mut chunks) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut file = file.take(size);
        let mut at =
            Progress { stage: "upload".to_owned(), object: shown, done_bytes: 0, total_bytes: Some(size) };
        loop {
            let mut chunk = vec![0; CHUNK_BYTES];
            let read = match file.read(&mut chunk) {
                Ok(0) => return,
                Ok(read) => read,
                Err(error) => {
                    _ = send.blocking_send(Err(error));
                    return;
                }
            };
            chunk.truncate(read);
            at.done_bytes += read as u64;
            progress.show(Some(&at));
            if send.blocking_send(Ok(Bytes::from(chunk))).is_err() {
                return;
            }
        }
    });
    futures_util::stream::poll_fn(move |context| chunks.poll_recv(context))
}
