//! The bootstrap configuration: what has to be known before the state is: where the data dir is, and what wraps its key.
//!
//! Order: compiled default, `config.yaml`, environment, flag; the later one wins. Keys of other tiers are ignored
//! here. Does NOT search for a config file to work on: a backup works on the one that was named. Only whether a daemon here
//! would seal archives, where it keeps them, and where its variables are, is looked up where no file was named
//! ([`check_unnamed_seal`], [`check_unnamed_archives`], [`Bootstrap::with_unnamed_env_files`]).

mod unnamed_archives;
mod unnamed_env_files;
mod unnamed_seal;

pub use unnamed_archives::check_unnamed_archives;
pub use unnamed_seal::check_unnamed_seal;

use crate::backends::KeyBackend;
use crate::config::{ConfigError, Inputs, PartOfFile};
use crate::key_settings::KeySettings;
use crate::sealing::SealingSettings;
use crate::yaml::Yaml;
use config::Config;
use loom_domain::archive::MemberPath;
use serde::Deserialize;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Environment variable that names the data dir.
pub const DATA_DIR_VARIABLE: &str = "OPENCCU_LOOM_DATA_DIR";
/// Environment variable that holds the master key.
pub const SECRET_KEY_VARIABLE: &str = "OPENCCU_LOOM_SECRET_KEY";

const DEFAULT_DATA_DIR: &str = "./var";
/// No config file is this large; reading more would be reading something else.
const MAX_CONFIG_BYTES: u64 = 4 << 20;

/// Where things are.
#[derive(Debug, Clone)]
pub struct Bootstrap {
    /// The data dir; it need not exist.
    pub data_dir: PathBuf,
    /// Who said so, for a note to the operator.
    pub data_dir_from: &'static str,
    /// The config file that was named.
    pub config_path: Option<PathBuf>,
    /// Its bytes; `None` if it does not exist and need not.
    pub config_bytes: Option<Vec<u8>>,
    /// Files of variables that the configuration may mean, as far as they lie in the data dir.
    pub env_files: Vec<MemberPath>,
    /// Where the daemon looks for its master key.
    pub key_backend: KeyBackend,
    /// What wraps master keys.
    pub keys: KeySettings,
}

/// Whether the named config file has to exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFile {
    /// A backup holds it.
    MustExist,
    /// A restore may create it.
    MayBeMissing,
}

/// Why the bootstrap configuration cannot be used. Fragments read after "failed to read the configuration: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BootstrapError {
    /// The named file does not exist.
    #[error(
        "config file `{0}` does not exist\nhint: name the right one with --config, or leave --config out to use `./var`"
    )]
    Missing(String),
    /// The named file does not exist, and nothing else names the data dir.
    #[error("config file `{0}` does not exist, so the data dir is not known\nhint: name it with --data-dir")]
    NoDataDir(String),
    /// It cannot be read.
    #[error("config file `{path}` cannot be read: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// It is no configuration, or `data_dir` is no path.
    #[error(
        "config file `{path}` cannot be used: {reason}\nhint: `data_dir` is a path such as `/var/lib/openccu-loom`"
    )]
    Malformed {
        /// The file, or the words "the environment".
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody named a file that a daemon here may use, and it has archives sealed.
    #[error(
        "a daemon here may use the config file `{0}`, which has archives sealed; without it this one would stay open\nhint: name that file with --config, or leave the archive open with --seal none"
    )]
    UnnamedSeal(String),
    /// Nobody named a file that a daemon here may use, and what it says of sealing cannot be known.
    #[error(
        "whether a daemon here would have archives sealed is not known: {0}\nhint: name the right file with --config, or leave the archive open with --seal none"
    )]
    UnknownSeal(String),
    /// Nobody named a file that a daemon here may use, and it keeps archives where nobody looks without it.
    #[error(
        "a daemon here may use the config file `{path}`, which keeps archives in `{folder}`; they may need an old key\nhint: name that file with --config, or that folder with --archives"
    )]
    UnnamedArchives {
        /// The file.
        path: String,
        /// The folder.
        folder: String,
    },
    /// Nobody named a file that a daemon here may use, and where it keeps archives cannot be known.
    #[error(
        "where a daemon here keeps archives, which may need an old key, is not known: {0}\nhint: name the right file with --config"
    )]
    UnknownArchives(String),
    /// Other settings that a verb needs are not right.
    #[error(transparent)]
    Settings(Box<ConfigError>),
}

#[derive(Deserialize)]
struct Tier {
    data_dir: String,
}

/// The inputs of [`Bootstrap::load`].
pub struct Sources<'a> {
    /// `--config`.
    pub config: Option<&'a Path>,
    /// Whether that file has to exist.
    pub config_file: ConfigFile,
    /// `--data-dir`.
    pub data_dir: Option<&'a Path>,
    /// Looks an environment variable up.
    pub environment: &'a dyn Fn(&str) -> Option<OsString>,
}

impl Bootstrap {
    /// Works out where things are.
    pub fn load(sources: &Sources<'_>) -> Result<Self, BootstrapError> {
        let config_bytes = match sources.config {
            None => None,
            Some(path) => read(path, sources.config_file)?,
        };
        let from_environment = (sources.environment)(DATA_DIR_VARIABLE).filter(|value| !value.is_empty());
        let (data_dir, data_dir_from) = match (sources.data_dir, from_environment) {
            (Some(flag), _) => (flag.to_owned(), "--data-dir"),
            (None, Some(value)) => (PathBuf::from(value), DATA_DIR_VARIABLE),
            (None, None) => match (sources.config, &config_bytes) {
                (Some(path), None) => return Err(BootstrapError::NoDataDir(path.display().to_string())),
                (Some(path), Some(bytes)) => from_file(path, bytes)?,
                (None, _) => (PathBuf::from(DEFAULT_DATA_DIR), "default"),
            },
        };
        let config_path = sources.config.map(Path::to_owned);
        let keys = part(config_path.as_deref(), config_bytes.as_deref(), "keys")?.key_settings();
        let env_file = part(config_path.as_deref(), config_bytes.as_deref(), "env_file")?;
        let env_files = env_file.env_files_in(&data_dir);
        let backends = part(config_path.as_deref(), config_bytes.as_deref(), "backends")?;
        let key_backend = backends.key_backend();
        Ok(Self { data_dir, data_dir_from, config_path, config_bytes, env_files, key_backend, keys })
    }

    /// The same with the files of variables that a daemon here may read, where nobody named its config file.
    #[must_use]
    pub fn with_unnamed_env_files(mut self, inputs: &Inputs<'_>) -> Self {
        self.env_files.extend(unnamed_env_files::unnamed_env_files(inputs, &self.data_dir));
        self
    }

    /// How archives of the state are packed and sealed, and what is odd about those settings, a line for each. The files
    /// they name are not looked at. A slip in a name that decides about sealing is an error: an archive that stayed open
    /// would be taken for a sealed one.
    pub fn sealing(&self) -> Result<(SealingSettings, Vec<String>), BootstrapError> {
        if let (Some(path), Some(bytes)) = (&self.config_path, &self.config_bytes) {
            PartOfFile::check_sealing(&path.display().to_string(), bytes).map_err(settings)?;
        }
        let part = part(self.config_path.as_deref(), self.config_bytes.as_deref(), "state_backups")?;
        let settings = part.sealing().map_err(settings)?;
        Ok((settings, part.warnings))
    }

    /// The folder of the archives that the daemon takes. It need not exist.
    pub fn state_backups_dir(&self) -> Result<PathBuf, BootstrapError> {
        let part = part(self.config_path.as_deref(), self.config_bytes.as_deref(), "state_backups")?;
        Ok(part.state_backups_dir(&self.data_dir))
    }
}

fn part(path: Option<&Path>, bytes: Option<&[u8]>, node: &str) -> Result<PartOfFile, BootstrapError> {
    let read = match (path, bytes) {
        (Some(path), Some(bytes)) => PartOfFile::read(&path.display().to_string(), bytes, node),
        _ => PartOfFile::default_values(),
    };
    read.map_err(settings)
}

fn settings(error: ConfigError) -> BootstrapError {
    match error {
        ConfigError::File(error) => error,
        other => BootstrapError::Settings(Box::new(other)),
    }
}

pub(crate) fn read(path: &Path, config_file: ConfigFile) -> Result<Option<Vec<u8>>, BootstrapError> {
    use std::io::Read;
    let shown = || path.display().to_string();
    let mut bytes = Vec::new();
    let read =
        std::fs::File::open(path).and_then(|file| file.take(MAX_CONFIG_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MAX_CONFIG_BYTES => {
            Err(BootstrapError::Malformed { path: shown(), reason: "it is larger than 4 MiB".to_owned() })
        }
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => match config_file {
            ConfigFile::MustExist => Err(BootstrapError::Missing(shown())),
            ConfigFile::MayBeMissing => Ok(None),
        },
        Err(source) => Err(BootstrapError::Unreadable { path: shown(), source }),
    }
}

fn from_file(path: &Path, bytes: &[u8]) -> Result<(PathBuf, &'static str), BootstrapError> {
    let malformed = |reason: String| BootstrapError::Malformed { path: path.display().to_string(), reason };
    let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
    let tier: Tier = Config::builder()
        .set_default("data_dir", DEFAULT_DATA_DIR)
        .and_then(|builder| builder.add_source(config::File::from_str(text, Yaml)).build())
        .and_then(Config::try_deserialize)
        .map_err(|error| malformed(error.to_string()))?;
    if tier.data_dir.trim().is_empty() {
        return Err(malformed("`data_dir` is empty".to_owned()));
    }
    Ok((PathBuf::from(tier.data_dir), "config file"))
}

#[cfg(test)]
mod tests;
