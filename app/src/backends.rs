//! Backends by name: which adapter stands behind each family of ports, as the configuration says.
//!
//! Does NOT open anything; that is `daemon`'s, in its order.

use crate::config::DaemonConfig;

/// Where the state is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StateBackend {
    /// A SQLite database in the data dir.
    Sqlite,
    /// In memory, for tests: nothing outlives the process.
    Memory,
}

/// Where the master key comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyBackend {
    /// The environment, else `secret.key` in the data dir, which is created if there is none.
    File,
    /// The environment only; nothing is created.
    Env,
    /// In memory, for tests: sealed values do not open in another process.
    Memory,
}

impl KeyBackend {
    const BY_NAME: [(&str, Self); 3] = [("file", Self::File), ("env", Self::Env), ("memory", Self::Memory)];

    /// The backend of that name. One that is none is taken for the default: with it no daemon starts.
    pub(crate) fn named(name: &str) -> Self {
        let found = Self::BY_NAME.into_iter().find(|(known, _)| *known == name);
        found.map_or(Self::File, |(_, backend)| backend)
    }

    /// The word for it in the configuration.
    pub(crate) fn as_str(self) -> &'static str {
        Self::BY_NAME
            .into_iter()
            .find_map(|(name, backend)| (backend == self).then_some(name))
            .unwrap_or_default()
    }
}

/// Where archives of the state are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ArchiveBackend {
    /// A folder.
    Folder,
    /// In memory, for tests.
    Memory,
}

/// How centrals are spoken to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CcuBackend {
    /// Over the network, as real ones are.
    Homematic,
    /// Not at all: centrals are configured and kept, and nobody contacts them.
    None,
    /// Pretended ones in memory, for tests.
    Memory,
}

/// The adapters a daemon is wired from; each field is the family of ports of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Backends {
    pub state: StateBackend,
    pub keys: KeyBackend,
    pub archives: ArchiveBackend,
    pub ccu: CcuBackend,
}

/// Why a daemon cannot be wired as configured. Fragments read after "failed to start: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BackendError {
    /// There is no such adapter in this program.
    #[error("`{key}` names the backend `{name}`, which is not in this program\nhint: there are: {known}")]
    Unknown {
        /// The key in the configuration.
        key: &'static str,
        /// What it says.
        name: String,
        /// What it may say.
        known: String,
    },
    /// Two that do not fit together.
    #[error(
        "`backends.archives: {archives}` cannot back up `backends.state: {state}`: archives in a folder hold a data dir on \
         the disk, archives in memory one in memory\nhint: use `sqlite` with `folder`, or `memory` with `memory`"
    )]
    Mismatch {
        /// Where the state is kept.
        state: String,
        /// Where archives are kept.
        archives: String,
    },
}

impl Backends {
    /// The adapters the configuration names.
    pub(crate) fn choose(config: &DaemonConfig) -> Result<Self, BackendError> {
        let names = &config.backends;
        let state = pick(
            "backends.state",
            &names.state,
            &[("sqlite", StateBackend::Sqlite), ("memory", StateBackend::Memory)],
        )?;
        let keys = pick("backends.keys", &names.keys, &KeyBackend::BY_NAME)?;
        let archives = pick(
            "backends.archives",
            &names.archives,
            &[("folder", ArchiveBackend::Folder), ("memory", ArchiveBackend::Memory)],
        )?;
        let ccu = pick(
            "backends.ccu",
            &names.ccu,
            &[
                ("homematic", CcuBackend::Homematic),
                ("none", CcuBackend::None),
                ("memory", CcuBackend::Memory),
            ],
        )?;
        let fits = (state == StateBackend::Memory) == (archives == ArchiveBackend::Memory);
        if !fits {
            return Err(BackendError::Mismatch {
                state: names.state.clone(),
                archives: names.archives.clone(),
            });
        }
        Ok(Self { state, keys, archives, ccu })
    }
}

fn pick<T: Copy>(key: &'static str, name: &str, known: &[(&str, T)]) -> Result<T, BackendError> {
    let found = known.iter().find(|(known, _)| *known == name);
    found.map(|(_, backend)| *backend).ok_or_else(|| BackendError::Unknown {
        key,
        name: name.to_owned(),
        known: known.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", "),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_backend_is_refused_with_the_list_of_those_there_are() {
        let error = pick("backends.state", "postgres", &[("sqlite", 1), ("memory", 2)]).unwrap_err();
        let words = "`backends.state` names the backend `postgres`, which is not in this program\n\
            hint: there are: `sqlite`, `memory`";
        assert_eq!(error.to_string(), words);
    }
}
