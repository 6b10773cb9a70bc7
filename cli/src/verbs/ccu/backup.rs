//! `ccu backup`: the daemon takes one, and somebody watches.
//!
//! The first signal asks the daemon to cancel it. Does NOT keep the file here; `ccu download` fetches it.

use super::{Asked, entry, watching};
use crate::args::CcuBackupArgs;
use crate::daemon_client::{BackupEntry, DaemonClient, OrderedBackup};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal_progress::OfDaemon;
use crate::{interrupt, output};
use reqwest::Method;
use serde_json::{Value, json};
use std::pin::pin;

pub(super) async fn run(args: CcuBackupArgs) -> Result<ExitCode, Failure> {
    let client = super::client(&args.daemon)?;
    let body = args.central.as_ref().map(|central| Value::from_iter([("central_name", central.as_str())]));
    let ordered: OrderedBackup = client.post(&["backups"], body.as_ref()).await.asked_to(|| {
        args.central.as_ref().map_or("back up".to_owned(), |name| format!("back up `{name}`"))
    })?;
    if args.no_wait {
        match args.daemon.json {
            true => output::json(&json!({ "id": ordered.id, "job": ordered.job })),
            false => output::text(&ordered.id),
        }
        return Ok(ExitCode::Done);
    }
    if !args.daemon.json {
        output::note(&format!("backup `{}` is on its way", ordered.id));
    }
    let ended = watch(&client, &ordered.id, args.daemon.json).await?;
    if let Some(failed) = ended.failed() {
        return Err(Failure::Job(Box::new(failed)));
    }
    match args.daemon.json {
        true => output::json(&entry::as_json(&ended)),
        false => entry::print(&ended),
    }
    Ok(ExitCode::Done)
}

async fn watch(client: &DaemonClient, id: &str, as_json: bool) -> Result<BackupEntry, Failure> {
    interrupt::last_words(
        "interrupted; the daemon goes on\nhint: `openccu-loom ccu list` tells what becomes of it",
    );
    let mut progress = OfDaemon::for_operator(as_json);
    let end = watching::to_the_end(
        async || client.get::<BackupEntry>(&["backups", id]).await,
        |entry| {
            progress.show(entry.progress.as_ref());
            entry.has_ended()
        },
    );
    let mut end = pin!(end);
    let ended = tokio::select! {
        ended = &mut end => ended,
        () = interrupt::asked_to_end() => {
            output::note("asking the daemon to cancel the backup; once more leaves without waiting for it");
            match client.act(Method::POST, &["backups", id, "cancel"]).await {
                // It came to its end in this very moment.
                Err(error) if error.status() == Some(409) => {}
                cancelled => cancelled.asked_to(|| format!("cancel the backup `{id}`"))?,
            }
            end.await
        }
    };
    ended.asked_to(|| format!("watch the backup `{id}`"))
}
