//! `ccu verify`: a file is judged here, without a daemon; everything else is the id of a backup the daemon judges.
//!
//! Does NOT know what makes a backup good.

use super::{Asked, watching};
use crate::args::CcuVerifyArgs;
use crate::daemon_client::{DaemonClient, Judgement, Progress, Remark, VerifyJob};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use crate::terminal_progress::OfDaemon;
use loom_domain::sbk::SbkVerdict;
use loom_domain::words::reason_and_hint;
use serde_json::{Value, json};
use std::path::Path;

pub(super) async fn run(args: CcuVerifyArgs) -> Result<ExitCode, Failure> {
    let subject = args.subject.display().to_string();
    let as_json = args.daemon.json;
    let judgement = if args.subject.exists() {
        here(&args.subject, as_json).await?
    } else if args.subject.components().count() != 1 || args.subject.extension().is_some_and(|it| it == "sbk")
    {
        // No id looks like that, and whoever mistypes a path need not be told about tokens.
        return Err(Failure::Usage(format!("`{subject}` does not exist")));
    } else {
        by_daemon(&super::client(&args.daemon)?, &subject, as_json).await?
    };
    tell(&subject, &judgement, as_json);
    Ok(if judgement.good { ExitCode::Done } else { ExitCode::Damaged })
}

async fn here(file: &Path, as_json: bool) -> Result<Judgement, Failure> {
    let failed = |error| Failure::Other(format!("failed to read the backup `{}`: {error}", file.display()));
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(Failure::Usage(format!("`{}` is no file", file.display())));
    }
    let total_bytes = Some(metadata.len());
    let object = file.display().to_string();
    let mut progress = OfDaemon::for_operator(as_json);
    let reached = move |done_bytes| {
        let at = Progress { stage: "judge".to_owned(), object: object.clone(), done_bytes, total_bytes };
        progress.show(Some(&at));
    };
    loom_app::judge_sbk(file.to_owned(), reached).await.map(Judgement::from).map_err(failed)
}

async fn by_daemon(client: &DaemonClient, id: &str, as_json: bool) -> Result<Judgement, Failure> {
    let what = || format!("judge the backup `{id}`, which is no file here");
    let job: VerifyJob = client.post(&["backups", id, "verify"], None).await.asked_to(what)?;
    let mut progress = OfDaemon::for_operator(as_json);
    let ended = watching::to_the_end(
        async || client.get::<VerifyJob>(&["jobs", &job.id]).await,
        |job| {
            progress.show(job.progress.as_ref());
            job.has_ended()
        },
    )
    .await
    .asked_to(what)?;
    progress.clear();
    match ended.result {
        Some(judgement) if ended.state == "completed" => Ok(judgement),
        _ => Err(Failure::Job(Box::new(ended.failed(id)))),
    }
}

fn tell(subject: &str, judgement: &Judgement, as_json: bool) {
    let remark =
        |remark: &Remark| json!({ "code": remark.code, "message": remark.message, "hint": remark.hint });
    if as_json {
        return output::json(&json!({
            "backup": subject,
            "good": judgement.good,
            "bytes": judgement.size_bytes,
            "sha256": judgement.sha256,
            "damages": judgement.damages.iter().map(remark).collect::<Value>(),
            "warnings": judgement.warnings.iter().map(remark).collect::<Value>(),
        }));
    }
    let words = if judgement.good { "ok" } else { "DAMAGED" };
    output::text(&format!(
        "{subject}: {words}, {} bytes ({}), sha256 {}",
        judgement.size_bytes,
        output::size(judgement.size_bytes),
        judgement.sha256
    ));
    let lines = |kind: &str, remark: &Remark| {
        output::text(&format!("  {kind}: {}", remark.message));
        remark.hint.iter().for_each(|hint| output::text(&format!("  hint: {hint}")));
    };
    judgement.damages.iter().for_each(|damage| lines("damage", damage));
    judgement.warnings.iter().for_each(|warning| lines("warning", warning));
}

impl From<SbkVerdict> for Judgement {
    fn from(verdict: SbkVerdict) -> Self {
        Self {
            good: verdict.is_good(),
            size_bytes: verdict.size_bytes,
            damages: verdict.damages.iter().map(|damage| Remark::of(damage.code(), damage)).collect(),
            warnings: verdict.warnings.iter().map(|warning| Remark::of(warning.code(), warning)).collect(),
            sha256: verdict.sha256,
        }
    }
}

impl Remark {
    fn of(code: &str, words: &impl std::fmt::Display) -> Self {
        let (message, hint) = reason_and_hint(words);
        Self { code: code.to_owned(), message, hint }
    }
}
