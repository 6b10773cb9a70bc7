//! The states that the cases of the restore target begin with, restore and compare.
//!
//! Does NOT make claims.

use super::TargetBed;
use crate::moments::moment;
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Claim, RestoreTarget, TargetError};
use loom_domain::restore_plan::{Destination, Install, LiveCopy, Swap};
use std::collections::BTreeMap;
use std::sync::Arc;

pub(super) const DATABASE: &[u8] = b"SQLite format 3\0 the old database";
pub(super) const RESTORED: &[u8] = b"SQLite format 3\0 the restored database";

pub(super) fn old_keys(files: &BTreeMap<String, Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    let old = files.iter().filter(|(name, _)| name.starts_with("secret.key.old-"));
    old.map(|(name, bytes)| (name.clone(), bytes.clone())).collect()
}

/// Restores a key file; the one before is kept too, under that name.
pub(super) async fn restore_key(
    bed: &Arc<dyn TargetBed>,
    key: &[u8],
    old: &str,
) -> Result<Vec<MemberPath>, TargetError> {
    let staged = [("secret.key", key)];
    let claim = claim_and_stage(&bed.port(), &staged).await?;
    let copies = vec![LiveCopy { from: path("secret.key"), to: path(old) }];
    claim.apply(&Swap { copies, ..swap(&staged, &["secret.key"]) }).await
}

pub(super) const SET_ASIDE: [&str; 7] = [
    "a/b/notes.json",
    "history.db",
    "new/added.json",
    "openccu-loom.db",
    "openccu-loom.db-shm",
    "openccu-loom.db-wal",
    OLD_KEY,
];

pub(super) const OLD_KEY: &str = "secret.key.old-20261123T120000Z";

/// A live state with a second database, a sidecar and a nested file, and what a restore stages over it.
pub(super) fn put_old_state(bed: &Arc<dyn TargetBed>) -> [(&'static str, &'static [u8]); 3] {
    for name in bed.files().keys() {
        bed.remove_file(name);
    }
    for (name, bytes) in old_state() {
        bed.put_file(&name, &bytes);
    }
    [("openccu-loom.db", RESTORED), ("a/b/notes.json", b"restored notes"), ("new/added.json", b"added")]
}

pub(super) fn old_state() -> BTreeMap<String, Vec<u8>> {
    files(&[
        ("openccu-loom.db", DATABASE),
        ("openccu-loom.db-wal", b"wal of the old database"),
        ("history.db", DATABASE),
        ("a/b/notes.json", b"old notes"),
        ("secret.key", b"AAAA"),
    ])
}

pub(super) fn new_state() -> BTreeMap<String, Vec<u8>> {
    files(&[
        ("openccu-loom.db", RESTORED),
        ("a/b/notes.json", b"restored notes"),
        ("new/added.json", b"added"),
        ("secret.key", b"AAAA"),
        (OLD_KEY, b"AAAA"),
    ])
}

pub(super) async fn restore(bed: &Arc<dyn TargetBed>, staged: &[(&str, &[u8])], set_aside: &[&str]) {
    let claim = claim_and_stage(&bed.port(), staged).await.unwrap();
    claim.apply(&swap(staged, set_aside)).await.unwrap();
}

pub(super) async fn claim_and_stage(
    port: &Arc<dyn RestoreTarget>,
    staged: &[(&str, &[u8])],
) -> Result<Box<dyn Claim>, TargetError> {
    let mut claim = port.claim().await?;
    for (name, bytes) in staged {
        let member = path(name).under("state");
        claim.begin_file(&member, bytes.len() as u64).await?;
        claim.write(Bytes::copy_from_slice(bytes)).await?;
        claim.end_file().await?;
    }
    Ok(claim)
}

pub(super) fn swap(staged: &[(&str, &[u8])], set_aside: &[&str]) -> Swap {
    let install = |(name, _): &(&str, &[u8])| Install {
        member: path(name).under("state"),
        to: Destination::DataDir(path(name)),
    };
    Swap {
        at: moment(7),
        install: staged.iter().map(install).collect(),
        folders: Vec::new(),
        set_aside: set_aside.iter().map(|name| path(name)).collect(),
        copies: if set_aside.contains(&OLD_KEY) {
            vec![LiveCopy { from: path("secret.key"), to: path(OLD_KEY) }]
        } else {
            Vec::new()
        },
    }
}

pub(super) async fn assert_busy(bed: &Arc<dyn TargetBed>, name: &str) {
    let claimed = bed.port().claim().await.err();
    let undone = bed.port().undo().await.err();
    for error in [claimed, undone] {
        assert!(matches!(&error, Some(TargetError::Busy { by, .. }) if by.contains(name)), "{error:?}");
    }
}

pub(super) fn files(list: &[(&str, &[u8])]) -> BTreeMap<String, Vec<u8>> {
    list.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.to_vec())).collect()
}

pub(super) fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}
