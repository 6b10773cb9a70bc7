//! The grammar of `ccu`: CCU backups, by the daemon that runs. No secret is ever an argument.
//!
//! Does NOT act.

use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum CcuVerb {
    /// Have the daemon take a backup of a central, and wait for it.
    #[command(verbatim_doc_comment)]
    Backup(CcuBackupArgs),
    /// List the CCU backups the daemon knows, newest first.
    #[command(verbatim_doc_comment)]
    List(CcuListArgs),
    /// Copy a CCU backup from the daemon into a file.
    #[command(verbatim_doc_comment)]
    Download(CcuDownloadArgs),
    /// Put a CCU backup back onto a central, and watch it.
    #[command(verbatim_doc_comment)]
    Restore(CcuRestoreArgs),
    /// Go on with a restore that was interrupted.
    #[command(verbatim_doc_comment)]
    Resume(CcuResumeArgs),
    /// Read a CCU backup to its end and judge it.
    #[command(verbatim_doc_comment)]
    Verify(CcuVerifyArgs),
    /// Try every way to a central and say what does not work.
    #[command(verbatim_doc_comment)]
    Test(CcuTestArgs),
    /// Show how the centrals are.
    #[command(verbatim_doc_comment)]
    Status(CcuStatusArgs),
    /// Cancel a backup that waits or runs; nothing of it is kept.
    #[command(verbatim_doc_comment)]
    Cancel(CcuCancelArgs),
    /// Delete a CCU backup from the daemon, file and record.
    #[command(verbatim_doc_comment)]
    Delete(CcuDeleteArgs),
    /// Give a CCU backup in a file to the daemon, which judges it first.
    #[command(verbatim_doc_comment)]
    Upload(CcuUploadArgs),
}

/// Where the daemon is, and who calls it.
#[derive(Debug, Args)]
pub(crate) struct DaemonArgs {
    /// Where the daemon listens [default: OPENCCU_LOOM_URL, or http://127.0.0.1:8119].
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// File with an API token [default: the token in OPENCCU_LOOM_TOKEN].
    #[arg(long, value_name = "FILE", conflicts_with = "user")]
    pub(crate) token_file: Option<PathBuf>,
    /// Log in as this user instead of with a token.
    #[arg(long, value_name = "NAME", requires = "password_file")]
    pub(crate) user: Option<String>,
    /// File with that user's password.
    #[arg(long, value_name = "FILE", requires = "user")]
    pub(crate) password_file: Option<PathBuf>,
    /// Emit a single-line JSON result for scripting.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu backup ccu3 --token-file ~/.openccu-loom-token")]
pub(crate) struct CcuBackupArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// Print the id of the backup at once instead of waiting for its end.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// The central [default: the only one that is enabled].
    #[arg(value_name = "CENTRAL")]
    pub(crate) central: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu list --token-file ~/.openccu-loom-token")]
pub(crate) struct CcuListArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu download ccu3-20261123-031500 --out ccu3.sbk")]
pub(crate) struct CcuDownloadArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// The file, `-` for standard output [default: the name the daemon gives it].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Replace the file if it exists.
    #[arg(long)]
    pub(crate) force: bool,
    /// Id of the backup.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu restore ccu3-20261123-031500 --confirm ccu3")]
pub(crate) struct CcuRestoreArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// Name of the central that is replaced; asked for on a terminal if it is not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) confirm: Option<String>,
    /// Restore to this central [default: the one the backup comes from].
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Option<String>,
    /// Accept a backup of another central: its name, or the backup's id if its origin is unknown.
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) accept_foreign: Option<String>,
    /// File with the security key the backup is signed with, `-` for standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) security_key_file: Option<PathBuf>,
    /// Do not take a backup of the central as it is now first.
    #[arg(long)]
    pub(crate) without_safety_backup: bool,
    /// Print the ids at once instead of watching the restore to its end.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Id of the backup.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu resume restore-ccu3-20261123-041500")]
pub(crate) struct CcuResumeArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// Print the ids at once instead of watching the restore to its end.
    #[arg(long)]
    pub(crate) no_wait: bool,
    /// Id of the restore.
    #[arg(value_name = "RESTORE")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  openccu-loom ccu verify ccu3.sbk\n  openccu-loom ccu verify ccu3-20261123-031500 --token-file ~/.openccu-loom-token"
)]
pub(crate) struct CcuVerifyArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// A file, judged here without a daemon; if there is no file of that name, the id of a backup
    /// that the daemon keeps. To ask the daemon although there is such a file, go to another folder.
    #[arg(value_name = "FILE|ID")]
    pub(crate) subject: PathBuf,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu test ccu3 --token-file ~/.openccu-loom-token")]
pub(crate) struct CcuTestArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// The central.
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu status --token-file ~/.openccu-loom-token")]
pub(crate) struct CcuStatusArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// The central [default: all of them].
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu cancel ccu3-20261123-031500")]
pub(crate) struct CcuCancelArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// Id of the backup.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu delete ccu3-20261123-031500")]
pub(crate) struct CcuDeleteArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// Id of the backup.
    #[arg(value_name = "ID")]
    pub(crate) id: String,
}

#[derive(Debug, Args)]
#[command(after_help = "Example:\n  openccu-loom ccu upload ccu3.sbk --central ccu3")]
pub(crate) struct CcuUploadArgs {
    #[command(flatten)]
    pub(crate) daemon: DaemonArgs,
    /// The central it was made of [default: unknown].
    #[arg(long, value_name = "NAME")]
    pub(crate) central: Option<String>,
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

impl CcuVerb {
    /// Whom to ask, and how to answer.
    pub(crate) fn daemon(&self) -> &DaemonArgs {
        match self {
            Self::Backup(args) => &args.daemon,
            Self::List(args) => &args.daemon,
            Self::Download(args) => &args.daemon,
            Self::Restore(args) => &args.daemon,
            Self::Resume(args) => &args.daemon,
            Self::Verify(args) => &args.daemon,
            Self::Test(args) => &args.daemon,
            Self::Status(args) => &args.daemon,
            Self::Cancel(args) => &args.daemon,
            Self::Delete(args) => &args.daemon,
            Self::Upload(args) => &args.daemon,
        }
    }
}
