//! An old key that lies in no file of the data dir: kept with a switch, and given up with it.
//!
//! Does NOT say which keys are kept; the use case does.

use super::*;

/// Stages, keeps key 7 from elsewhere, and ends; tells whether the key was kept, and whether all of it was done.
async fn switch_from_elsewhere(keys: &DataDirKeys, order: &SwitchOrder, is_resealed: bool) -> (bool, bool) {
    let Ok(pending) = keys.stage(&key(2), order).await else { return (false, false) };
    if keys.keep_old_key(&key(7), order.begun_at).await.is_err() {
        return (false, false);
    }
    let ended = match is_resealed {
        true => keys.complete(&pending).await.map(drop),
        false => keys.abandon(&pending).await,
    };
    (true, ended.is_ok())
}

#[tokio::test]
async fn a_copied_key_stays_or_goes_with_its_switch_after_a_crash_before_each_step() {
    let from = key(7).fingerprint();
    let order = SwitchOrder { from, ..order(KeyTarget::File, OldKeyFate::Copied) };
    for is_resealed in [false, true] {
        for at in 0.. {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path();
            let (kept, is_done) = switch_from_elsewhere(&crashing(path, at).0, &order, is_resealed).await;
            let recovery = DataDirKeys::new(path, wrappings());
            match recovery.pending().await.unwrap() {
                Some(pending) if is_resealed && kept => _ = recovery.complete(&pending).await.unwrap(),
                Some(pending) => recovery.abandon(&pending).await.unwrap(),
                None => {}
            }
            recovery.remove_leftovers();
            let old = recovery.list_old_keys().await.unwrap();
            assert_eq!(old.len(), usize::from(is_resealed && kept), "step {at}: {old:?}");
            let is_left = fs::read_dir(path).unwrap().count();
            assert_eq!(is_left, 2 * usize::from(is_resealed && kept), "step {at}");
            if is_done {
                assert!(at >= 7, "{at} steps");
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_key_that_could_not_be_kept_durably_is_not_kept() {
    for at in [&[0], &[1]] {
        let folder = data_dir();
        let keys = failing(folder.path(), at);
        let error = keys.keep_old_key(&key(7), "2026-11-23T12:00:00Z".parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, KeyError::NotStored { .. }), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
