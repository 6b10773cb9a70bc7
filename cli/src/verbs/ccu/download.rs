//! `ccu download`.
//!
//! Does NOT go on where an earlier download ended.

use super::Asked;
use super::landing::{Destination, Landing};
use crate::args::CcuDownloadArgs;
use crate::daemon_client::{BackupEntry, Progress};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use crate::terminal_progress::OfDaemon;
use loom_app::Overwrite;
use serde_json::json;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

pub(super) async fn run(args: CcuDownloadArgs) -> Result<ExitCode, Failure> {
    let id = args.id.as_str();
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    if to_stdout && std::io::stdout().is_terminal() {
        let refused = "standard output is a terminal\nhint: redirect it, as in `… --out - > ccu3.sbk`";
        return Err(Failure::Usage(refused.to_owned()));
    }
    let client = super::client(&args.daemon)?;
    let what = || format!("download the backup `{id}`");
    let entry: BackupEntry = client.get(&["backups", id]).await.asked_to(what)?;
    let overwrite = if args.force { Overwrite::Allowed } else { Overwrite::Refused };
    let destination = match args.out {
        _ if to_stdout => Destination::StandardOutput,
        Some(path) => Destination::File(path, overwrite),
        None => Destination::File(own_name(&entry), overwrite),
    };
    let mut landing = Landing::begin(&destination).await?;
    let mut download = client.download(id).await.asked_to(what)?;
    let total_bytes = download.announced().or(Some(entry.bytes));
    // Standard output may be a pipe, and progress goes to standard error.
    let mut progress = OfDaemon::for_operator(args.daemon.json);
    let mut done_bytes = 0;
    while let Some(chunk) = download.next().await.asked_to(what)? {
        done_bytes += chunk.len() as u64;
        let at = Progress { stage: "download".to_owned(), object: id.to_owned(), done_bytes, total_bytes };
        progress.show(Some(&at));
        if !landing.write(chunk).await {
            break;
        }
    }
    progress.clear();
    let landed = landing.finish(entry.sha256, &destination).await?;
    let path = match &destination {
        Destination::File(path, _) => path.display().to_string(),
        Destination::StandardOutput => "-".to_owned(),
    };
    let told = json!({ "id": id, "path": path, "bytes": landed.bytes, "sha256": landed.sha256 });
    let words =
        format!("{path}  {} bytes ({})  sha256 {}", landed.bytes, output::size(landed.bytes), landed.sha256);
    match (args.daemon.json, to_stdout) {
        (true, false) => output::json(&told),
        (false, false) => output::text(&words),
        // Standard output is the backup itself: its description must go elsewhere.
        (true, true) => output::note(&told.to_string()),
        (false, true) => output::note(&words),
    }
    Ok(ExitCode::Done)
}

/// The name the daemon gives it, if that is a plain one, so that it lands in this folder.
fn own_name(entry: &BackupEntry) -> PathBuf {
    let plain = |name: &&str| {
        !name.is_empty()
            && !name.starts_with('.')
            && !name.contains(['/', '\\'])
            && !name.contains(char::is_control)
    };
    let named = entry.filename.as_deref().filter(plain).map(str::to_owned);
    let of_id =
        || entry.id.replace(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_', "-") + ".sbk";
    named.unwrap_or_else(of_id).into()
}
