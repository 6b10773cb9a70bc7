//! `backup restore`.
//!
//! Does NOT know how a restore is planned or carried out.

use super::report;
use crate::args::RestoreArgs;
use crate::exit_code::{ExitCode, of_refusals};
use crate::failure::Failure;
use crate::openers::Openers;
use crate::{output, terminal_progress};
use loom_app::RestoreJob;
use loom_app::bootstrap::{ConfigFile, DATA_DIR_VARIABLE};
use loom_domain::archive::MemberPath;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::Recovery;
use loom_domain::restore_plan::{Consents, Destination, RestorePlan};
use loom_domain::usecases::{Examined, RestoreError};
use serde_json::{Value, json};
use std::path::Path;
use std::slice::from_ref;

pub(crate) async fn run(args: RestoreArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.config.as_deref(), ConfigFile::MayBeMissing, args.data_dir.as_deref())?;
    if args.config.is_none() && args.data_dir.is_none() {
        output::note(&format!(
            "no --config given: data dir is `{}` ({})",
            bootstrap.data_dir.display(),
            bootstrap.data_dir_from
        ));
    }
    let is_default =
        args.config.is_none() && args.data_dir.is_none() && bootstrap.data_dir_from != DATA_DIR_VARIABLE;
    if is_default && is_beside_a_state(Path::new("."), &bootstrap.data_dir) {
        return Err(Failure::Usage(
            "this folder holds `openccu-loom.db`, but no data dir was named, and the default is `./var`\nhint: name it: `--data-dir .` is this folder"
                .to_owned(),
        ));
    }
    let consents = Consents {
        overwrite: args.force,
        newer_schema: args.allow_newer_schema,
        unreadable_secrets: args.allow_unreadable_secrets,
    };
    let openers = Openers::read(args.key_file.as_deref(), &args.openers, from_ref(&args.file))?;
    if !args.dry_run {
        match super::recover_restore(&bootstrap).await? {
            Recovery::NothingToDo => {}
            Recovery::RolledBack => output::note("an interrupted restore was brought to its end first"),
            Recovery::RolledForward => return Err(RestoreError::BroughtToEnd.into()),
        }
        super::recover_key_switch(&bootstrap).await?;
    }
    let progress = terminal_progress::for_operator(args.json);
    let origin = super::origin(&args.file)?;
    let job = RestoreJob::prepare(
        &bootstrap,
        origin,
        consents,
        openers.for_archive(&args.file),
        args.scratch.as_deref(),
        &super::environment(),
        progress.clone(),
    )
    .await?;
    if let Some(note) = &job.key_note {
        output::note(note);
    }
    let archive = args.file.display().to_string();
    if args.dry_run {
        let planned = job.plan().await;
        job.scratch_note().iter().for_each(|note| output::note(note));
        let (examined, plan) = planned.map_err(|error| super::with_scratch_hint(error.into()))?;
        drop((job, progress));
        report(&archive, &examined, &plan, Outcome::Planned, args.json);
        return Ok(of_refusals(&plan.refusals));
    }
    let (examined, plan, _) = job.run().await?;
    drop((job, progress));
    report(&archive, &examined, &plan, Outcome::Restored, args.json);
    Ok(ExitCode::Done)
}

/// Whether the state lies in the folder `here`, and not in the data dir that nobody named.
fn is_beside_a_state(here: &Path, data_dir: &Path) -> bool {
    here.join(MAIN_DATABASE).exists() && !data_dir.join(MAIN_DATABASE).exists()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Planned,
    Restored,
}

fn report(archive: &str, examined: &Examined, plan: &RestorePlan, outcome: Outcome, as_json: bool) {
    if as_json {
        output::json(&json(archive, examined, plan, outcome));
    } else if outcome == Outcome::Planned {
        print_plan(archive, examined, plan);
    } else {
        plan.notes.iter().for_each(|note| output::note(note));
        output::text(&format!(
            "restored {archive} into {}: {} files of {}, {} set aside; {}",
            plan.dir,
            plan.swap.install.len(),
            examined.manifest.created_at,
            plan.replaced.len(),
            report::sealed_words(&examined.sealed, examined.key.as_ref()),
        ));
        if !plan.replaced.is_empty() {
            output::note("the replaced state can be brought back with `backup undo-restore`");
        }
    }
}

fn print_plan(archive: &str, examined: &Examined, plan: &RestorePlan) {
    let manifest = &examined.manifest;
    output::text(&format!("plan for {archive} (nothing was changed)"));
    output::text(&format!(
        "  archive    {}, taken {} by {}{}",
        examined.kind.as_str(),
        manifest.created_at,
        if manifest.daemon_version.is_empty() { "an unknown version" } else { &manifest.daemon_version },
        manifest.host.as_ref().map(|host| format!(" on {host}")).unwrap_or_default(),
    ));
    if let Some(lock) = &examined.lock {
        output::text(&format!("  sealed     {}", report::sealed_how(lock)));
    }
    output::text(&format!("  data dir   {}", plan.dir));
    for database in &examined.databases {
        let words = database.verdict.facts.as_ref().map_or("unreadable".to_owned(), report::database_words);
        output::text(&format!("  database   {}: {words}", database.member));
    }
    output::text(&format!("  secrets    {}", report::sealed_words(&examined.sealed, examined.key.as_ref())));
    for install in &plan.swap.install {
        let place = match &install.to {
            Destination::DataDir(path) => path.to_string(),
            Destination::Config => "the config file".to_owned(),
        };
        output::text(&format!("  install    {place}"));
    }
    plan.replaced.iter().for_each(|path| output::text(&format!("  set aside  {path}")));
    plan.kept.iter().for_each(|path| output::text(&format!("  keep       {path}")));
    plan.notes.iter().for_each(|note| output::text(&format!("  note       {note}")));
    for refusal in &plan.refusals {
        output::text(&format!("  refused    {}", refusal.to_string().replace('\n', "\n             ")));
    }
    let verdict = if plan.refusals.is_empty() { "can be carried out" } else { "would be refused" };
    output::text(&format!("  verdict    {verdict}"));
}

fn json(archive: &str, examined: &Examined, plan: &RestorePlan, outcome: Outcome) -> Value {
    let names = |paths: &[MemberPath]| paths.iter().map(MemberPath::as_str).collect::<Value>();
    let installed = plan.swap.install.iter().map(|install| install.member.as_str()).collect::<Value>();
    let refusals = plan.refusals.iter().map(ToString::to_string).collect::<Value>();
    json!({
        "archive": archive,
        "kind": examined.kind.as_str(),
        "format": report::format(examined.kind),
        "sealed_for": report::sealed_for(examined.lock.as_ref()),
        "recipients": report::recipients(examined.lock.as_ref()),
        "data_dir": plan.dir,
        "dry_run": outcome == Outcome::Planned,
        "restored": outcome == Outcome::Restored,
        "created_at": examined.manifest.created_at.to_string(),
        "installed": installed,
        "set_aside": names(&plan.replaced),
        "kept": names(&plan.kept),
        "sealed_values": report::sealed(&examined.sealed),
        "key": report::used_key(examined.key.as_ref()),
        "notes": plan.notes,
        "refusals": refusals,
    })
}
