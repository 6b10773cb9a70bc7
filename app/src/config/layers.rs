//! The bootstrap tier: defaults, file and environment laid over each other, and read as what they mean.
//!
//! Does NOT check single values; those of the file and the environment have been checked before.

use super::{ConfigError, ListenAddress, env_file};
use crate::key_settings::{KeySettings, KmsSettings, Pkcs11Settings};
use crate::sealing::{SealingError, SealingSettings, SealingWords};
use crate::state_backups::default_folder;
use crate::telemetry::logging::Logging;
use config::{Config, ConfigError as LayerError, Map, Source};
use loom_domain::archive::MemberPath;
use loom_domain::config_schema::{Field, Home, settings};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// Names of the adapters that stand behind the ports.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BackendNames {
    /// What keeps the state.
    pub state: String,
    /// Where the master key comes from.
    pub keys: String,
    /// What keeps archives of the state.
    pub archives: String,
    /// How centrals are spoken to.
    pub ccu: String,
}

/// The bootstrap tier as it is spelled.
#[derive(Deserialize)]
pub(super) struct Tier {
    data_dir: String,
    env_file: String,
    logging: Words,
    listen: Listen,
    pub(super) bootstrap: Setup,
    pub(super) backends: BackendNames,
    state_backups: StateBackups,
    keys: Keys,
}

#[derive(Deserialize)]
struct Words {
    level: String,
    format: String,
    overrides: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Listen {
    rest: String,
}

#[derive(Deserialize)]
pub(super) struct Setup {
    pub(super) allow_first_run_setup: bool,
}

#[derive(Deserialize)]
struct StateBackups {
    dir: String,
    #[serde(flatten)]
    sealing: SealingWords,
}

#[derive(Deserialize)]
struct Keys {
    kms: Kms,
    pkcs11: Pkcs11,
}

#[derive(Deserialize)]
struct Kms {
    key_id: String,
    region: String,
    endpoint: String,
}

#[derive(Deserialize)]
struct Pkcs11 {
    module: String,
    token: String,
    key_label: String,
    pin_file: String,
}

impl Tier {
    /// Lays the layers over each other.
    pub(super) fn layer(file: &Value, overlay: &BTreeMap<String, Value>) -> Result<Self, ConfigError> {
        let defaults = Layer::of(|field| Some(field.default_value()));
        // A field of two names counts under its own, if the file has both.
        let aliases = Layer::of_aliases(|field| find(file, field.path));
        let of_file = Layer::of(|field| find(file, field.path));
        let of_variables = Layer::of(|field| overlay.get(field.path).cloned());
        Config::builder()
            .add_source(defaults)
            .add_source(aliases)
            .add_source(of_file)
            .add_source(of_variables)
            .build()
            .and_then(Config::try_deserialize)
            .map_err(unusable)
    }

    pub(super) fn data_dir(&self) -> Result<PathBuf, ConfigError> {
        if self.data_dir.trim().is_empty() {
            let hint = "hint: `data_dir` is a path such as `/var/lib/openccu-loom`";
            return Err(ConfigError::Unusable(format!("`data_dir` is empty\n{hint}")));
        }
        Ok(PathBuf::from(&self.data_dir))
    }

    pub(super) fn listen(&self) -> Result<ListenAddress, ConfigError> {
        let refused = |error| {
            ConfigError::Unusable(format!(
                "`listen.rest` cannot be used: {error}\nhint: the default is `:8119`"
            ))
        };
        ListenAddress::parse(&self.listen.rest).map_err(refused)
    }

    pub(super) fn logging(&self) -> Result<Logging, ConfigError> {
        let unknown = |error| ConfigError::Unusable(format!("`logging` cannot be used: {error}"));
        let overrides = self.logging.overrides.iter();
        Ok(Logging {
            level: self.logging.level.parse().map_err(unknown)?,
            format: self.logging.format.parse().map_err(unknown)?,
            overrides: overrides
                .map(|(part, level)| Ok((part.clone(), level.parse()?)))
                .collect::<Result<_, _>>()
                .map_err(unknown)?,
        })
    }

    pub(super) fn env_files_in(&self, data_dir: &Path) -> Vec<MemberPath> {
        env_file::places_in(data_dir, &self.env_file)
    }

    pub(super) fn state_backups_dir(&self, data_dir: &Path) -> PathBuf {
        match self.state_backups.dir.trim() {
            "" => default_folder(data_dir),
            dir => PathBuf::from(dir),
        }
    }

    pub(super) fn sealing(&self) -> Result<SealingSettings, SealingError> {
        self.state_backups.sealing.settings()
    }

    pub(super) fn key_settings(&self) -> KeySettings {
        let Keys { kms, pkcs11 } = &self.keys;
        KeySettings {
            kms: KmsSettings {
                key_id: set(&kms.key_id),
                region: set(&kms.region),
                endpoint: set(&kms.endpoint),
            },
            pkcs11: Pkcs11Settings {
                module: set(&pkcs11.module).map(PathBuf::from),
                token: set(&pkcs11.token),
                key_label: set(&pkcs11.key_label),
                pin_file: set(&pkcs11.pin_file).map(PathBuf::from),
            },
        }
    }
}

/// A text that is not empty.
fn set(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The name of the `.env` file, which has to be known before the environment is.
pub(super) fn env_file_of(file: &Value) -> Result<String, ConfigError> {
    Tier::layer(file, &BTreeMap::new()).map(|tier| tier.env_file)
}

/// Says so if the file gives two names of one setting different values.
pub(super) fn two_names_differ(file: &Value) -> Option<String> {
    settings().find_map(|field| {
        let (alias, proper) = (field.path, field.alias_of?);
        let (one, other) = (find(file, alias)?, find(file, proper)?);
        (one != other)
            .then(|| format!("`{proper}` and `{alias}` are one setting and differ; `{proper}` is used"))
    })
}

fn find(document: &Value, path: &str) -> Option<Value> {
    let found = path.split('.').try_fold(document, |node, key| node.get(key))?;
    (!found.is_null()).then(|| found.clone())
}

fn unusable(error: LayerError) -> ConfigError {
    ConfigError::Unusable(format!("the layers do not fit together: {error}"))
}

/// One layer as a source of the `config` crate: values by dotted path.
#[derive(Clone)]
struct Layer(BTreeMap<String, Value>);

impl Layer {
    fn of(value: impl Fn(&Field) -> Option<Value>) -> Self {
        let fields = settings().filter(|field| field.home == Home::Bootstrap && field.alias_of.is_none());
        Self(fields.filter_map(|field| Some((field.path.to_owned(), value(field)?))).collect())
    }

    fn of_aliases(value: impl Fn(&Field) -> Option<Value>) -> Self {
        let fields = settings().filter(|field| field.home == Home::Bootstrap);
        Self(fields.filter_map(|field| Some((field.alias_of?.to_owned(), value(field)?))).collect())
    }
}

impl Source for Layer {
    fn clone_into_box(&self) -> Box<dyn Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, config::Value>, LayerError> {
        let foreign = |error: serde_json::Error| LayerError::Foreign(Box::new(error));
        let entries = self.0.iter();
        entries
            .map(|(path, value)| Ok((path.clone(), Deserialize::deserialize(value).map_err(foreign)?)))
            .collect()
    }
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
