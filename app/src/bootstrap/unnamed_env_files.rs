//! Files of variables that a daemon here may read, named in config files which nobody named on the command line.
//!
//! Does NOT look at anything else in config files, and does NOT refuse anything: one that cannot be read
//! names nothing, and is told.

use super::{Bootstrap, BootstrapError, ConfigFile, read};
use crate::config::{ConfigError, ConfigFolder, Inputs, PartOfFile, config_folders, named_file};
use loom_domain::archive::MemberPath;
use std::path::{Path, PathBuf};

/// Where in the data dir they may lie. As with seals, each file that a daemon may find counts, and one in the data dir; a
/// file that the variable `OPENCCU_LOOM_CONFIG` names is the only one.
pub(super) fn unnamed_env_files(inputs: &Inputs<'_>, data_dir: &Path) -> Vec<MemberPath> {
    let candidates: Vec<PathBuf> = match named_file(inputs) {
        Ok(Some(named)) => vec![named.path],
        _ => unnamed_candidates(inputs, data_dir),
    };
    let named_in = |path: &PathBuf| {
        let bytes = read(path, ConfigFile::MayBeMissing).ok().flatten()?;
        let part = PartOfFile::read(&path.display().to_string(), &bytes, "env_file").ok()?;
        Some(part.env_files_in(data_dir))
    };
    candidates.iter().filter_map(named_in).flatten().collect()
}

impl Bootstrap {
    /// What [`Bootstrap::with_unnamed_env_files`] could not look into, a note for each config file that exists.
    pub fn unread_config_notes(&self, inputs: &Inputs<'_>) -> Vec<String> {
        unread(inputs, &self.data_dir)
            .iter()
            .map(|path| {
                format!(
                    "config file `{path}` cannot be read, so the file its `env_file` names may be in the archive"
                )
            })
            .collect()
    }
}

fn unread(inputs: &Inputs<'_>, data_dir: &Path) -> Vec<String> {
    let named = match named_file(inputs) {
        Ok(Some(_)) => return Vec::new(),
        Err(ConfigError::File(BootstrapError::Unreadable { path, .. })) => Some(path),
        _ => None,
    };
    // In a folder that is closed nobody can say whether there is one.
    let is_unread = |path: &PathBuf| {
        path.symlink_metadata().is_ok()
            && matches!(read(path, ConfigFile::MayBeMissing), Err(BootstrapError::Unreadable { .. }))
    };
    let found = unnamed_candidates(inputs, data_dir).into_iter().filter(is_unread);
    named.into_iter().chain(found.map(|path| path.display().to_string())).collect()
}

fn unnamed_candidates(inputs: &Inputs<'_>, data_dir: &Path) -> Vec<PathBuf> {
    let folders = config_folders(inputs).into_iter();
    folders.chain([ConfigFolder::System(data_dir.to_owned())]).map(|folder| folder.config_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn a_config_file_that_exists_and_cannot_be_read_is_told() {
        let place = tempfile::tempdir().unwrap();
        let [cwd, system, data] = ["cwd", "system", "data"].map(|name| place.path().join(name));
        std::fs::create_dir(&cwd).unwrap();
        std::fs::write(cwd.join("config.yaml"), "env_file: x.env\n").unwrap();
        // Not even root can read a folder as a file.
        std::fs::create_dir_all(system.join("config.yaml")).unwrap();
        let told = |variable: Option<PathBuf>| {
            let environment: crate::wire::Environment = Arc::new(move |name| match name {
                "OPENCCU_LOOM_CONFIG" => variable.clone().map(Into::into),
                _ => None,
            });
            let (working_dir, system_dir) = (&cwd, &system);
            unread(&Inputs { config: None, environment: &environment, working_dir, system_dir }, &data)
        };
        let closed = system.join("config.yaml").display().to_string();
        assert_eq!(told(None), [closed]);
        assert_eq!(told(Some(cwd.join("config.yaml"))), [""; 0]);
        assert_eq!(told(Some(cwd.clone()))[0], cwd.display().to_string());
    }
}
