//! One part of a config file, read and checked on its own: verbs of the command line work with a file whose other parts
//! are not right.
//!
//! Does NOT search for a file, and does NOT look at the environment.

use super::ConfigError;
use super::document::Document;
use super::layers::Tier;
use crate::backends::KeyBackend;
use crate::key_settings::KeySettings;
use crate::sealing::SealingSettings;
use loom_domain::archive::MemberPath;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The settings below one node of a config file, with the defaults of all others.
pub(crate) struct PartOfFile {
    tier: Tier,
    /// What is odd about them, a line for each.
    pub(crate) warnings: Vec<String>,
}

impl PartOfFile {
    /// The part below `node`, such as `keys`.
    pub(crate) fn read(path: &str, bytes: &[u8], node: &str) -> Result<Self, ConfigError> {
        let part = Document::read_part(path, bytes, node)?;
        Ok(Self { tier: Tier::layer(&part.value, &BTreeMap::new())?, warnings: part.warnings(path) })
    }

    /// Refuses a file in which something looks like an order to seal and is none, wherever it stands.
    pub(crate) fn check_sealing(path: &str, bytes: &[u8]) -> Result<(), ConfigError> {
        Document::check_sealing(path, bytes)
    }

    /// Where there is no file.
    pub(crate) fn default_values() -> Result<Self, ConfigError> {
        let nothing = Document::default();
        Ok(Self { tier: Tier::layer(&nothing.value, &BTreeMap::new())?, warnings: Vec::new() })
    }

    pub(crate) fn sealing(&self) -> Result<SealingSettings, ConfigError> {
        Ok(self.tier.sealing()?)
    }

    pub(crate) fn state_backups_dir(&self, data_dir: &Path) -> PathBuf {
        self.tier.state_backups_dir(data_dir)
    }

    pub(crate) fn env_files_in(&self, data_dir: &Path) -> Vec<MemberPath> {
        self.tier.env_files_in(data_dir)
    }

    pub(crate) fn key_backend(&self) -> KeyBackend {
        KeyBackend::named(&self.tier.backends.keys)
    }

    pub(crate) fn key_settings(&self) -> KeySettings {
        self.tier.key_settings()
    }
}
