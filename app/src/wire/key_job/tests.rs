//! Proves that a key does not go where the daemon would not look for it.
//!
//! Does NOT change keys: `tests/e2e` does.

use super::*;
use crate::bootstrap::{ConfigFile, SECRET_KEY_VARIABLE, Sources};
use crate::wire::KeyJobErrorKind;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::archive::layout::KEY_FILE;
use loom_domain::secret::{MasterKey, Wrapper};
use loom_domain::usecases::MoveKeyError;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A data dir with a key in its file, whose daemon looks for it as `backend` says; the variable is set or not.
async fn job_of(backend: &str, variable: bool) -> (KeyJob, TempDir) {
    let folder = TempDir::new().unwrap();
    let (data_dir, config) = (folder.path().join("data"), folder.path().join("config.yaml"));
    std::fs::create_dir(&data_dir).unwrap();
    std::fs::write(&config, format!("data_dir: {}\nbackends:\n  keys: {backend}\n", data_dir.display()))
        .unwrap();
    let key = |byte: u8| MasterKey::from_bytes([byte; 32]).to_base64().to_string();
    std::fs::write(data_dir.join(KEY_FILE), key(1)).unwrap();
    std::fs::set_permissions(data_dir.join(KEY_FILE), PermissionsExt::from_mode(0o600)).unwrap();
    drop(SqliteStateStore::open(&data_dir.join(MAIN_DATABASE)).unwrap());
    let set = key(2);
    let environment: Environment =
        Arc::new(move |name| (variable && name == SECRET_KEY_VARIABLE).then(|| set.clone().into()));
    let sources = Sources {
        config: Some(&config),
        config_file: ConfigFile::MustExist,
        data_dir: None,
        environment: &|_: &str| None,
    };
    let bootstrap = Bootstrap::load(&sources).unwrap();
    (KeyJob::prepare(&bootstrap, &bootstrap.keys, &environment).await.unwrap(), folder)
}

#[tokio::test]
async fn a_key_does_not_go_where_the_daemon_does_not_look() {
    let (job, _folder) = job_of("env", true).await;
    let to_file = job.rotate(Some(KeyTarget::File), None, false).await.unwrap_err();
    let wrapped = job.move_to(KeyTarget::Wrapped(Wrapper::Kms), false).await.unwrap_err();
    for (refused, place) in [(to_file, "`file`"), (wrapped, "`kms`")] {
        let refused = refused.to_string();
        assert!(refused.contains("`backends.keys` is `env`") && refused.contains(place), "{refused}");
    }
    let by_default = job.rotate(None, None, false).await.unwrap_err();
    assert!(matches!(by_default, KeyJobError::Rotate(RotateKeyError::NewKeyMissing)), "{by_default}");
}

#[tokio::test]
async fn where_the_daemon_asks_the_variable_alone_the_file_is_no_key() {
    let (job, _folder) = job_of("env", false).await;
    let refused = job.rotate(None, None, false).await.unwrap_err();
    assert!(matches!(refused, KeyJobError::Rotate(RotateKeyError::NoKey)), "{refused}");
    let (job, _folder) = job_of("file", false).await;
    let rotated = job.rotate(None, None, false).await.unwrap();
    assert_eq!(rotated.from, MasterKey::from_bytes([1; 32]).fingerprint());
}

#[tokio::test]
async fn a_key_from_a_forgotten_variable_takes_no_other_key_s_place() {
    let (job, folder) = job_of("file", true).await;
    let secret_key = folder.path().join("data").join(KEY_FILE);
    let before = std::fs::read(&secret_key).unwrap();
    let refused = job.move_to(KeyTarget::File, true).await.unwrap_err();
    assert!(matches!(&refused, KeyJobError::Move(MoveKeyError::AnotherKey { .. })), "{refused}");
    assert_eq!(refused.kind(), KeyJobErrorKind::Key);
    assert_eq!(std::fs::read(&secret_key).unwrap(), before);
    assert_eq!(job.files.list_old_keys().await.unwrap(), []);
}
