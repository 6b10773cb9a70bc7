//! Proves what a change of the key that waits holds up, and that the way out is told.
//!
//! Does NOT interrupt one: it is staged and left.

use super::*;
use crate::wire::{CreateError, HeldDataDir, KeyJobErrorKind};
use loom_domain::archive::layout::KEY_FILE;
use loom_domain::ports::{KeyTarget, OldKeyFate, PendingSwitch, SwitchOrder};
use loom_domain::secret::{MasterKey, WrappedKey, Wrapper};
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use tempfile::TempDir;

/// A data dir whose key was about to change when everything ended.
async fn interrupted() -> (TempDir, DataDirKeys, PendingSwitch) {
    let folder = TempDir::new().unwrap();
    let keys = DataDirKeys::new(folder.path(), KeyWrappings::default());
    let order = SwitchOrder {
        from: MasterKey::from_bytes([1; 32]).fingerprint(),
        target: KeyTarget::File,
        old: OldKeyFate::Kept,
        begun_at: "2026-11-23T12:00:00Z".parse().unwrap(),
    };
    let pending = keys.stage(&MasterKey::from_bytes([2; 32]), &order).await.unwrap();
    (folder, keys, pending)
}

#[tokio::test]
async fn a_damaged_database_keeps_the_staged_key_and_the_way_out_is_told() {
    let (folder, keys, pending) = interrupted().await;
    let database = folder.path().join(MAIN_DATABASE);
    // Not even a database; and one whose first page alone is whole.
    drop(loom_adapter_sqlite::SqliteStateStore::open(&database).unwrap());
    let mut torn = std::fs::read(&database).unwrap();
    torn.get_mut(4096..).unwrap().fill(0x5a);
    for damaged in [b"garbage ".repeat(2048), torn] {
        std::fs::write(&database, damaged).unwrap();
        let error = recover_key_switch(folder.path(), &KeyWrappings::default()).await.unwrap_err();
        assert!(matches!(error, KeyJobError::BrokenDatabase(_)), "{error:?}");
        let words = error.to_string();
        assert!(words.contains("move `openccu-loom.db*` and `.loom-key-*` out of the data dir"), "{words}");
        assert_eq!(keys.pending().await.unwrap().as_ref(), Some(&pending));
    }
}

#[tokio::test]
async fn a_good_database_that_cannot_be_used_as_things_are_is_not_called_damaged() {
    let (folder, keys, pending) = interrupted().await;
    let database = folder.path().join(MAIN_DATABASE);
    drop(loom_adapter_sqlite::SqliteStateStore::open(&database).unwrap());
    let good = std::fs::read(&database).unwrap();
    let (version, newer) = (b"00000000000103", b"00000000009103");
    let mut of_newer = good.clone();
    while let Some(at) = of_newer.windows(version.len()).position(|bytes| bytes == version) {
        of_newer[at..at + newer.len()].copy_from_slice(newer);
    }
    std::fs::write(&database, of_newer).unwrap();
    let error = recover_key_switch(folder.path(), &KeyWrappings::default()).await.unwrap_err();
    assert_eq!(error.kind(), KeyJobErrorKind::Refused, "{error:?}");
    let words = error.to_string();
    assert!(words.contains("newer than this binary supports") && !words.contains("move "), "{words}");

    std::fs::write(&database, good).unwrap();
    // A folder in the place of a file that is needed stands for a full disk, missing rights and all the rest.
    let lock = folder.path().join(format!("{MAIN_DATABASE}-migrate.lock"));
    std::fs::remove_file(&lock).unwrap();
    std::fs::create_dir(&lock).unwrap();
    let error = recover_key_switch(folder.path(), &KeyWrappings::default()).await.unwrap_err();
    assert_eq!(error.kind(), KeyJobErrorKind::Unexpected, "{error:?}");
    let words = error.to_string();
    assert!(words.contains("cannot be opened") && !words.contains("move "), "{words}");
    assert_eq!(keys.pending().await.unwrap().as_ref(), Some(&pending));
}

#[tokio::test]
async fn no_backup_is_taken_before_a_change_of_the_key_is_at_its_end() {
    let (folder, keys, pending) = interrupted().await;
    let refused = HeldDataDir::hold_settled(folder.path(), folder.path()).err();
    let is_interrupted = |error: &CreateError| matches!(error, CreateError::KeySwitch(error) if matches!(**error, KeyJobError::Interrupted));
    assert!(refused.as_ref().is_some_and(is_interrupted), "{refused:?}");
    keys.abandon(&pending).await.unwrap();
    HeldDataDir::hold_settled(folder.path(), folder.path()).unwrap();
}

#[tokio::test]
async fn a_journal_whose_staged_key_is_gone_is_taken_back_where_the_old_key_is_left() {
    // A rotation that nothing was re-sealed by.
    let (folder, keys, pending) = interrupted().await;
    drop(loom_adapter_sqlite::SqliteStateStore::open(&folder.path().join(MAIN_DATABASE)).unwrap());
    lose_staged(folder.path());
    let recover = async || recover_key_switch(folder.path(), &KeyWrappings::default()).await;
    assert_eq!(recover().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!(keys.pending().await.unwrap(), None);

    // A move, first without its key in any place, then with it where it lay.
    let fingerprint = pending.to;
    let order = SwitchOrder { from: fingerprint.clone(), old: OldKeyFate::Removed, ..pending.order };
    keys.stage(&MasterKey::from_bytes([2; 32]), &order).await.unwrap();
    lose_staged(folder.path());
    let error = recover().await.unwrap_err();
    assert_eq!(error.kind(), KeyJobErrorKind::Key, "{error:?}");
    let words = error.to_string();
    assert!(words.contains("hint: put that key there") && words.contains(fingerprint.as_str()), "{words}");
    let document = WrappedKey {
        wrapper: Wrapper::Kms,
        fingerprint,
        settings: BTreeMap::from([("key_id".to_owned(), "alias/loom".to_owned())]),
        context: BTreeMap::new(),
        ciphertext: vec![0; 32],
    };
    let wrapped = folder.path().join(Wrapper::Kms.file_name());
    std::fs::write(&wrapped, document.to_json().unwrap()).unwrap();
    std::fs::set_permissions(&wrapped, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(recover().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!(keys.pending().await.unwrap(), None);
    assert!(wrapped.exists() && !folder.path().join(KEY_FILE).exists());
}

#[tokio::test]
async fn a_key_that_was_on_its_way_to_a_service_is_found_where_its_hint_has_it_put() {
    let (folder, keys, pending) = interrupted().await;
    keys.abandon(&pending).await.unwrap();
    let key = MasterKey::from_bytes([2; 32]);
    let order = SwitchOrder { from: key.fingerprint(), old: OldKeyFate::Removed, ..pending.order };
    keys.stage(&key, &order).await.unwrap();
    lose_staged(folder.path());
    // Nothing here wraps; all that tells where the key was to go is the journal.
    let journal = folder.path().join(".loom-key-switch.json");
    let to_kms = std::fs::read_to_string(&journal).unwrap().replace("\"file\"", "\"kms\"");
    std::fs::write(&journal, to_kms).unwrap();
    let recover = async || recover_key_switch(folder.path(), &KeyWrappings::default()).await;
    let words = recover().await.unwrap_err().to_string();
    let place = folder.path().join(KEY_FILE);
    assert!(words.contains(&format!("neither file `{}` nor", place.display())), "{words}");
    std::fs::write(&place, &*key.to_base64()).unwrap();
    std::fs::set_permissions(&place, PermissionsExt::from_mode(0o600)).unwrap();
    assert_eq!(recover().await.unwrap(), KeyRecovery::Abandoned);
    assert_eq!(keys.lie_there().await.unwrap()[KEY_FILE], key.fingerprint());
}

fn lose_staged(data_dir: &Path) {
    let entries = data_dir.read_dir().unwrap().map(|entry| entry.unwrap().path());
    let staged: Vec<_> =
        entries.filter(|path| path.to_string_lossy().contains(".loom-key-staged-")).collect();
    assert_eq!(staged.len(), 1);
    staged.iter().for_each(|path| std::fs::remove_file(path).unwrap());
}
