//! The undo set's own account: what the last swap replaced and what it put in place.
//!
//! Does NOT hold the files; they lie beside it under `files/`.

use super::{FILES, SwapError, UNDO, steps::Steps};
use crate::durable::is_absent;
use jiff::Timestamp;
use loom_domain::archive::MemberPath;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};

const ACCOUNT: &str = "undo.json";
const FORMAT: u32 = 1;

/// What a swap did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UndoSet {
    pub replaced_at: Timestamp,
    /// Paths in the data dir whose files lie in the set.
    pub replaced: Vec<MemberPath>,
    /// Paths in the data dir the swap put files at.
    pub installed: Vec<MemberPath>,
    pub config: Option<UndoConfig>,
}

/// What a swap did with a config file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct UndoConfig {
    /// The live path, absolute.
    pub path: PathBuf,
    /// Whether the one before is kept beside it; otherwise there was none.
    pub kept: bool,
}

/// The account as it is stored.
#[derive(Serialize, Deserialize)]
struct Stored {
    format: u32,
    replaced_at: String,
    replaced: Vec<String>,
    installed: Vec<String>,
    config: Option<UndoConfig>,
}

impl UndoSet {
    /// The account of the undo set of a data dir, if there is one.
    pub(crate) fn read(dir: &Path) -> Result<Option<Self>, SwapError> {
        let path = dir.join(UNDO).join(ACCOUNT);
        let failed = |error| SwapError::failed(&path, error);
        let bytes = match std::fs::read(&path) {
            Err(error) if is_absent(&error) => return Ok(None),
            bytes => bytes.map_err(failed)?,
        };
        let stored: Stored = serde_json::from_slice(&bytes).map_err(|error| failed(error.into()))?;
        if stored.format != FORMAT {
            return Err(failed(io::Error::other("it was written by a newer version; use that one")));
        }
        let parse = |names: Vec<String>| {
            let paths = names.iter().map(|name| MemberPath::parse(name.as_bytes()));
            paths.collect::<Result<Vec<_>, _>>().map_err(|error| failed(io::Error::other(error)))
        };
        Ok(Some(Self {
            replaced_at: stored
                .replaced_at
                .parse()
                .map_err(|error: jiff::Error| failed(io::Error::other(error)))?,
            replaced: parse(stored.replaced)?,
            installed: parse(stored.installed)?,
            config: stored.config,
        }))
    }

    /// Where the file of a replaced path lies, relative to the data dir.
    pub(crate) fn location(path: &MemberPath) -> PathBuf {
        Path::new(UNDO).join(FILES).join(path.as_str())
    }

    /// Writes the account into `folder`, which will become the undo set.
    pub(super) fn write(&self, folder: &Path, steps: &Steps) -> Result<(), SwapError> {
        let names = |paths: &[MemberPath]| paths.iter().map(|path| path.as_str().to_owned()).collect();
        let stored = Stored {
            format: FORMAT,
            replaced_at: self.replaced_at.to_string(),
            replaced: names(&self.replaced),
            installed: names(&self.installed),
            config: self.config.clone(),
        };
        let path = folder.join(ACCOUNT);
        let json =
            serde_json::to_vec_pretty(&stored).map_err(|error| SwapError::failed(&path, error.into()))?;
        steps.write_file(&path, &json)
    }
}
