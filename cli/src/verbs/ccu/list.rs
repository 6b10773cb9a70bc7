//! `ccu list`: what the daemon knows of CCU backups, newest first.
//!
//! Does NOT judge files; `ccu verify` has that done.

use super::{Asked, entry};
use crate::args::CcuListArgs;
use crate::daemon_client::BackupEntry;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use serde_json::{Value, json};

pub(super) async fn run(args: CcuListArgs) -> Result<ExitCode, Failure> {
    let client = super::client(&args.daemon)?;
    let entries: Vec<BackupEntry> =
        client.get(&["backups"]).await.asked_to(|| "list CCU backups".to_owned())?;
    if args.daemon.json {
        output::json(&json!({ "backups": entries.iter().map(entry::as_json).collect::<Value>() }));
    } else if entries.is_empty() {
        output::note("the daemon has no CCU backups");
    } else {
        let rows: Vec<_> = entries.iter().map(row).collect();
        output::table(&["TAKEN", "CENTRAL", "SIZE", "STATE", "ID"], &rows);
        for failed in entries.iter().filter_map(BackupEntry::failed) {
            output::text(&failed.to_string());
        }
    }
    Ok(ExitCode::Done)
}

fn row(entry: &BackupEntry) -> Vec<String> {
    let or_dash = |text: &str| if text.is_empty() { "-".to_owned() } else { text.to_owned() };
    let state = match entry.state.as_str() {
        "completed" if entry.available => "ok",
        "completed" => "FILE MISSING",
        "failed" => "FAILED",
        other => other,
    };
    let size = if entry.bytes == 0 { "-".to_owned() } else { output::size(entry.bytes) };
    vec![entry.created_at.clone(), or_dash(&entry.central), size, state.to_owned(), entry.id.clone()]
}
