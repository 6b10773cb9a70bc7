//! Where master keys come from, per verb.
//!
//! Does NOT create keys: nothing on the command line ever does.

use super::Environment;
use crate::bootstrap::SECRET_KEY_VARIABLE;
use loom_adapter_keys::{EnvKey, FileKey, KeyChain};
use loom_domain::archive::layout::KEY_FILE;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, ResolvedKey};
use loom_domain::usecases::KeyRing;
use std::path::Path;
use std::sync::Arc;

/// The key of a data dir, as its daemon would find it: environment first, then `secret.key`.
pub(crate) fn of_data_dir(data_dir: &Path, environment: &Environment) -> Arc<dyn KeyProvider> {
    Arc::new(KeyChain::new(vec![
        Arc::new(from_environment(environment)),
        Arc::new(FileKey::new(data_dir.join(KEY_FILE))),
    ]))
}

/// The key in a file the operator named; the file must exist.
async fn open_key_file(path: &Path) -> Result<ResolvedKey, KeyError> {
    let missing = || KeyError::Unreadable {
        origin: KeySource::File(path.display().to_string()),
        cause: "it does not exist".into(),
    };
    FileKey::new(path.to_owned()).resolve().await?.ok_or_else(missing)
}

/// The key that beats all others: a named one, else the environment's.
pub async fn given_key(
    key_file: Option<&Path>,
    environment: &Environment,
) -> Result<Option<ResolvedKey>, KeyError> {
    match named(key_file).await? {
        Some(key) => Ok(Some(key)),
        None => from_environment(environment).resolve().await,
    }
}

/// Keys for checking an archive on its own: a named one beats the archive's, all others help where it has none.
/// A fall-back that is broken is told in a note: it must not stop a check that does not need it.
pub(super) async fn for_verify(
    key_file: Option<&Path>,
    data_dir: &Path,
    environment: &Environment,
) -> Result<(KeyRing, Option<String>), KeyError> {
    let before = named(key_file).await?;
    let (after, note) = fall_back(of_data_dir(data_dir, environment)).await;
    Ok((KeyRing { before, after, ..KeyRing::default() }, note))
}

/// Keys for a restore: what the daemon will use afterwards. The environment beats the archive's key there, the old
/// `secret.key` only matters where the archive has none.
pub(super) async fn for_restore(
    key_file: Option<&Path>,
    data_dir: &Path,
    environment: &Environment,
) -> Result<(KeyRing, Option<String>), KeyError> {
    let before = given_key(key_file, environment).await?;
    let (after, note) = fall_back(Arc::new(FileKey::new(data_dir.join(KEY_FILE)))).await;
    Ok((KeyRing { before, after, ..KeyRing::default() }, note))
}

fn from_environment(environment: &Environment) -> EnvKey {
    let environment = Arc::clone(environment);
    EnvKey::new(SECRET_KEY_VARIABLE, move |name: &str| environment(name))
}

async fn named(key_file: Option<&Path>) -> Result<Option<ResolvedKey>, KeyError> {
    match key_file {
        Some(path) => open_key_file(path).await.map(Some),
        None => Ok(None),
    }
}

async fn fall_back(provider: Arc<dyn KeyProvider>) -> (Option<ResolvedKey>, Option<String>) {
    match provider.resolve().await {
        Ok(key) => (key, None),
        Err(error) => (None, Some(format!("not used: {error}"))),
    }
}
