//! The command line behind `openccu-loom` and its short name `loom`: parse, call one use case, print, exit.
//!
//! Does NOT hold policy or wiring; those are the domain's and the app's.

mod args;
mod daemon_client;
mod exit_code;
mod failure;
mod interrupt;
mod openers;
mod output;
mod passphrase;
mod secret_input;
mod terminal_progress;
mod verbs;

use args::{BackupVerb, CcuVerb, Cli, ConfigVerb, Verb};
use clap::Parser;
use exit_code::ExitCode;
use failure::Failure;
use std::path::Path;
use std::time::Duration;

/// How long threads may take to end once the verb has: time to remove what was staged, and an end for a thread that waits
/// for a pipe nobody writes to.
const LAST_WORK: Duration = Duration::from_secs(5);
/// The same for a daemon, which has waited for its work already: with that it ends within 10 s.
const LAST_WORK_OF_DAEMON: Duration = Duration::from_secs(2);

/// Runs the command line of this process.
#[must_use]
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let json = wants_json(&cli.verb);
    let last_work = if matches!(cli.verb, Verb::Run(_)) { LAST_WORK_OF_DAEMON } else { LAST_WORK };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .max_blocking_threads(16)
        .enable_all()
        .build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(run_to_its_end(cli.verb));
            runtime.shutdown_timeout(last_work);
            ended
        }
        Err(error) => Err(Failure::Other(format!("failed to start: {error}"))),
    };
    let code = ended.unwrap_or_else(|failure| {
        let code = ExitCode::from(&failure);
        output::failure(&failure, code, json);
        code
    });
    let code = if output::was_lost() { ExitCode::worst(&[code, ExitCode::Unexpected]) } else { code };
    code.number().into()
}

/// A daemon ends by signals in its own way; every other verb is dropped by them.
async fn run_to_its_end(verb: Verb) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Run(args) => verbs::run::run(args).await,
        verb => interrupt::until_signalled(run(verb)).await,
    }
}

async fn run(verb: Verb) -> Result<ExitCode, Failure> {
    match verb {
        Verb::Run(args) => verbs::run::run(args).await,
        Verb::Backup(BackupVerb::Create(args)) => verbs::create::run(args).await,
        Verb::Backup(BackupVerb::Restore(args)) => verbs::restore::run(args).await,
        Verb::Backup(BackupVerb::UndoRestore(args)) => verbs::undo_restore::run(args).await,
        Verb::Backup(BackupVerb::Verify(args)) => verbs::verify::run(args).await,
        Verb::Backup(BackupVerb::Inspect(args)) => verbs::inspect::run(args).await,
        Verb::Backup(BackupVerb::List(args)) => verbs::list::run(args).await,
        Verb::Config(ConfigVerb::Export(args)) => verbs::config_export::run(args).await,
        Verb::Config(ConfigVerb::Import(args)) => verbs::config_import::run(args).await,
        Verb::Key(verb) => verbs::key::run(verb).await,
        Verb::Ccu(verb) => verbs::ccu::run(verb).await,
        #[cfg(feature = "demo")]
        Verb::Demo => verbs::demo::run().await,
        Verb::Completions { shell } => verbs::shell_files::completions(shell),
        Verb::Man { folder } => verbs::shell_files::manual(&folder),
    }
}

fn wants_json(verb: &Verb) -> bool {
    match verb {
        // Standard output is the archive itself then.
        Verb::Backup(BackupVerb::Create(args)) => args.json && args.out.as_deref() != Some(Path::new("-")),
        Verb::Backup(BackupVerb::Restore(args)) => args.json,
        Verb::Backup(BackupVerb::UndoRestore(args)) => args.json,
        Verb::Backup(BackupVerb::Verify(args)) => args.json,
        Verb::Backup(BackupVerb::Inspect(args)) => args.json,
        Verb::Backup(BackupVerb::List(args)) => args.json,
        Verb::Config(ConfigVerb::Import(args)) => args.json,
        // Standard output is the backup itself then.
        Verb::Ccu(CcuVerb::Download(args)) if args.out.as_deref() == Some(Path::new("-")) => false,
        Verb::Key(verb) => verb.wants_json(),
        Verb::Ccu(verb) => verb.daemon().json,
        #[cfg(feature = "demo")]
        Verb::Demo => false,
        Verb::Config(ConfigVerb::Export(_)) | Verb::Run(_) | Verb::Completions { .. } | Verb::Man { .. } => {
            false
        }
    }
}
