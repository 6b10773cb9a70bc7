//! The command line behind `openccu-loom` and its short name `loom`: parse, call one use case, print, exit.
//!
//! Does NOT hold policy or wiring; those are the domain's and the app's.

mod args;
mod exit_code;
mod failure;
mod output;
mod terminal_progress;
mod verbs;

use args::{BackupVerb, Cli, Verb};
use clap::Parser;
use exit_code::ExitCode;
use failure::Failure;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How long threads may take to end once the verb has: enough to finish a swap of files, and an end for a thread that
/// waits for a pipe nobody writes to.
const LAST_WORK: Duration = Duration::from_secs(5);

/// Runs the command line of this process.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = wants_json(&cli.verb);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(run_until_interrupted(cli.verb));
            runtime.shutdown_timeout(LAST_WORK);
            ended
        }
        Err(error) => Err(Failure::Other(format!("failed to start: {error}"))),
    };
    let code = ended.unwrap_or_else(|failure| {
        let code = ExitCode::from(&failure);
        output::failure(&failure, code, json);
        code
    });
    code.number().into()
}

/// Runs the verb; an interrupt drops it where it stands, which removes all that was staged. A swap of files that has
/// begun is finished first: it runs on a thread that the end of the runtime waits for.
async fn run_until_interrupted(verb: Verb) -> Result<ExitCode, Failure> {
    let interrupted = || {
        Failure::Other(
            "interrupted: a backup is not kept, and a restore is either not begun or completed".to_owned(),
        )
    };
    let mut terminate = signal(SignalKind::terminate())
        .map_err(|error| Failure::Other(format!("failed to listen for signals: {error}")))?;
    tokio::select! {
        ended = run(verb) => ended,
        _ = terminate.recv() => Err(interrupted()),
        _ = tokio::signal::ctrl_c() => Err(interrupted()),
    }
}

async fn run(verb: Verb) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Backup(BackupVerb::Create(args)) => verbs::create::run(args).await,
        Verb::Backup(BackupVerb::Restore(args)) => verbs::restore::run(args).await,
        Verb::Backup(BackupVerb::UndoRestore(args)) => verbs::undo_restore::run(args).await,
        Verb::Backup(BackupVerb::Verify(args)) => verbs::verify::run(args).await,
        Verb::Backup(BackupVerb::Inspect(args)) => verbs::inspect::run(args).await,
        Verb::Backup(BackupVerb::List(args)) => verbs::list::run(args).await,
        Verb::Demo => verbs::demo::run().await,
        Verb::Completions { shell } => verbs::shell_files::completions(shell),
        Verb::Man { folder } => verbs::shell_files::manual(&folder),
    }
}

fn wants_json(verb: &Verb) -> bool {
    match verb {
        Verb::Backup(BackupVerb::Create(args)) => args.json,
        Verb::Backup(BackupVerb::Restore(args)) => args.json,
        Verb::Backup(BackupVerb::UndoRestore(args)) => args.json,
        Verb::Backup(BackupVerb::Verify(args)) => args.json,
        Verb::Backup(BackupVerb::Inspect(args)) => args.json,
        Verb::Backup(BackupVerb::List(args)) => args.json,
        Verb::Demo | Verb::Completions { .. } | Verb::Man { .. } => false,
    }
}
