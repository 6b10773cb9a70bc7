//! The configuration of the daemon: found, read, checked and layered, before the state is open.
//!
//! Order: compiled defaults, the config file, the environment (with what the `.env` file adds to it). Does NOT read what
//! the state stores; [`DaemonConfig::effective`] lays that over the rest. Does NOT open or create the data dir.

mod centrals;
mod document;
mod env_file;
mod layers;
mod listen;
mod overlay;
mod part_of_file;
mod search;

pub use centrals::{CentralsOfFile, centrals_of_file};
pub(crate) use env_file::parse as parse_env_file;
pub use layers::BackendNames;
pub use listen::{BadListenAddress, ListenAddress};
pub use overlay::OTHER_VARIABLES;
pub(crate) use part_of_file::PartOfFile;
pub(crate) use search::{Folder as ConfigFolder, find_named as named_file, folders as config_folders};

use crate::bootstrap::BootstrapError;
use crate::key_settings::KeySettings;
use crate::sealing::{SealingError, SealingSettings};
use crate::telemetry::logging::Logging;
use crate::wire::Environment;
use document::Document;
use jiff::Timestamp;
use layers::Tier;
use loom_domain::account::Role;
use loom_domain::archive::MemberPath;
use loom_domain::central::Central;
use loom_domain::config_schema::split_sections;
use loom_domain::config_section::ConfigSection;
use loom_domain::effective_config::EffectiveConfig;
use loom_domain::secret::SecretText;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where [`DaemonConfig::load`] looks.
pub struct Inputs<'a> {
    /// `--config`.
    pub config: Option<&'a Path>,
    /// The environment of the process.
    pub environment: &'a Environment,
    /// Folder that relative names start from.
    pub working_dir: &'a Path,
    /// Folder of the machine's own config file.
    pub system_dir: &'a Path,
}

impl<'a> Inputs<'a> {
    /// As a daemon looks: from the current folder and in `/etc/openccu-loom`.
    pub fn new(config: Option<&'a Path>, environment: &'a Environment) -> Self {
        let (working_dir, system_dir) = (Path::new("."), Path::new("/etc/openccu-loom"));
        Self { config, environment, working_dir, system_dir }
    }
}

/// What a daemon starts with. `Debug` shows no value of the file or the environment.
#[derive(Clone)]
pub struct DaemonConfig {
    /// The data dir; it need not exist.
    pub data_dir: PathBuf,
    /// What is logged, and how.
    pub logging: Logging,
    /// Where the HTTP API is served.
    pub listen: ListenAddress,
    /// Whether the first admin may be created over the network.
    pub allow_first_run_setup: bool,
    /// Names of the adapters, as configured; whether there are such adapters is not looked at here.
    pub backends: BackendNames,
    /// Folder for archives of the state.
    pub state_backups_dir: PathBuf,
    /// How those are packed and for whom they are sealed; the files this names were not looked at.
    pub sealing: SealingSettings,
    /// What wraps master keys.
    pub keys: KeySettings,
    /// The whole config file as a nested document, secrets in clear; an empty object without a file.
    pub document: Value,
    /// What variables set, by the path of the setting; secrets in clear.
    pub overlay: BTreeMap<String, Value>,
    /// The environment of the process with what the `.env` file adds. Everything else reads variables here.
    pub environment: Environment,
    /// What is odd but stops nobody, each a line for the operator.
    pub warnings: Vec<String>,
    /// The config file, if there is one.
    pub config_path: Option<PathBuf>,
    /// Its bytes.
    pub config_bytes: Option<Vec<u8>>,
    /// Files of variables that the configuration may mean, as far as they lie in the data dir.
    pub env_files: Vec<MemberPath>,
}

/// Why the configuration cannot be used. Fragments read after "failed to read the configuration: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A file that was named does not exist.
    #[error(
        "config file `{path}` does not exist\nhint: {named_by} names it; name another one, or none to use defaults"
    )]
    Missing {
        /// The file.
        path: String,
        /// `--config` or a variable.
        named_by: &'static str,
    },
    /// It cannot be read.
    #[error(transparent)]
    File(#[from] BootstrapError),
    /// It is no YAML.
    #[error(
        "config file `{path}` is no YAML that can be read: {reason}\nhint: compare it with `example.config.yaml`"
    )]
    Malformed {
        /// The file.
        path: String,
        /// What is wrong with it, and where.
        reason: String,
    },
    /// It holds values that settings cannot have.
    #[error(
        "config file `{path}` cannot be used: {reasons}\nhint: correct it, or take the line out to use the default"
    )]
    Wrong {
        /// The file.
        path: String,
        /// What is wrong, with lines; several are divided by `; `.
        reasons: String,
    },
    /// A variable holds a value its setting cannot have.
    #[error(
        "variable `{name}` {reason}\nhint: correct it, or unset it to use the config file or the default"
    )]
    Variable {
        /// The variable.
        name: String,
        /// What is wrong with its value.
        reason: String,
    },
    /// The `.env` file cannot be used.
    #[error(
        "environment file `{path}` cannot be used: {reason}\nhint: each line is `KEY=VALUE` or a comment after `#`"
    )]
    EnvFile {
        /// The file.
        path: String,
        /// What is wrong with it; never its contents.
        reason: String,
    },
    /// Settings of sealing contradict each other.
    #[error("archives of the state cannot be sealed as the configuration asks for: {0}")]
    Sealing(#[from] SealingError),
    /// Values fit one by one and do not make a configuration.
    #[error("{0}")]
    Unusable(String),
}

impl DaemonConfig {
    /// Finds, reads, checks and layers the configuration. Nothing is created, and the environment of the process is
    /// left as it is.
    pub fn load(inputs: &Inputs<'_>) -> Result<Self, ConfigError> {
        let found = search::find(inputs)?;
        let shown = found.as_ref().map(|file| file.path.display().to_string()).unwrap_or_default();
        let file = match &found {
            Some(file) => Document::read(&shown, &file.bytes)?,
            None => Document::default(),
        };
        let mut warnings = file.warnings(&shown);
        let added = env_file::load(inputs.working_dir, &layers::env_file_of(&file.value)?)?;
        warnings.extend(added.warnings());
        let environment = added.onto(inputs.environment);
        let overlay = overlay::of(&environment)?;
        let tier = Tier::layer(&file.value, &overlay)?;
        warnings.extend(layers::two_names_differ(&file.value));
        let data_dir = tier.data_dir()?;
        Ok(Self {
            logging: tier.logging()?,
            listen: tier.listen()?,
            allow_first_run_setup: tier.bootstrap.allow_first_run_setup,
            state_backups_dir: tier.state_backups_dir(&data_dir),
            env_files: tier.env_files_in(&data_dir),
            sealing: tier.sealing()?,
            keys: tier.key_settings(),
            data_dir,
            backends: tier.backends,
            document: file.value,
            overlay,
            environment,
            warnings,
            config_path: found.as_ref().map(|file| file.path.clone()),
            config_bytes: found.map(|file| file.bytes),
        })
    }

    /// The configuration in effect, with what is stored laid over it.
    pub fn effective(&self, sections: &[ConfigSection]) -> EffectiveConfig {
        EffectiveConfig::work_out(&self.document, &self.overlay, sections)
    }

    /// The sections the file holds, each as it would be stored.
    pub fn sections_of_file(&self) -> Vec<(String, Value)> {
        split_sections(&self.document).into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// The centrals the file holds.
    pub fn centrals_of_file(&self, now: Timestamp) -> Vec<Central> {
        centrals_of_file(&self.document, now).centrals
    }

    /// The users the file holds: name, and password or its hash.
    pub fn users_of_file(&self) -> Vec<(String, SecretText)> {
        let users = self.document.pointer("/north/rest/auth/users").and_then(Value::as_object);
        let users = users.into_iter().flatten();
        users
            .filter_map(|(name, password)| Some((name.clone(), SecretText::new(password.as_str()?))))
            .collect()
    }

    /// The tokens the file holds, with their roles. They have no names.
    pub fn tokens_of_file(&self) -> Vec<(SecretText, Role)> {
        let tokens = self.document.pointer("/north/rest/auth/tokens").and_then(Value::as_object);
        let tokens = tokens.into_iter().flatten();
        let role = |word: &Value| Role::parse(word.as_str()?);
        tokens.filter_map(|(token, word)| Some((SecretText::new(token.clone()), role(word)?))).collect()
    }
}

impl fmt::Debug for DaemonConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DaemonConfig")
            .field("data_dir", &self.data_dir)
            .field("logging", &self.logging)
            .field("listen", &self.listen)
            .field("backends", &self.backends)
            .field("state_backups_dir", &self.state_backups_dir)
            .field("sealing", &self.sealing)
            .field("config_path", &self.config_path)
            .field("variables", &self.overlay.keys())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
