//! The command line's grammar: verbs, flags, defaults and their help.
//!
//! Flags, defaults and file names of `backup create` and `backup restore` are a promise to scripts. Does NOT act.

mod ccu;
mod key;
mod key_kit;
mod sealing;

pub(crate) use ccu::{
    CcuBackupArgs, CcuCancelArgs, CcuDeleteArgs, CcuDownloadArgs, CcuListArgs, CcuRestoreArgs, CcuResumeArgs,
    CcuStatusArgs, CcuTestArgs, CcuUploadArgs, CcuVerb, CcuVerifyArgs, DaemonArgs,
};

pub(crate) use key::{
    KeyCheckArgs, KeyRetireArgs, KeyRotateArgs, KeyStatusArgs, KeyUnwrapArgs, KeyVerb, KeyWrapArgs,
    PlaceArgs, WhoArgs,
};
pub(crate) use key_kit::KeyKitArgs;
pub(crate) use sealing::{FormatWord, ListOpenerArgs, OpenerArgs, SealArgs, SealWord};

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Keep the state of an OpenCCU-Loom daemon and bring it back.
#[derive(Debug, Parser)]
#[command(
    verbatim_doc_comment,
    name = "openccu-loom",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Run the daemon until it is told to stop.
    #[command(verbatim_doc_comment)]
    Run(RunArgs),
    /// Take, check and restore backups of the daemon's state.
    #[command(verbatim_doc_comment)]
    #[command(subcommand)]
    Backup(BackupVerb),
    /// Move sections and centrals between instances.
    #[command(verbatim_doc_comment)]
    #[command(subcommand)]
    Config(ConfigVerb),
    /// Show, change and move the master key that seals secrets.
    #[command(verbatim_doc_comment)]
    #[command(subcommand)]
    Key(KeyVerb),
    /// Take, check and restore backups of centrals, by the daemon that runs.
    #[command(verbatim_doc_comment)]
    #[command(subcommand)]
    Ccu(CcuVerb),
    /// Show a backup and a restore of a sample state, in a temporary folder.
    #[command(verbatim_doc_comment)]
    #[cfg(feature = "demo")]
    Demo,
    /// Print the completion script for a shell.
    #[command(verbatim_doc_comment)]
    #[command(after_help = "Example:\n  openccu-loom completions bash > /etc/bash_completion.d/openccu-loom")]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Write the manual pages into a folder.
    #[command(verbatim_doc_comment)]
    #[command(after_help = "Example:\n  openccu-loom man /usr/local/share/man/man1")]
    Man {
        /// The folder; it must exist.
        folder: PathBuf,
    },
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom run --config /etc/openccu-loom/config.yaml")]
pub(crate) struct RunArgs {
    /// Path to config.yaml [default: the first of ./config.yaml, the user's and /etc/openccu-loom/config.yaml].
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BackupVerb {
    /// Take a backup of the data dir, also beside a running daemon.
    #[command(verbatim_doc_comment)]
    Create(CreateArgs),
    /// Restore an archive into the data dir; stop the daemon first.
    #[command(verbatim_doc_comment)]
    Restore(RestoreArgs),
    /// Bring back the state the last restore replaced.
    #[command(verbatim_doc_comment)]
    UndoRestore(UndoArgs),
    /// Read archives to their end and check all there is to check.
    #[command(verbatim_doc_comment)]
    Verify(VerifyArgs),
    /// Show what an archive holds.
    #[command(verbatim_doc_comment)]
    Inspect(InspectArgs),
    /// List the archives of a folder, newest first.
    #[command(verbatim_doc_comment)]
    List(ListArgs),
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom backup create --config /etc/openccu-loom/config.yaml")]
pub(crate) struct CreateArgs {
    /// Path to config.yaml (resolves data_dir; without it, ./var is used).
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Output archive path, `-` for standard output [default: backup-<hostname>-<utc>.tar.gz].
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) seal: SealArgs,
    /// Add a secrets/ placeholder note (env-resolved secrets are not stored).
    #[arg(long)]
    pub(crate) include_secrets: bool,
    /// Private folder for databases on their way [default: the archive's folder; the data dir if it is sealed].
    #[arg(long, value_name = "PATH")]
    pub(crate) scratch: Option<PathBuf>,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom backup restore --config /etc/openccu-loom/config.yaml \\\n    backup-host-20260608T120000Z.tar.gz"
)]
pub(crate) struct RestoreArgs {
    /// Path to config.yaml; also receives an extracted config.yaml if present.
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Override the restore target [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Overwrite an existing openccu-loom.db; what is replaced can be brought back.
    #[arg(long)]
    pub(crate) force: bool,
    /// Accept a database schema newer than this program knows.
    #[arg(long)]
    pub(crate) allow_newer_schema: bool,
    /// Restore although no key at hand opens every sealed value.
    #[arg(long)]
    pub(crate) allow_unreadable_secrets: bool,
    /// Print the plan and touch nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// File with the master key; beats all other sources.
    #[arg(long, value_name = "PATH")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) openers: OpenerArgs,
    /// Folder for the databases a dry run unpacks [default: the archive's; if it is sealed, the data dir, else $TMPDIR].
    #[arg(long, value_name = "PATH")]
    pub(crate) scratch: Option<PathBuf>,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
    /// The archive, `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom backup undo-restore --config /etc/openccu-loom/config.yaml")]
pub(crate) struct UndoArgs {
    /// Path to config.yaml (resolves data_dir; without it, ./var is used).
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The data dir [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Where a master key is looked for.
#[derive(Debug, Args)]
pub(crate) struct KeyArgs {
    /// Path to config.yaml; its data dir is where a master key is looked for.
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// Data dir where a master key is looked for [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
    /// File with the master key; beats all other sources.
    #[arg(long, value_name = "PATH")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom backup verify /var/backups/openccu-loom/*.tar.gz")]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) openers: OpenerArgs,
    /// Folder for a private scratch [default: the archive's; if it is sealed, the data dir, else $TMPDIR].
    #[arg(long, value_name = "PATH")]
    pub(crate) scratch: Option<PathBuf>,
    /// Emit one line of JSON per archive.
    #[arg(long)]
    pub(crate) json: bool,
    /// The archives.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom backup inspect backup-host-20260608T120000Z.tar.gz")]
pub(crate) struct InspectArgs {
    #[command(flatten)]
    pub(crate) keys: KeyArgs,
    #[command(flatten)]
    pub(crate) openers: OpenerArgs,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
    /// The archive, `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom backup list /var/backups/openccu-loom")]
pub(crate) struct ListArgs {
    /// File with the master key of sealed archives; beats all other sources.
    #[arg(long, value_name = "PATH")]
    pub(crate) key_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) openers: ListOpenerArgs,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
    /// The folder.
    #[arg(value_name = "DIR", default_value = ".")]
    pub(crate) folder: PathBuf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// Write sections and centrals as a JSON document, also beside a running daemon.
    #[command(verbatim_doc_comment)]
    Export(ConfigExportArgs),
    /// Take sections and centrals over from a document; stop the daemon first.
    #[command(verbatim_doc_comment)]
    Import(ConfigImportArgs),
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom config export --config /etc/openccu-loom/config.yaml --out config-dump.json"
)]
pub(crate) struct ConfigExportArgs {
    /// Path to config.yaml (resolves data_dir; without it, ./var is used).
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The data dir [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
    /// File for the document, readable by its owner only [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Write secrets in clear instead of leaving them out.
    #[arg(long)]
    pub(crate) include_secrets: bool,
    /// Replace the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom config import --config /etc/openccu-loom/config.yaml --dry-run config-dump.json"
)]
pub(crate) struct ConfigImportArgs {
    /// Path to config.yaml (resolves data_dir; without it, ./var is used).
    #[arg(long, value_name = "PATH")]
    pub(crate) config: Option<PathBuf>,
    /// The data dir [default: from --config or ./var].
    #[arg(long, value_name = "PATH")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Keep what the document does not have; this is the default.
    #[arg(long, conflicts_with = "replace")]
    pub(crate) merge: bool,
    /// Remove sections and centrals that the document does not have.
    #[arg(long)]
    pub(crate) replace: bool,
    /// Print what would change, key by key, and touch nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
    /// The document, `-` for standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn flags_may_stand_before_or_after_the_file() {
        for line in ["restore --force a.tar.gz", "restore a.tar.gz --force"] {
            let words = ["openccu-loom", "backup"].into_iter().chain(line.split(' '));
            let Verb::Backup(BackupVerb::Restore(args)) = Cli::try_parse_from(words).unwrap().verb else {
                panic!("{line}");
            };
            assert!(args.force && args.file == std::path::Path::new("a.tar.gz"));
        }
    }

    #[test]
    fn every_help_line_is_a_sentence_of_at_most_80_columns() {
        fn check(command: &clap::Command) {
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            assert!(about.ends_with('.') && about.len() <= 80, "{}: {about}", command.get_name());
            command.get_subcommands().for_each(check);
        }
        let mut command = Cli::command();
        command.build();
        command.get_subcommands().filter(|verb| verb.get_name() != "help").for_each(|verb| {
            if verb.has_subcommands() {
                verb.get_subcommands().filter(|verb| verb.get_name() != "help").for_each(check);
            } else {
                check(verb);
            }
        });
    }
}
