//! `ccu restore`: a backup goes back onto a central, and somebody watches. A signal ends the watching alone: a restore
//! that was begun had better come to its end.
//!
//! Does NOT decide whether it may be done; the daemon does, and the central.

use super::{Asked, watching};
use crate::args::CcuRestoreArgs;
use crate::daemon_client::{BackupEntry, DaemonClient, OrderedRestore, Restore};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::terminal_progress::OfDaemon;
use crate::{interrupt, output, secret_input};
use loom_domain::secret::SecretText;
use serde_json::{Map, Value, json};

pub(super) async fn run(args: CcuRestoreArgs) -> Result<ExitCode, Failure> {
    let id = args.id.as_str();
    if args.confirm.is_none() && !secret_input::somebody_is_there() {
        return Err(Failure::Usage(
            "a restore replaces everything on a central, and nobody is there to be asked\nhint: name that central with --confirm"
                .to_owned(),
        ));
    }
    let client = super::client(&args.daemon)?;
    let entry: BackupEntry =
        client.get(&["backups", id]).await.asked_to(|| format!("restore the backup `{id}`"))?;
    let target = args.target.as_deref().unwrap_or(&entry.central);
    if target.is_empty() {
        return Err(Failure::Usage(format!(
            "nobody knows which central the backup `{id}` comes from\nhint: name the one to restore to with --target"
        )));
    }
    let confirm = match &args.confirm {
        Some(name) => name.clone(),
        None => ask_for_consent(&entry, target).await?,
    };
    let security_key = security_key(&args, &entry).await?;
    let body = order(&args, &confirm, security_key.as_ref());
    let ordered: OrderedRestore = client
        .post(&["backups", id, "restore"], Some(&body))
        .await
        .asked_to(|| format!("restore the backup `{id}`, nothing was changed"))?;
    follow(&client, &ordered, args.no_wait, args.daemon.json).await
}

/// Watches a restore that was taken on to its end, and tells what came of it.
pub(super) async fn follow(
    client: &DaemonClient,
    ordered: &OrderedRestore,
    no_wait: bool,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let id = ordered.restore.as_str();
    if no_wait {
        match as_json {
            true => output::json(&json!({ "restore": id, "backup": ordered.id, "job": ordered.job })),
            false => output::text(id),
        }
        return Ok(ExitCode::Done);
    }
    interrupt::last_words(
        "interrupted; the restore goes on in the daemon\nhint: do not switch the central off; its log and `GET /api/v1/restores` tell what becomes of it",
    );
    let mut progress = OfDaemon::for_operator(as_json);
    let mut step = String::new();
    let ended = watching::to_the_end(
        async || client.get::<Restore>(&["restores", id]).await,
        |restore| {
            if restore.state == "running" && restore.step != step {
                step.clone_from(&restore.step);
                progress.clear();
                if !as_json {
                    output::note(&format!("{}: {}", restore.target, in_words(&step)));
                }
            }
            progress.show(restore.progress.as_ref());
            restore.has_ended()
        },
    )
    .await
    .asked_to(|| format!("watch the restore `{id}`, which goes on in the daemon"))?;
    progress.clear();
    if let Some(failed) = ended.failed() {
        if let Some(safety) = &ended.safety_backup {
            output::note(&format!("the central as it was before is in the backup `{safety}`"));
        }
        return Err(Failure::Job(Box::new(failed)));
    }
    tell(&ended, as_json);
    Ok(if ended.differences.is_empty() { ExitCode::Done } else { ExitCode::Partly })
}

fn tell(restore: &Restore, as_json: bool) {
    if as_json {
        return output::json(&json!({
            "restore": restore.id,
            "backup": restore.backup,
            "target": restore.target,
            "state": restore.state,
            "step": restore.step,
            "differences": restore.differences,
            "safety_backup": restore.safety_backup,
        }));
    }
    if let Some(safety) = &restore.safety_backup {
        output::note(&format!("`{}` as it was before is in the backup `{safety}`", restore.target));
    }
    if restore.differences.is_empty() {
        output::text(&format!(
            "restored {} to {}: it is back, and as the backup says",
            restore.backup, restore.target
        ));
    } else {
        output::text(&format!(
            "restored {} to {}: it is back, and other than the backup says in {} points:",
            restore.backup,
            restore.target,
            restore.differences.len()
        ));
        restore.differences.iter().for_each(|difference| output::text(&format!("  {difference}")));
    }
}

fn in_words(step: &str) -> &str {
    match step {
        "preflight" => "looking at the backup and the central (nothing is changed)",
        "safety_backup" => "taking a backup of the central as it is now (nothing is changed)",
        "offer" => "sending the backup to the central, which looks at it (nothing is changed yet)",
        "apply" => "the central takes the backup over; do not switch it off",
        "restart" => "restarting the central; do not switch it off",
        "way_back" => "waiting until the central is back, which takes minutes",
        "compare" => "comparing the central with the backup",
        "drop_caches" => "forgetting what was known of the central before",
        other => other,
    }
}

async fn ask_for_consent(entry: &BackupEntry, target: &str) -> Result<String, Failure> {
    let from = if entry.central.is_empty() { "an unknown central" } else { &entry.central };
    output::warning(&format!(
        "everything on `{target}` will be replaced by the backup of {from}, taken {}; it restarts, and is away for minutes",
        entry.created_at
    ));
    let typed = secret_input::ask("Type the name of the central that is replaced: ").await?;
    if typed != target {
        return Err(Failure::Refused(format!("`{typed}` is not `{target}`; nothing was changed")));
    }
    Ok(typed)
}

/// From the file that was named; or asked for, if somebody is there: whether the central has one, only the central knows.
async fn security_key(args: &CcuRestoreArgs, entry: &BackupEntry) -> Result<Option<SecretText>, Failure> {
    if let Some(file) = &args.security_key_file {
        return secret_input::from_file(file, "--security-key-file").map(Some);
    }
    if !secret_input::somebody_is_there() {
        return Ok(None);
    }
    let signed = entry.contents.key_index.is_some_and(|index| index > 0);
    let question = if signed {
        "Security key of the backup: "
    } else {
        "Security key of the central (empty if none is set on it): "
    };
    let typed = secret_input::ask_secret(question).await?;
    Ok(Some(typed).filter(|key| !key.reveal().is_empty()))
}

fn order(args: &CcuRestoreArgs, confirm: &str, security_key: Option<&SecretText>) -> Value {
    let mut body = Map::new();
    let mut put = |name: &str, value: Value| _ = body.insert(name.to_owned(), value);
    put("confirm", confirm.into());
    put("without_safety_backup", args.without_safety_backup.into());
    if let Some(target) = &args.target {
        put("target", target.as_str().into());
    }
    if let Some(origin) = &args.accept_foreign {
        put("accept_foreign", origin.as_str().into());
    }
    if let Some(key) = security_key {
        put("security_key", key.reveal().into());
    }
    body.into()
}
