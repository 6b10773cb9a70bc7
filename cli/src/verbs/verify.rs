//! `backup verify`: each archive on its own; the worst outcome decides the exit code.
//!
//! Does NOT know how an archive is examined.

use super::report;
use crate::args::VerifyArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::openers::Openers;
use crate::{output, terminal_progress};
use loom_app::VerifyJob;
use loom_app::bootstrap::{Bootstrap, ConfigFile};
use loom_domain::usecases::Examined;
use serde_json::json;
use std::path::Path;

pub(crate) async fn run(args: VerifyArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.keys.config.as_deref(), ConfigFile::MustExist, args.keys.data_dir.as_deref())?;
    let openers = Openers::read(args.keys.key_file.as_deref(), &args.openers, &args.files)?;
    let mut outcomes = Vec::new();
    for file in &args.files {
        outcomes.push(match verify(&args, &bootstrap, &openers, file).await {
            Ok(examined) => judged(file, &examined, args.json),
            Err(failure) => {
                let code = ExitCode::from(&failure);
                failed(file, &failure, code, args.json);
                code
            }
        });
    }
    Ok(ExitCode::worst(&outcomes))
}

async fn verify(
    args: &VerifyArgs,
    bootstrap: &Bootstrap,
    openers: &Openers,
    file: &Path,
) -> Result<Examined, Failure> {
    let progress = terminal_progress::for_operator(args.json);
    let environment = super::environment();
    let job = VerifyJob::prepare(
        bootstrap,
        super::origin(file)?,
        openers.for_archive(file),
        args.scratch.as_deref(),
        &environment,
        progress,
    )
    .await?;
    if let Some(note) = &job.key_note {
        output::note(note);
    }
    let examined = job.run().await;
    job.scratch_note().iter().for_each(|note| output::note(note));
    examined.map_err(|error| super::with_scratch_hint(error.into()))
}

fn judged(file: &Path, examined: &Examined, as_json: bool) -> ExitCode {
    let damage = examined.damage();
    let code = match (damage.is_empty(), examined.sealed.unreadable) {
        (false, _) => ExitCode::Damaged,
        (true, 0) => ExitCode::Done,
        (true, _) => ExitCode::Key,
    };
    let name = file.display();
    let words = match code {
        ExitCode::Done => "ok",
        ExitCode::Key => "sealed values do not open",
        _ => "DAMAGED",
    };
    let bytes: u64 = examined.files.values().map(|found| found.bytes).sum();
    if as_json {
        output::json(&json!({
            "archive": name.to_string(),
            "ok": code == ExitCode::Done,
            "exit_code": code.number(),
            "kind": examined.kind.as_str(),
            "format": report::format(examined.kind),
            "sealed_for": report::sealed_for(examined.lock.as_ref()),
            "recipients": report::recipients(examined.lock.as_ref()),
            "created_at": examined.manifest.created_at.to_string(),
            "files": examined.files.len(),
            "bytes": bytes,
            "databases": examined
                .databases
                .iter()
                .filter_map(|d| Some(report::database(&d.member, d.verdict.facts.as_ref()?)))
                .collect::<serde_json::Value>(),
            "sealed_values": report::sealed(&examined.sealed),
            "key": report::used_key(examined.key.as_ref()),
            "damage": damage,
            "orphans": examined.orphans(),
            "notes": examined.bad_key_file.iter().collect::<Vec<_>>(),
        }));
        return code;
    }
    output::text(&format!(
        "{name}: {words}, {} files, {}, taken {}{}; {}",
        examined.files.len(),
        output::size(bytes),
        examined.manifest.created_at,
        examined
            .lock
            .as_ref()
            .map(|lock| format!(", sealed {}", report::sealed_how(lock)))
            .unwrap_or_default(),
        report::sealed_words(&examined.sealed, examined.key.as_ref()),
    ));
    damage.iter().for_each(|line| output::text(&format!("  damage: {line}")));
    examined.orphans().iter().for_each(|line| output::text(&format!("  orphans: {line}")));
    examined.bad_key_file.iter().for_each(|line| output::text(&format!("  note: {line}")));
    code
}

fn failed(file: &Path, failure: &Failure, code: ExitCode, as_json: bool) {
    let name = file.display().to_string();
    if as_json {
        output::json(&json!({
            "archive": name,
            "ok": false,
            "exit_code": code.number(),
            "error": failure.to_string(),
        }));
    } else {
        output::text(&format!("{name}: NOT OK: {failure}"));
    }
}
