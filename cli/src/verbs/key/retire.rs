//! `key retire`: old master keys that nothing needs any more are removed.
//!
//! Does NOT touch the present key.

use super::running;
use crate::args::KeyRetireArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::{KeyJob, RetireOrder};
use serde_json::json;

pub(super) async fn run(args: KeyRetireArgs) -> Result<ExitCode, Failure> {
    let removed = match args.who.running {
        true => by_daemon(&args).await?,
        false => here(&args).await?,
    };
    let words = match removed.as_slice() {
        [] => "there are no old keys".to_owned(),
        names => format!("removed {}", names.join(", ")),
    };
    super::tell(args.who.daemon.json, &json!({ "removed": removed }), &words);
    Ok(ExitCode::Done)
}

async fn here(args: &KeyRetireArgs) -> Result<Vec<String>, Failure> {
    let what = "remove old master keys";
    let bootstrap = super::place(&args.place)?;
    let job = KeyJob::prepare(&bootstrap, &bootstrap.keys, &crate::verbs::environment()).await;
    let job = job.map_err(super::failed(what))?;
    super::note_recovery(&job);
    let configured = bootstrap.state_backups_dir()?;
    let archives = args.archives.iter().cloned().chain([configured]).collect();
    let order = RetireOrder { names: args.names.clone(), archives, force: args.force };
    let retired = job.retire(&order).await.map_err(super::failed(what))?;
    let retired = retired.or_tell(|missing| output::warning(&missing.to_string())).all();
    let retired = retired.map_err(|error| super::failed(what)(error.into()))?;
    Ok(retired.into_iter().map(|old| old.name).collect())
}

async fn by_daemon(args: &KeyRetireArgs) -> Result<Vec<String>, Failure> {
    let names: Vec<_> = match args.names.as_slice() {
        [] => running::status(&args.who).await?.old_keys.into_iter().map(|old| old.name).collect(),
        named => named.to_vec(),
    };
    if !names.is_empty() {
        running::retire(&args.who, &names, args.force).await?;
    }
    Ok(names)
}
