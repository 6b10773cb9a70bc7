//! Where master keys come from, per verb.
//!
//! Does NOT create keys: nothing on the command line ever does.

use super::Environment;
use crate::backends::KeyBackend;
use crate::bootstrap::{Bootstrap, SECRET_KEY_VARIABLE};
use loom_adapter_keys::{CredentialKey, DataDirKeys, EnvKey, FileKey, KeyChain, WrappedFile};
use loom_domain::archive::layout::KEY_FILE;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, KeyWrappings, OldKeys, ResolvedKey};
use loom_domain::secret::Wrapper;
use loom_domain::usecases::KeyRing;
use std::path::Path;
use std::sync::Arc;

/// The key of a data dir, as its daemon finds it: environment, credential of the service manager, then the data dir's own
/// files. The first that is there wins; a broken one is an error.
pub(crate) fn of_data_dir(
    data_dir: &Path,
    environment: &Environment,
    wrappings: &KeyWrappings,
) -> Arc<dyn KeyProvider> {
    let mut places = from_outside(environment);
    places.extend(within(data_dir, wrappings));
    Arc::new(KeyChain::new(places))
}

/// The same for a verb, where the configuration may narrow it: `backends.keys`.
pub(crate) fn of_bootstrap(
    bootstrap: &Bootstrap,
    environment: &Environment,
    wrappings: &KeyWrappings,
) -> Arc<dyn KeyProvider> {
    match bootstrap.key_backend {
        KeyBackend::Env => Arc::new(variable(environment)),
        KeyBackend::File | KeyBackend::Memory => of_data_dir(&bootstrap.data_dir, environment, wrappings),
    }
}

/// The key in the data dir's own files, whatever the environment says.
pub(crate) fn within_data_dir(data_dir: &Path, wrappings: &KeyWrappings) -> Arc<dyn KeyProvider> {
    Arc::new(KeyChain::new(within(data_dir, wrappings)))
}

/// The key file of a data dir, where the key of a new one is created.
pub(crate) fn file_of_data_dir(data_dir: &Path) -> FileKey {
    FileKey::of_data_dir(data_dir.join(KEY_FILE))
}

/// The key in a file the operator named; the file must exist.
pub(super) async fn open_key_file(path: &Path) -> Result<ResolvedKey, KeyError> {
    let missing = || KeyError::Unreadable {
        origin: KeySource::File(path.display().to_string()),
        cause: "it does not exist".into(),
    };
    FileKey::new(path.to_owned()).resolve().await?.ok_or_else(missing)
}

/// The key that beats all others: a named one, else the environment's, else a credential.
pub async fn given_key(
    key_file: Option<&Path>,
    environment: &Environment,
) -> Result<Option<ResolvedKey>, KeyError> {
    match named(key_file).await? {
        Some(key) => Ok(Some(key)),
        None => KeyChain::new(from_outside(environment)).resolve().await,
    }
}

/// Keys for checking an archive on its own: a named one beats the archive's, all others help where it has none.
/// A fall-back that is broken is told in a note: it must not stop a check that does not need it.
pub(super) async fn for_verify(
    key_file: Option<&Path>,
    data_dir: &Path,
    environment: &Environment,
    wrappings: &KeyWrappings,
) -> Result<(KeyRing, Option<String>), KeyError> {
    let before = named(key_file).await?;
    Ok(ring(before, of_data_dir(data_dir, environment, wrappings), data_dir, wrappings).await)
}

/// Keys for a restore: what the daemon will use afterwards. The environment beats the archive's key there, the data dir's
/// own files only matter where the archive has none. Where the configuration narrows it, the plan tells what is not looked
/// at afterwards, and all keys are tried.
pub(super) async fn for_restore(
    key_file: Option<&Path>,
    bootstrap: &Bootstrap,
    environment: &Environment,
    wrappings: &KeyWrappings,
) -> Result<(KeyRing, Option<String>), KeyError> {
    let data_dir = &bootstrap.data_dir;
    let before = given_key(key_file, environment).await?;
    let after = Arc::new(KeyChain::new(within(data_dir, wrappings)));
    let (ring, note) = ring(before, after, data_dir, wrappings).await;
    Ok((KeyRing { files_unasked: bootstrap.key_backend == KeyBackend::Env, ..ring }, note))
}

async fn ring(
    before: Option<ResolvedKey>,
    after: Arc<dyn KeyProvider>,
    data_dir: &Path,
    wrappings: &KeyWrappings,
) -> (KeyRing, Option<String>) {
    let (after, note) = match after.resolve().await {
        Ok(key) => (key, None),
        Err(error) => (None, Some(format!("not used: {error}"))),
    };
    // What cannot be asked for the present key is not asked for earlier ones.
    let asked = if note.is_none() { wrappings.clone() } else { KeyWrappings::default() };
    let old = DataDirKeys::new(data_dir, asked).resolve_old_keys().await.unwrap_or_default();
    let untried = old.unresolved.into_values().next().map(|error| format!("not used: {error}"));
    let ring =
        KeyRing { before, after, earlier: old.keys, wrappings: wrappings.clone(), ..KeyRing::default() };
    (ring, note.or(untried))
}

/// What an operator gives a program from outside of its data dir.
fn from_outside(environment: &Environment) -> Vec<Arc<dyn KeyProvider>> {
    let credentials = environment.clone();
    vec![
        Arc::new(variable(environment)),
        Arc::new(CredentialKey::new(KEY_FILE, move |name: &str| credentials(name))),
    ]
}

fn variable(environment: &Environment) -> EnvKey {
    let environment = environment.clone();
    EnvKey::new(SECRET_KEY_VARIABLE, move |name: &str| environment(name))
}

/// The key files of a data dir, in the order in which they win.
fn within(data_dir: &Path, wrappings: &KeyWrappings) -> Vec<Arc<dyn KeyProvider>> {
    let wrapped = |wrapper: Wrapper| -> Arc<dyn KeyProvider> {
        Arc::new(WrappedFile::new(data_dir.join(wrapper.file_name()), wrapper, wrappings.clone()))
    };
    let mut places: Vec<_> = Wrapper::ALL.into_iter().map(wrapped).collect();
    places.push(Arc::new(file_of_data_dir(data_dir)));
    places
}

async fn named(key_file: Option<&Path>) -> Result<Option<ResolvedKey>, KeyError> {
    match key_file {
        Some(path) => open_key_file(path).await.map(Some),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::{ConfigFile, Sources};

    #[tokio::test]
    async fn a_restore_for_a_daemon_that_asks_the_variable_alone_knows_so() {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("config.yaml");
        let environment: Environment = Arc::new(|_| None);
        for (backend, unasked) in [("env", true), ("file", false)] {
            std::fs::write(&config, format!("data_dir: /nowhere\nbackends:\n  keys: {backend}\n")).unwrap();
            let sources = Sources {
                config: Some(&config),
                config_file: ConfigFile::MustExist,
                data_dir: None,
                environment: &|_: &str| None,
            };
            let bootstrap = Bootstrap::load(&sources).unwrap();
            let ring = for_restore(None, &bootstrap, &environment, &KeyWrappings::default()).await.unwrap().0;
            assert_eq!(ring.files_unasked, unasked, "{backend}");
        }
    }
}
