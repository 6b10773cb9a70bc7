//! Crashes before every step of a switch, and what a recovery makes of what they leave.
//!
//! Does NOT re-seal anything: whether that happened is what each case says.

mod contract;
mod elsewhere;
mod obstacles;

use super::*;
use crate::{FileKey, KeyChain, WrappedFile};
use loom_domain::ports::{KeyProvider, KeyWrapping};
use loom_domain::secret::{WrappedKey, Wrapper};
use std::collections::BTreeMap;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tempfile::TempDir;

/// Wraps by turning every bit over, and says so to nobody.
struct Turning;

#[async_trait]
impl KeyWrapping for Turning {
    async fn wrap(&self, key: &MasterKey, id: &str) -> Result<WrappedKey, KeyError> {
        Ok(WrappedKey {
            wrapper: Wrapper::Kms,
            fingerprint: key.fingerprint(),
            settings: BTreeMap::from([("key_id".to_owned(), "alias/loom".to_owned())]),
            context: BTreeMap::from([("openccu-loom:data-dir".to_owned(), id.to_owned())]),
            ciphertext: key.bytes().iter().map(|byte| !byte).collect(),
        })
    }

    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<MasterKey, KeyError> {
        let bytes: [u8; 32] = wrapped.ciphertext.clone().try_into().unwrap();
        Ok(MasterKey::from_bytes(bytes.map(|byte| !byte)))
    }
}

fn wrappings() -> KeyWrappings {
    KeyWrappings { kms: Some(Arc::new(Turning)), ..KeyWrappings::default() }
}

fn key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

/// A data dir with key 1 in the file.
fn data_dir() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write_key(folder.path(), "secret.key", 1);
    folder
}

fn write_key(folder: &Path, name: &str, byte: u8) {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join(name);
    fs::write(&path, format!("{}\n", *key(byte).to_base64())).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
}

async fn present(folder: &Path) -> Option<MasterKey> {
    let sources: Vec<Arc<dyn KeyProvider>> = vec![
        Arc::new(WrappedFile::new(folder.join("secret.key.kms"), Wrapper::Kms, wrappings())),
        Arc::new(FileKey::of_data_dir(folder.join("secret.key"))),
    ];
    KeyChain::new(sources).resolve().await.unwrap().map(|resolved| resolved.key)
}

fn order(target: KeyTarget, old: OldKeyFate) -> SwitchOrder {
    let begun_at = "2026-11-23T12:00:00Z".parse().unwrap();
    SwitchOrder { from: key(1).fingerprint(), target, old, begun_at }
}

/// Crashes before the step of that number, counted from 0 over the life of the instance.
fn crashing(folder: &Path, at: u32) -> (DataDirKeys, Arc<AtomicU32>) {
    let met = Arc::new(AtomicU32::new(0));
    let count = met.clone();
    let crash = move || match count.fetch_add(1, Ordering::Relaxed) == at {
        true => Err(io::Error::other("crashed here")),
        false => Ok(()),
    };
    (DataDirKeys { crash: Box::new(crash), ..DataDirKeys::new(folder, wrappings()) }, met)
}

/// Fails before each of those steps, and goes on.
fn failing(folder: &Path, at: &'static [u32]) -> DataDirKeys {
    let met = AtomicU32::new(0);
    let crash = move || match at.contains(&met.fetch_add(1, Ordering::Relaxed)) {
        true => Err(io::Error::other("the disk is gone")),
        false => Ok(()),
    };
    DataDirKeys { crash: Box::new(crash), ..DataDirKeys::new(folder, wrappings()) }
}

/// Stages and completes with a crash at each step in turn, and hands every outcome to `check`.
async fn crash_everywhere(target: KeyTarget, to: u8, old: OldKeyFate, places: &[(&str, u8)]) -> u32 {
    for at in 0.. {
        let folder = data_dir();
        for (name, byte) in places {
            match *name {
                "secret.key.kms" => {
                    let wrapped = Turning.wrap(&key(*byte), "id").await.unwrap();
                    fs::write(folder.path().join(name), wrapped.to_json().unwrap()).unwrap();
                    fs::remove_file(folder.path().join("secret.key")).unwrap();
                }
                name => write_key(folder.path(), name, *byte),
            }
        }
        let path = folder.path();
        let (keys, met) = crashing(path, at);
        let staged = keys.stage(&key(to), &order(target, old)).await;
        let recovery = DataDirKeys::new(path, wrappings());
        let Ok(pending) = staged else {
            // Nothing was begun: the old key is the key, and a later try is not hindered.
            assert_eq!(present(path).await, Some(key(1)), "step {at}");
            assert_eq!(recovery.pending().await.unwrap(), None, "step {at}");
            let pending = recovery.stage(&key(to), &order(target, old)).await.unwrap();
            recovery.abandon(&pending).await.unwrap();
            continue;
        };
        assert_eq!(present(path).await, Some(key(1)), "step {at}");
        let completed = keys.complete(&pending).await;
        if completed.is_ok() {
            assert_eq!(present(path).await, Some(key(to)), "step {at}");
            return met.load(Ordering::Relaxed);
        }
        let left = recovery.pending().await.unwrap();
        assert_eq!(left, Some(pending.clone()), "step {at}: the journal must be there until the end");
        recovery.complete(&pending).await.unwrap();
        assert_eq!(present(path).await, Some(key(to)), "step {at}");
        assert_eq!(recovery.pending().await.unwrap(), None);
        let old_keys = recovery.list_old_keys().await.unwrap();
        let expected = usize::from(old == OldKeyFate::Kept);
        assert_eq!(old_keys.len(), expected, "step {at}: {old_keys:?}");
        assert!(
            fs::read_dir(path)
                .unwrap()
                .all(|entry| { !entry.unwrap().file_name().to_str().unwrap().starts_with(".loom-key-") })
        );
    }
    unreachable!("the steps end")
}

#[tokio::test]
async fn a_rotation_in_the_file_survives_a_crash_before_each_step() {
    let steps = crash_everywhere(KeyTarget::File, 2, OldKeyFate::Kept, &[]).await;
    assert!(steps >= 5, "{steps} steps");
}

#[tokio::test]
async fn a_rotation_into_kms_survives_a_crash_before_each_step() {
    let steps = crash_everywhere(KeyTarget::Wrapped(Wrapper::Kms), 2, OldKeyFate::Kept, &[]).await;
    assert!(steps >= 5, "{steps} steps");
}

#[tokio::test]
async fn a_rotation_out_of_kms_survives_a_crash_before_each_step() {
    let steps = crash_everywhere(KeyTarget::File, 2, OldKeyFate::Kept, &[("secret.key.kms", 1)]).await;
    assert!(steps >= 5, "{steps} steps");
}

#[tokio::test]
async fn wrapping_and_unwrapping_survive_a_crash_before_each_step() {
    let steps = crash_everywhere(KeyTarget::Wrapped(Wrapper::Kms), 1, OldKeyFate::Removed, &[]).await;
    assert!(steps >= 5, "{steps} steps");
    let steps = crash_everywhere(KeyTarget::File, 1, OldKeyFate::Removed, &[("secret.key.kms", 1)]).await;
    assert!(steps >= 5, "{steps} steps");
}

#[tokio::test]
async fn a_journal_that_may_be_on_the_disk_never_lies_there_without_its_key() {
    for (target, to) in [(KeyTarget::Wrapped(Wrapper::Kms), 1), (KeyTarget::File, 2)] {
        // It is not written; its name is not synced, and is taken back; nor can it be taken back.
        let cases: [(&[u32], bool); 3] = [(&[1], false), (&[2], false), (&[2, 3], true)];
        for (at, is_pending) in cases {
            let folder = data_dir();
            let path = folder.path();
            let order = order(target, OldKeyFate::Kept);
            let error = failing(path, at).stage(&key(to), &order).await.unwrap_err();
            assert!(matches!(error, KeyError::NotStored { .. }), "{error:?}");
            let recovery = DataDirKeys::new(path, wrappings());
            let pending = recovery.pending().await.unwrap();
            assert_eq!(pending.is_some(), is_pending, "{target:?}, steps {at:?}");
            assert_eq!(recovery.staged_files().len(), usize::from(is_pending), "{target:?}, steps {at:?}");
            assert_eq!(present(path).await, Some(key(1)), "{target:?}, steps {at:?}");
            if let Some(pending) = pending {
                recovery.complete(&pending).await.unwrap();
                assert_eq!(present(path).await, Some(key(to)), "{target:?}, steps {at:?}");
            }
            recovery.remove_leftovers();
            assert!(recovery.staged_files().is_empty());
        }
    }
}

#[tokio::test]
async fn a_crash_while_abandoning_is_abandoned_to_its_end() {
    for at in 0..2 {
        let folder = data_dir();
        let path = folder.path();
        let pending =
            crashing(path, 99).0.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
        assert!(crashing(path, at).0.abandon(&pending).await.is_err());
        let recovery = DataDirKeys::new(path, wrappings());
        assert_eq!(recovery.pending().await.unwrap(), Some(pending.clone()));
        recovery.abandon(&pending).await.unwrap();
        assert_eq!(present(path).await, Some(key(1)));
        assert_eq!(fs::read_dir(path).unwrap().count(), 1);
    }
}

#[tokio::test]
async fn no_old_key_is_replaced_by_another_of_its_name() {
    let folder = data_dir();
    let path = folder.path();
    write_key(path, "secret.key.old-20261123T120000Z", 9);
    let keys = DataDirKeys::new(path, wrappings());
    let pending = keys.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
    keys.complete(&pending).await.unwrap();
    let old = keys.list_old_keys().await.unwrap();
    let prints: Vec<_> = old.into_iter().map(|old| old.fingerprint.unwrap()).collect();
    assert_eq!(prints, [key(9).fingerprint(), key(1).fingerprint()]);
}

#[tokio::test]
async fn staged_keys_and_journals_are_for_their_owner_only_and_hold_no_key() {
    let folder = data_dir();
    let keys = DataDirKeys::new(folder.path(), wrappings());
    keys.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
    let mut seen = 0;
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(path.metadata().unwrap().mode() & 0o777, 0o600, "{}", path.display());
        if path.ends_with(".loom-key-switch.json") {
            let journal = fs::read_to_string(&path).unwrap();
            assert!(!journal.contains(key(2).to_base64().as_str()));
            assert!(journal.contains(key(2).fingerprint().as_str()));
            seen += 1;
        }
    }
    assert_eq!(seen, 1);
}

#[tokio::test]
async fn a_strange_journal_is_an_error_and_hinders_every_switch() {
    let folder = data_dir();
    fs::write(folder.path().join(".loom-key-switch.json"), "{}").unwrap();
    let keys = DataDirKeys::new(folder.path(), wrappings());
    let refused = keys.pending().await.unwrap_err().to_string();
    assert!(refused.contains("no journal of a change of the key"), "{refused}");
    keys.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap_err();
    assert_eq!(present(folder.path()).await, Some(key(1)));
}

#[tokio::test]
async fn a_key_kept_by_the_operator_leaves_no_key_in_the_data_dir() {
    let folder = data_dir();
    let keys = DataDirKeys::new(folder.path(), wrappings());
    let pending = keys.stage(&key(2), &order(KeyTarget::Environment, OldKeyFate::Kept)).await.unwrap();
    let switched = keys.complete(&pending).await.unwrap();
    assert_eq!(switched.source, KeySource::Environment("OPENCCU_LOOM_SECRET_KEY".to_owned()));
    assert_eq!(switched.kept, ["secret.key.old-20261123T120000Z"]);
    assert_eq!(present(folder.path()).await, None);
}

#[tokio::test]
async fn moving_a_key_never_removes_another_one() {
    for target in [KeyTarget::File, KeyTarget::Wrapped(Wrapper::Kms)] {
        // Key 1 is in the files, and key 2, which the environment held, is moved.
        let folder = data_dir();
        let path = folder.path();
        let document = Turning.wrap(&key(1), "id").await.unwrap().to_json().unwrap();
        fs::write(path.join("secret.key.kms"), document).unwrap();
        let keys = DataDirKeys::new(path, wrappings());
        let pending = keys.stage(&key(2), &order(target, OldKeyFate::Removed)).await.unwrap();
        let switched = keys.complete(&pending).await.unwrap();
        assert_eq!(present(path).await, Some(key(2)), "{target:?}");
        let old = keys.list_old_keys().await.unwrap();
        let mut names: Vec<_> = old.iter().map(|old| old.name.clone()).collect();
        names.sort();
        let mut kept = switched.kept.clone();
        kept.sort();
        assert_eq!(names, kept);
        let prints: Vec<_> = old.into_iter().map(|old| old.fingerprint.unwrap()).collect();
        assert_eq!(prints, [key(1).fingerprint(), key(1).fingerprint()], "{target:?}");
    }
}

#[tokio::test]
async fn a_staged_key_that_is_gone_or_another_one_is_not_taken_for_the_new_key() {
    for target in [KeyTarget::File, KeyTarget::Wrapped(Wrapper::Kms)] {
        let folder = data_dir();
        let path = folder.path();
        let keys = DataDirKeys::new(path, wrappings());
        let pending = keys.stage(&key(2), &order(target, OldKeyFate::Kept)).await.unwrap();
        let staged = staged::path(path, &pending);
        let whole = fs::read(&staged).unwrap();
        for broken in [None, Some(b"torn".to_vec()), Some(fs::read(path.join("secret.key")).unwrap())] {
            match &broken {
                None => fs::remove_file(&staged).unwrap(),
                Some(bytes) => fs::write(&staged, bytes).unwrap(),
            }
            let refused = keys.complete(&pending).await.unwrap_err().to_string();
            assert!(refused.contains(pending.to.as_str()), "{refused}");
            assert_eq!(present(path).await, Some(key(1)));
            assert_eq!(keys.pending().await.unwrap(), Some(pending.clone()));
        }
        fs::write(&staged, whole).unwrap();
        fs::set_permissions(&staged, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        keys.complete(&pending).await.unwrap();
        assert_eq!(present(path).await, Some(key(2)), "{target:?}");
    }
}

#[tokio::test]
async fn what_root_writes_belongs_to_the_owner_of_the_data_dir() {
    let folder = data_dir();
    let path = folder.path();
    let owner = match rustix::process::geteuid() {
        user if user.is_root() => 65_534,
        user => user.as_raw(),
    };
    for entry in [path.to_owned(), path.join("secret.key")] {
        chown(entry, Some(owner), None).unwrap();
    }
    let all_are_theirs = || {
        let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap());
        let owners: Vec<_> = entries.map(|entry| entry.metadata().unwrap().uid()).collect();
        assert!(owners.iter().all(|uid| *uid == owner), "{owners:?}");
        owners.len()
    };
    let keys = DataDirKeys::new(path, wrappings());
    for (n, target) in [(2, KeyTarget::Wrapped(Wrapper::Kms)), (3, KeyTarget::File)] {
        let pending = keys.stage(&key(n), &order(target, OldKeyFate::Kept)).await.unwrap();
        assert!(all_are_theirs() > 2);
        keys.complete(&pending).await.unwrap();
        all_are_theirs();
    }
}

#[test]
fn only_staged_keys_without_a_journal_are_left_over() {
    let folder = data_dir();
    let keys = DataDirKeys::new(folder.path(), wrappings());
    // A new `secret.key` on its way, as `FileKey` writes it.
    let on_its_way = folder.path().join(".loom-key-Ab12Cd");
    fs::write(&on_its_way, "").unwrap();
    assert!(!keys.has_leftovers());
    fs::write(folder.path().join(".loom-key-staged-00112233445566aa"), "").unwrap();
    assert!(keys.has_leftovers());
    keys.remove_leftovers();
    assert!(on_its_way.exists() && !keys.has_leftovers());
}

/// Has the wrapping key only as long as somebody names its service.
struct Nameless;

#[async_trait]
impl KeyWrapping for Nameless {
    async fn wrap(&self, _: &MasterKey, _: &str) -> Result<WrappedKey, KeyError> {
        Err(KeyError::NotInThisProgram(Wrapper::Kms))
    }

    async fn unwrap_key(&self, _: &WrappedKey) -> Result<MasterKey, KeyError> {
        let reason = "no service is named\nhint: set `keys.kms.endpoint`".to_owned();
        Err(KeyError::NotSetUp { wrapper: Wrapper::Kms, reason })
    }
}

#[tokio::test]
async fn a_key_that_the_daemon_would_not_unwrap_is_not_staged() {
    let folder = data_dir();
    let daemon = KeyWrappings { kms: Some(Arc::new(Nameless)), ..KeyWrappings::default() };
    let keys = DataDirKeys::new(folder.path(), wrappings()).proven_by(daemon);
    let moved = order(KeyTarget::Wrapped(Wrapper::Kms), OldKeyFate::Removed);
    let error = keys.stage(&key(1), &moved).await.unwrap_err().to_string();
    assert!(error.contains("the daemon would not find the key: no service is named"), "{error}");
    assert!(error.ends_with("hint: set `keys.kms.endpoint`"), "{error}");
    assert_eq!(keys.pending().await.unwrap(), None);
    assert_eq!(present(folder.path()).await, Some(key(1)));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
