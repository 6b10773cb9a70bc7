//! Files of variables that a daemon here may read, named in config files which nobody named on the command line.
//!
//! Does NOT look at anything else in config files, and does NOT refuse anything: one that cannot be read names nothing.

use super::{ConfigFile, read};
use crate::config::{ConfigFolder, Inputs, PartOfFile, config_folders, named_file};
use loom_domain::archive::MemberPath;
use std::path::{Path, PathBuf};

/// Where in the data dir they may lie. As with seals, each file that a daemon may find counts, and one in the data dir; a
/// file that the variable `OPENCCU_LOOM_CONFIG` names is the only one.
pub(super) fn unnamed_env_files(inputs: &Inputs<'_>, data_dir: &Path) -> Vec<MemberPath> {
    let candidates: Vec<PathBuf> = match named_file(inputs) {
        Ok(Some(named)) => vec![named.path],
        _ => {
            let folders = config_folders(inputs).into_iter();
            let folders = folders.chain([ConfigFolder::System(data_dir.to_owned())]);
            folders.map(|folder| folder.config_file()).collect()
        }
    };
    let named_in = |path: &PathBuf| {
        let bytes = read(path, ConfigFile::MayBeMissing).ok().flatten()?;
        let part = PartOfFile::read(&path.display().to_string(), &bytes, "env_file").ok()?;
        Some(part.env_files_in(data_dir))
    };
    candidates.iter().filter_map(named_in).flatten().collect()
}
