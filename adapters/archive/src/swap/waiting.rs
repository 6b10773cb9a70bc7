//! What an interrupted swap waits for before it can be brought to its end: its config file, which may lie on another mount
//! or in another user's folder.
//!
//! Does NOT look at the data dir; whoever may not write that one cannot hold it.

use super::journal::Journal;
use super::{SwapError, is_there, way};
use crate::durable::{is_closed, parent_of};
use loom_domain::words::for_a_shell;
use std::path::{Path, PathBuf};

/// The config file of a journal.
struct Config<'a> {
    live: &'a Path,
    staged: Option<&'a PathBuf>,
    /// At any step at least one of these exists, wherever the folder is the right one.
    one_of: Vec<&'a PathBuf>,
}

/// Refuses a journal whose config file was neither replaced nor can be: to go on would forget it.
pub(super) fn check(journal: &Journal) -> Result<(), SwapError> {
    let Some(config) = Config::of(journal) else { return Ok(()) };
    for path in config.one_of {
        if is_there(path)? {
            return Ok(());
        }
    }
    let mut mend = "mount its folder, then run the command again; ".to_owned();
    mend += &match config.staged {
        Some(staged) => {
            format!(
                "if `{}` was removed, write the config file you want to that name first",
                staged.display()
            )
        }
        None => "if you removed it yourself, put an empty file of that name there first".to_owned(),
    };
    Err(SwapError::Waits {
        path: config.live.to_owned(),
        reason: "what is to take its place is not there, nor what shows that this is done".to_owned(),
        mend,
    })
}

/// Says of a failure beside the config file who can go on, if this process may not write its folder.
pub(super) fn explain(dir: &Path, journal: &Journal, error: SwapError) -> SwapError {
    let Some(Config { live, .. }) = Config::of(journal) else { return error };
    let folder = parent_of(live);
    match &error {
        SwapError::Failed { path, .. } | SwapError::Blocked { path, .. } if parent_of(path) == folder => {}
        _ => return error,
    }
    match way::may_write(folder) {
        Err(SwapError::Failed { source, .. }) if is_closed(&source) => {
            // The config file need not name the data dir, or comes from where another one was.
            let dir = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
            let mut command =
                format!("OPENCCU_LOOM_DATA_DIR={} openccu-loom backup create", for_a_shell(&dir.display()));
            // One that is named has to be there.
            if live.symlink_metadata().is_ok() {
                command += &format!(" --config {}", for_a_shell(&live.display()));
            }
            SwapError::Waits {
                path: live.to_owned(),
                reason: format!("this process may not write `{}` ({})", folder.display(), source.kind()),
                mend: format!("run `{command}` as a user who may{}", way::advice()),
            }
        }
        _ => error,
    }
}

impl<'a> Config<'a> {
    fn of(journal: &'a Journal) -> Option<Self> {
        let keep = journal.keep.iter().flat_map(|(aside, kept)| [aside, kept]);
        if let Some((staged, live)) = &journal.config {
            return Some(Self { live, staged: Some(staged), one_of: keep.chain([staged]).collect() });
        }
        // Where there is none to take its place, or none whose place it takes, a move does it.
        let step = journal.moves.iter().find(|step| step.live.is_absolute())?;
        let one_of = keep.chain([&step.live]).chain(&step.new).collect();
        Some(Self { live: &step.live, staged: step.new.as_ref(), one_of })
    }
}
