//! `key …` with `--running`: the daemon does it.
//!
//! Does NOT print results.

use crate::args::{KeyRotateArgs, WhoArgs};
use crate::daemon_client::{DaemonClient, DaemonError, KeyStatus, RotateJob, RotatedKey};
use crate::failure::Failure;
use crate::terminal_progress::OfDaemon;
use crate::verbs::ccu::watching;
use crate::{interrupt, output};
use loom_domain::ports::KeyTarget;
use serde_json::{Value, json};

/// The daemon's own report.
pub(super) async fn status(who: &WhoArgs) -> Result<KeyStatus, Failure> {
    client(who)?.get(&["keys"]).await.map_err(asked("ask how the master key is"))
}

/// Has the daemon change its key, and waits for that.
pub(super) async fn rotate(args: &KeyRotateArgs) -> Result<RotatedKey, Failure> {
    let what = "change the master key";
    let client = client(&args.who)?;
    let mut order = Value::from_iter([("allow_unreadable_secrets", args.allow_unreadable_secrets)]);
    if let Some(to) = args.to {
        order["to"] = json!(KeyTarget::from(to).as_str());
    }
    let job: RotateJob = client.post(&["keys", "rotate"], Some(&order)).await.map_err(asked(what))?;
    interrupt::last_words(
        "interrupted; the daemon goes on\nhint: `openccu-loom key status --running` tells what becomes of it",
    );
    if !args.who.daemon.json {
        output::note("the daemon changes its master key");
    }
    let mut progress = OfDaemon::for_operator(args.who.daemon.json);
    let ended = watching::to_the_end(
        async || client.get::<RotateJob>(&["jobs", &job.id]).await,
        |job| {
            progress.show(job.progress.as_ref());
            job.has_ended()
        },
    )
    .await
    .map_err(asked("watch the change of the master key"))?;
    progress.clear();
    match ended.result {
        Some(rotated) if ended.state == "completed" => Ok(rotated),
        _ => Err(Failure::Job(Box::new(ended.failed()))),
    }
}

/// Has the daemon remove old keys, all of them or none.
pub(super) async fn retire(who: &WhoArgs, names: &[String], force: bool) -> Result<(), Failure> {
    let removed = client(who)?.remove_old_keys(names, force).await;
    removed.map_err(asked("remove old master keys"))
}

fn client(who: &WhoArgs) -> Result<DaemonClient, Failure> {
    DaemonClient::new(&who.daemon, &crate::verbs::environment())
}

fn asked(what: &'static str) -> impl Fn(DaemonError) -> Failure {
    move |error| Failure::Daemon { what: what.to_owned(), error: Box::new(error) }
}
