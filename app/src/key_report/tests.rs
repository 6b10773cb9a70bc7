//! What is told of closed archives, and which old keys that holds back.
//!
//! Does NOT read archives.

use super::*;
use crate::key_archives::{KeysAtHand, check_unneeded};
use loom_domain::archive::{HintedKey, KeyPlace, LockHint};
use loom_domain::ports::{ArchiveId, Undescribed};
use loom_domain::secret::{MasterKey, Wrapper};
use loom_domain::usecases::RetireKeysError;

fn print() -> KeyFingerprint {
    MasterKey::from_bytes([1; 32]).fingerprint()
}

/// Why the only old key cannot be retired beside an archive behind that lock.
fn refused(lock: ArchiveLock) -> Option<String> {
    let name = "secret.key.old-20261123T120000Z".to_owned();
    let old = OldKey { name: name.clone(), fingerprint: Ok(print()) };
    let known = KnownKeys { old: vec![(name, print())], ..KnownKeys::default() };
    let id = ArchiveId::parse("monday.tar.gz.age").unwrap();
    let manifest = Err(Undescribed::Locked("sealed".to_owned()));
    let listed = ListedArchive { id, bytes: 1, lock: Some(lock), manifest };
    let archive = ReportedArchive::new(&listed, None, &known);
    let keys = KeysAtHand { old: vec![old.clone()], ..KeysAtHand::default() };
    match check_unneeded(&[archive], &keys, &[&old]) {
        Ok(()) => None,
        Err(RetireKeysError::Needed { why, .. }) => Some(why),
        Err(other) => panic!("{other}"),
    }
}

fn for_recipients(master_key: HintedKey) -> ArchiveLock {
    let hint = LockHint { master_key, recipients: Vec::new() };
    ArchiveLock::Recipients { kinds: vec!["X25519".to_owned()], hint }
}

#[test]
fn an_archive_for_recipients_holds_back_the_key_it_does_not_carry_in_clear() {
    let naming = |place| for_recipients(HintedKey::Key { fingerprint: print(), place });
    for place in [KeyPlace::Outside, KeyPlace::Wrapped(Wrapper::Kms)] {
        assert!(refused(naming(place)).unwrap().contains("`monday.tar.gz.age`"), "{place:?}");
    }
    assert_eq!(refused(naming(KeyPlace::Inside)), None);
    assert_eq!(refused(for_recipients(HintedKey::NoKey)), None);
}

#[test]
fn an_archive_of_which_nobody_can_tell_whether_it_carries_its_key_holds_every_key_back() {
    for lock in [ArchiveLock::Passphrase, for_recipients(HintedKey::Untold)] {
        let why = refused(lock).unwrap();
        assert!(why.contains("`monday.tar.gz.age`") && why.contains("cannot be told from outside"), "{why}");
        assert!(why.contains("move it out of the folder"), "{why}");
    }
}
