//! `config import`.
//!
//! Does NOT know how an import is planned or carried out.

use crate::args::ConfigImportArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::ImportJob;
use loom_app::bootstrap::ConfigFile;
use loom_domain::config_document::{MAX_DOCUMENT_BYTES, ReadDocument};
use loom_domain::usecases::import_config::{Action, Change, KeyChange, PlannedChange};
use loom_domain::usecases::{ImportMode, ImportPlan};
use serde_json::{Map, Value, json};
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

pub(crate) async fn run(args: ConfigImportArgs) -> Result<ExitCode, Failure> {
    let (config, data_dir) = (args.config.as_deref(), args.data_dir.as_deref());
    let load = || super::bootstrap(config, ConfigFile::MustExist, data_dir);
    let bootstrap = if args.dry_run { load()? } else { super::settled(load).await? };
    super::note_default_data_dir(config, data_dir, &bootstrap);
    let file = args.file.display().to_string();
    let document = ReadDocument::parse(&read(&args.file)?)
        .map_err(|error| Failure::Document { file: file.clone(), error })?;
    let mode = if args.replace { ImportMode::Replace } else { ImportMode::Merge };
    let (environment, beside) = (super::environment(), folder(&args.file));
    let job = match args.dry_run {
        true => ImportJob::rehearse(&bootstrap, &document, mode, beside, &environment).await,
        false => ImportJob::prepare(&bootstrap, &document, mode, &environment).await,
    };
    let failed = |error| Failure::ConfigImport(Box::new(error));
    let job = job.map_err(failed)?;
    job.copied_beside.iter().for_each(|folder| super::note_copied_beside(folder));
    job.plan.warnings.iter().for_each(|warning| output::warning(&warning.to_string()));
    for skipped in &job.plan.skipped {
        output::note(&format!(
            "{} of the document: {} not imported, {}",
            skipped.part, skipped.count, skipped.reason
        ));
    }
    let report = match (args.json, args.dry_run) {
        (true, _) => output::json_line(&as_json(&file, &job.plan, args.dry_run)),
        (false, true) => as_text(&file, &job.plan),
        (false, false) if !job.plan.changes_anything() => {
            format!("nothing to do: the configuration is as {file} has it")
        }
        (false, false) => {
            format!("imported {file} into {}: {}", bootstrap.data_dir.display(), counts(&job.plan))
        }
    };
    if !args.dry_run {
        let audited = job.apply().await.map_err(failed)?;
        _ = audited.or_tell(|missing| output::warning(&missing.to_string()));
    }
    output::text(&report);
    Ok(ExitCode::Done)
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    // One byte more than allowed, so that too much is told from just enough.
    let most = MAX_DOCUMENT_BYTES as u64 + 1;
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            let refused = "standard input is a terminal\nhint: redirect a document into it, as in `… import - < config-dump.json`";
            return Err(Failure::Usage(refused.to_owned()));
        }
        stdin.take(most).read_to_end(&mut bytes)
    } else {
        File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes))
    };
    let shown = file.display();
    match read {
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Failure::Usage(format!("failed to read the document: `{shown}` does not exist")))
        }
        Err(error) => {
            Err(Failure::Other(format!("failed to read the document: `{shown}` cannot be read: {error}")))
        }
    }
}

/// Where a dry run's copy of the state lies if the data dir cannot be written: beside the document.
fn folder(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn counts(plan: &ImportPlan) -> String {
    let [added, changed, removed, kept] =
        [Action::Add, Action::Change, Action::Remove, Action::Keep].map(|action| plan.count(action));
    format!("{added} added, {changed} changed, {removed} removed, {kept} as they were")
}

fn as_text(file: &str, plan: &ImportPlan) -> String {
    let mut lines = vec![format!("plan for {file} (nothing was changed)")];
    for object in &plan.objects {
        lines.push(format!("  {:<7} {} {}", object.action.as_str(), object.kind.as_str(), object.name));
        lines.extend(object.keys.iter().map(|key| format!("            {}", key_words(key))));
    }
    let verdict = if plan.changes_anything() { counts(plan) } else { "nothing would change".to_owned() };
    lines.push(format!("  verdict {verdict}"));
    lines.join("\n")
}

fn key_words(key: &KeyChange) -> String {
    let words = |value: &Option<Value>| value.as_ref().map_or("nothing".to_owned(), Value::to_string);
    match &key.change {
        Change::Value { before, after } => format!("{}: {} -> {}", key.path, words(before), words(after)),
        Change::Secret(fate) => format!("{}: secret {}", key.path, fate.as_str()),
    }
}

fn as_json(file: &str, plan: &ImportPlan, dry_run: bool) -> Value {
    json!({
        "document": file,
        "dry_run": dry_run,
        "mode": if plan.mode == ImportMode::Replace { "replace" } else { "merge" },
        "added": plan.count(Action::Add),
        "changed": plan.count(Action::Change),
        "removed": plan.count(Action::Remove),
        "kept": plan.count(Action::Keep),
        "objects": plan.objects.iter().map(object_json).collect::<Value>(),
        "skipped": plan
            .skipped
            .iter()
            .map(|skipped| json!({ "part": skipped.part, "count": skipped.count, "reason": skipped.reason }))
            .collect::<Value>(),
        "warnings": plan.warnings.iter().map(ToString::to_string).collect::<Value>(),
    })
}

fn object_json(object: &PlannedChange) -> Value {
    json!({
        "kind": object.kind.as_str(),
        "name": object.name,
        "action": object.action.as_str(),
        "keys": object.keys.iter().map(key_json).collect::<Value>(),
    })
}

fn key_json(key: &KeyChange) -> Value {
    let mut entry = Map::from_iter([("path".to_owned(), json!(key.path))]);
    match &key.change {
        Change::Value { before, after } => {
            before.clone().map(|before| entry.insert("before".to_owned(), before));
            after.clone().map(|after| entry.insert("after".to_owned(), after));
        }
        Change::Secret(fate) => _ = entry.insert("secret".to_owned(), json!(fate.as_str())),
    }
    Value::Object(entry)
}
