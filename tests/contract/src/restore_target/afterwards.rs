//! The cases of the restore target after an `apply`: what `undo` brings back, what the undo set keeps, what there is to
//! recover.
//!
//! Does NOT list them for a test; the macro beside it does.

use super::TargetBed;
use super::states::*;
use crate::moments::moment;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Recovery, TargetError};
use std::sync::Arc;

/// `undo` brings back the state before the last `apply`, and says what it moved.
pub async fn undo_brings_back_the_state_before(bed: Arc<dyn TargetBed>) {
    let staged = put_old_state(&bed);
    restore(&bed, &staged, &SET_ASIDE).await;
    // What a daemon writes after the restore belongs to the restored state.
    bed.put_file("openccu-loom.db-wal", b"written after the restore");
    let undone = bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), old_state());
    assert_eq!(undone.replaced_at, moment(7));
    let names = |paths: &[MemberPath]| paths.iter().map(|p| p.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(
        names(&undone.brought_back),
        ["a/b/notes.json", "history.db", "openccu-loom.db", "openccu-loom.db-wal"]
    );
    assert_eq!(
        names(&undone.set_aside),
        ["a/b/notes.json", "new/added.json", "openccu-loom.db", "openccu-loom.db-wal", OLD_KEY]
    );
    assert!(!bed.has_work_files());
}

/// What `undo` replaces is the new undo set.
pub async fn undo_of_undo_brings_the_restored_state_back(bed: Arc<dyn TargetBed>) {
    let staged = put_old_state(&bed);
    restore(&bed, &staged, &SET_ASIDE).await;
    for expected in [old_state(), new_state(), old_state()] {
        bed.port().undo().await.unwrap();
        assert_eq!(bed.files(), expected);
    }
}

/// A key file that `undo` replaces by another one also gets the name of an earlier key, unless one of those is its
/// copy.
pub async fn a_key_that_an_undo_replaces_is_kept(bed: Arc<dyn TargetBed>) {
    bed.put_file("secret.key", b"BBBB");
    restore_key(&bed, b"AAAA", "secret.key.old-1").await.unwrap();
    for (present, earlier) in [(b"BBBB", b"AAAA"), (b"AAAA", b"BBBB"), (b"BBBB", b"AAAA")] {
        bed.port().undo().await.unwrap();
        let found = bed.files();
        assert_eq!(found["secret.key"], present);
        let [(name, bytes)] = <[_; 1]>::try_from(old_keys(&found)).unwrap();
        assert!(name != "secret.key.old-1" || present == b"AAAA", "{name}");
        assert_eq!(bytes, earlier);
    }
    for name in bed.files().keys() {
        bed.remove_file(name);
    }
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[]), "no other key took its place");

    bed.put_file("secret.key", b"BBBB");
    bed.put_file("secret.key.old-0", b"AAAA");
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key", b"BBBB"), ("secret.key.old-0", b"AAAA")]));
}

/// A key file that lies in the undo set alone gets the name of an earlier key from the `apply` that replaces the set.
pub async fn a_key_that_lies_in_the_undo_set_alone_outlives_it(bed: Arc<dyn TargetBed>) {
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    // Rotated: no archive holds this one.
    bed.put_file("secret.key", b"BBBB");
    bed.put_file("secret.key.old-0", b"AAAA");
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key.old-0", b"AAAA")]));
    for times in 1..=2 {
        restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
        let mut found = bed.files();
        assert_eq!(found.remove("secret.key").unwrap(), b"AAAA");
        assert_eq!(found.remove("secret.key.old-0").unwrap(), b"AAAA");
        let [(_, bytes)] = <[_; 1]>::try_from(old_keys(&found)).unwrap();
        assert_eq!((bytes, found.len()), (b"BBBB".to_vec(), 1), "restore {times}");
    }
    // The name that it would get first is the one of a copy.
    for name in bed.files().keys() {
        bed.remove_file(name);
    }
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.put_file("secret.key", b"BBBB");
    restore(&bed, &[("secret.key", b"AAAA")], &["secret.key"]).await;
    bed.put_file("secret.key", b"CCCC");
    let kept = restore_key(&bed, b"DDDD", "secret.key.old-20261122T221537Z").await.unwrap();
    assert_eq!(kept, [path("secret.key.old-20261122T221537Z-2")]);
    let found = bed.files();
    for key in [b"BBBB", b"CCCC", b"DDDD"] {
        assert!(found.values().any(|bytes| bytes == key), "{found:?}");
    }
}

/// Where `undo` brings a key file back, every other kind of key file is set aside: one that was added since may beat
/// it.
pub async fn no_key_file_that_was_added_since_beats_the_one_an_undo_brings_back(bed: Arc<dyn TargetBed>) {
    bed.put_file("secret.key", b"AAAA");
    restore_key(&bed, b"BBBB", "secret.key.old-1").await.unwrap();
    bed.remove_file("secret.key");
    bed.put_file("secret.key.kms", b"wrapped");
    let undone = bed.port().undo().await.unwrap();
    assert!(undone.set_aside.contains(&path("secret.key.kms")), "{undone:?}");
    let mut found = bed.files();
    assert_eq!(found.remove("secret.key").unwrap(), b"AAAA");
    let (name, kept) = found.pop_first().unwrap();
    assert!(
        name.starts_with("secret.key.kms.old-") && kept == b"wrapped" && found.is_empty(),
        "{name} {found:?}"
    );
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("secret.key.kms", b"wrapped"), ("secret.key.old-1", b"AAAA")]));
}

/// There is one undo set: that of the last `apply`.
pub async fn there_is_one_undo_set(bed: Arc<dyn TargetBed>) {
    for version in [b"1", b"2", b"3"] {
        restore(&bed, &[("openccu-loom.db", version)], &["openccu-loom.db"]).await;
    }
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("openccu-loom.db", b"2")]));
    bed.port().undo().await.unwrap();
    assert_eq!(bed.files(), files(&[("openccu-loom.db", b"3")]));
}

/// `undo` without an undo set is `NothingToUndo`.
pub async fn undo_without_an_undo_set_is_nothing_to_undo(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    let before = bed.files();
    let error = bed.port().undo().await.unwrap_err();
    assert!(matches!(error, TargetError::NothingToUndo(_)), "{error}");
    assert_eq!(bed.files(), before);
    bed.remove_data_dir();
    let error = bed.port().undo().await.unwrap_err();
    assert!(matches!(error, TargetError::NothingToUndo(_)), "{error}");
    assert_eq!(bed.everything(), None);
}

/// `recover` does nothing where nothing was interrupted, a missing data dir included.
pub async fn recovery_of_an_idle_data_dir_does_nothing(bed: Arc<dyn TargetBed>) {
    bed.put_file("openccu-loom.db", DATABASE);
    assert_eq!(bed.port().recover().await.unwrap(), Recovery::NothingToDo);
    assert_eq!(bed.files(), files(&[("openccu-loom.db", DATABASE)]));
    bed.remove_data_dir();
    assert_eq!(bed.port().recover().await.unwrap(), Recovery::NothingToDo);
    assert_eq!(bed.everything(), None);
}
