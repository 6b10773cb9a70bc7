//! `key retire`: old master keys that nothing needs any more are removed, and it is told which archives were looked at.
//!
//! Does NOT touch the present key.

use super::running;
use crate::args::KeyRetireArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::bootstrap::check_unnamed_archives;
use loom_app::config::Inputs;
use loom_app::{KeyJob, LookedAt, RetireOrder, Retirement};
use serde_json::{Value, json};

pub(super) async fn run(args: KeyRetireArgs) -> Result<ExitCode, Failure> {
    let (removed, looked_at) = match args.who.running {
        true => (by_daemon(&args).await?, None),
        false => here(&args).await.map(|(removed, looked_at)| (removed, Some(looked_at)))?,
    };
    let words = match removed.as_slice() {
        [] => "there are no old keys".to_owned(),
        names => format!("removed {}", names.join(", ")),
    };
    let folder = |looked: &LookedAt| json!({ "folder": looked.folder.display().to_string(), "archives": looked.archives });
    let folders = looked_at.as_ref().map(|looked_at| looked_at.iter().map(folder).collect::<Value>());
    super::tell(args.who.daemon.json, &json!({ "removed": removed, "looked_at": folders }), &words);
    if !removed.is_empty() {
        output::note(&where_looked(looked_at.as_deref(), args.force));
    }
    Ok(ExitCode::Done)
}

/// Which archives were asked: others may need what was removed.
fn where_looked(looked_at: Option<&[LookedAt]>, force: bool) -> String {
    let folder = |looked: &LookedAt| match looked.archives {
        1 => format!("1 archive in `{}`", looked.folder.display()),
        count => format!("{count} archives in `{}`", looked.folder.display()),
    };
    match looked_at {
        _ if force => "no archive was looked at".to_owned(),
        None => {
            "the daemon looked at the archives in its configured folder and that of its data dir, and at none elsewhere".to_owned()
        }
        Some([]) => "there is no folder of archives yet; none elsewhere was looked at".to_owned(),
        Some(folders) => {
            let folders: Vec<_> = folders.iter().map(folder).collect();
            format!("looked at {}, and at none elsewhere", folders.join(" and "))
        }
    }
}

async fn here(args: &KeyRetireArgs) -> Result<(Vec<String>, Vec<LookedAt>), Failure> {
    let what = "remove old master keys";
    let bootstrap = super::settled_place(&args.place).await?;
    let environment = crate::verbs::environment();
    if args.place.config.is_none() && !args.force {
        let inputs = Inputs::new(None, &environment);
        check_unnamed_archives(&inputs, &bootstrap.data_dir, args.archives.as_deref())?;
    }
    let job = KeyJob::prepare(&bootstrap, &bootstrap.keys, &environment).await;
    let job = job.map_err(super::failed(what))?;
    super::note_recovery(&job);
    let configured = bootstrap.state_backups_dir()?;
    let archives = args.archives.iter().cloned().chain([configured]).collect();
    let order = RetireOrder { names: args.names.clone(), archives, force: args.force };
    let Retirement { keys, looked_at } = job.retire(&order).await.map_err(super::failed(what))?;
    let retired = keys.or_tell(|missing| output::warning(&missing.to_string())).all();
    let retired = retired.map_err(|error| super::failed(what)(error.into()))?;
    Ok((retired.into_iter().map(|old| old.name).collect(), looked_at))
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
