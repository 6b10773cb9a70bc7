//! Cases of which key an archive needs.
//!
//! Does NOT read archives.

use super::*;
use crate::archive::manifest::{FormatVersion, ListedFile, UnopenedValues};
use crate::archive::{LockHint, MemberPath};
use crate::ports::ArchiveId;
use std::collections::BTreeMap;

const PRESENT: &str = "0000000000000001";
const OLD: &str = "0000000000000002";
const STRANGER: &str = "0000000000000003";

fn name(hex: &str) -> KeyFingerprint {
    KeyFingerprint::parse(hex).unwrap()
}

fn known() -> KnownKeys {
    let old = vec![("secret.key.old-20261123T120000Z".to_owned(), name(OLD))];
    KnownKeys { present: Some(name(PRESENT)), old, ..KnownKeys::default() }
}

fn archive(key: Option<(&str, bool)>, sealed_values: Option<u64>) -> ListedArchive {
    let manifest = Manifest {
        daemon_version: "1".to_owned(),
        format: None,
        created_at: jiff::Timestamp::UNIX_EPOCH,
        host: None,
        files: BTreeMap::new(),
        databases: Vec::new(),
        master_key: key.map(|(hex, inside)| ListedKey { fingerprint: name(hex), inside, wrapped_by: None }),
        sealed_values,
        unopened: UnopenedValues::default(),
        left_out: Vec::new(),
    };
    let id = ArchiveId::parse("a.tar.gz").unwrap();
    ListedArchive { id, bytes: 1, lock: None, manifest: Ok(manifest) }
}

fn at(archive: &ListedArchive) -> KeyAt {
    NeededKey::of(archive, None, &known()).at
}

#[test]
fn an_open_archive_needs_the_key_it_names_unless_that_is_inside() {
    let old = KeyAt::Old("secret.key.old-20261123T120000Z".to_owned());
    assert_eq!(at(&archive(Some((OLD, true)), Some(2))), KeyAt::Inside);
    assert_eq!(at(&archive(Some((OLD, false)), Some(2))), old);
    assert_eq!(at(&archive(Some((PRESENT, false)), Some(2))), KeyAt::Present);
    assert_eq!(at(&archive(Some((STRANGER, false)), None)), KeyAt::NotAtHand);
    assert_eq!(at(&archive(Some((STRANGER, false)), Some(0))), KeyAt::NotNeeded);
    assert_eq!(at(&archive(None, None)), KeyAt::Unknown);
}

#[test]
fn an_archive_without_facts_carries_its_key_if_it_lists_the_file() {
    let listing = |file: &str| {
        let mut archive = archive(None, None);
        let listed = ListedFile { bytes: None, sha256: "0".repeat(64) };
        archive.manifest.as_mut().unwrap().files =
            [(MemberPath::parse(file.as_bytes()).unwrap(), listed)].into();
        archive
    };
    assert_eq!(at(&listing("state/secret.key")), KeyAt::Inside);
    assert_eq!(at(&listing("state/secret.key.kms")), KeyAt::Wrapped(Wrapper::Kms));
    assert_eq!(at(&listing("state/x/secret.key")), KeyAt::Unknown);
    // A program that tells its key had a file that was none.
    let mut broken = listing("state/secret.key");
    let manifest = broken.manifest.as_mut().unwrap();
    (manifest.format, manifest.sealed_values) = (Some(FormatVersion::CURRENT), Some(1));
    assert_eq!(at(&broken), KeyAt::Unknown);
}

#[test]
fn of_copies_of_one_old_key_that_in_clear_is_named() {
    let [clear, wrapped] = ["secret.key.old-20261124T120000Z", "secret.key.kms.old-20261123T120000Z"];
    let copy = |file: &str| (file.to_owned(), name(OLD));
    for old in [vec![copy(wrapped), copy(clear)], vec![copy(clear), copy(wrapped)]] {
        assert_eq!(KnownKeys { old, ..known() }.find(&name(OLD)), KeyAt::Old(clear.to_owned()));
    }
}

#[test]
fn an_archive_sealed_with_the_master_key_needs_the_one_that_opened_it() {
    let sealed = |archive| ListedArchive { lock: Some(ArchiveLock::MasterKey), ..archive };
    let opened = sealed(archive(None, Some(0)));
    let needed = NeededKey::of(&opened, Some(&name(PRESENT)), &known());
    assert_eq!((needed.fingerprint, needed.at), (Some(name(PRESENT)), KeyAt::Present));
    assert_eq!(at(&sealed(archive(Some((STRANGER, false)), Some(0)))), KeyAt::NotAtHand);
    let manifest = Err(Undescribed::Unopened("sealed".to_owned()));
    let begun = ListedArchive { manifest, ..opened };
    let needed = NeededKey::of(&begun, Some(&name(OLD)), &known());
    assert_eq!(needed.fingerprint, Some(name(OLD)));
    assert_eq!(at(&begun), KeyAt::Unknown);
    let manifest = Err(Undescribed::Locked("sealed".to_owned()));
    assert_eq!(at(&ListedArchive { manifest, ..begun }), KeyAt::NotAtHand);
}

#[test]
fn an_archive_needs_the_other_keys_that_values_in_it_name() {
    let unopened =
        || UnopenedValues { values: 2, unnamed: 0, other_keys: [name(OLD), name(STRANGER)].into() };
    let others = [
        (name(OLD), KeyAt::Old("secret.key.old-20261123T120000Z".to_owned())),
        (name(STRANGER), KeyAt::NotAtHand),
    ];
    for (lock, inside, at) in [
        (None, true, KeyAt::Inside),
        (None, false, KeyAt::Present),
        (Some(ArchiveLock::Passphrase), true, KeyAt::Inside),
        (Some(ArchiveLock::MasterKey), false, KeyAt::Present),
    ] {
        let mut archive = ListedArchive { lock, ..archive(Some((PRESENT, inside)), Some(3)) };
        archive.manifest.as_mut().unwrap().unopened = unopened();
        let needed = NeededKey::of(&archive, Some(&name(PRESENT)), &known());
        assert_eq!((needed.at, needed.others), (at, others.clone().into()));
    }
}

#[test]
fn nobody_can_tell_what_values_need_that_did_not_open_and_name_no_key() {
    for lock in [None, Some(ArchiveLock::MasterKey)] {
        let mut archive = ListedArchive { lock, ..archive(Some((PRESENT, true)), Some(3)) };
        archive.manifest.as_mut().unwrap().unopened =
            UnopenedValues { values: 2, unnamed: 1, other_keys: [name(OLD)].into() };
        let needed = NeededKey::of(&archive, Some(&name(PRESENT)), &known());
        assert_eq!(needed.at, KeyAt::Unknown);
        assert!(needed.others.contains_key(&name(OLD)));
    }
}

#[test]
fn an_archive_for_recipients_names_its_key_to_whoever_cannot_open_it() {
    for (hex, place, at) in [
        (OLD, KeyPlace::Inside, KeyAt::Identity),
        (OLD, KeyPlace::Wrapped(Wrapper::Kms), KeyAt::Wrapped(Wrapper::Kms)),
        (OLD, KeyPlace::Outside, KeyAt::Old("secret.key.old-20261123T120000Z".to_owned())),
        (PRESENT, KeyPlace::Outside, KeyAt::Present),
        (STRANGER, KeyPlace::Outside, KeyAt::NotAtHand),
    ] {
        let closed = for_recipients(HintedKey::Key { fingerprint: name(hex), place });
        let needed = NeededKey::of(&closed, None, &known());
        assert_eq!((needed.fingerprint, needed.at), (Some(name(hex)), at));
    }
    assert_eq!(at(&for_recipients(HintedKey::NoKey)), KeyAt::Identity);
}

#[test]
fn nobody_can_tell_what_a_closed_archive_needs_that_names_no_key() {
    let untold = for_recipients(HintedKey::Untold);
    assert_eq!(at(&untold), KeyAt::Unknown);
    assert_eq!(at(&ListedArchive { lock: Some(ArchiveLock::Passphrase), ..untold }), KeyAt::Unknown);
}

#[test]
fn an_opened_archive_is_believed_rather_than_its_outside() {
    let closed = for_recipients(HintedKey::Key { fingerprint: name(STRANGER), place: KeyPlace::Inside });
    for lock in [closed.lock, Some(ArchiveLock::Passphrase)] {
        let opened = |inside| ListedArchive { lock: lock.clone(), ..archive(Some((OLD, inside)), Some(2)) };
        assert_eq!(at(&opened(true)), KeyAt::Inside);
        assert_eq!(at(&opened(false)), KeyAt::Old("secret.key.old-20261123T120000Z".to_owned()));
    }
}

fn for_recipients(master_key: HintedKey) -> ListedArchive {
    let hint = LockHint { master_key, recipients: Vec::new() };
    let lock = ArchiveLock::Recipients { kinds: vec!["X25519".to_owned()], hint };
    let manifest = Err(Undescribed::Locked("sealed".to_owned()));
    ListedArchive { lock: Some(lock), manifest, ..archive(None, None) }
}

#[test]
fn what_is_damaged_and_open_needs_nobody_knows_which() {
    let damaged = Err(Undescribed::Damaged("it ends early".to_owned()));
    assert_eq!(at(&ListedArchive { manifest: damaged, ..archive(None, None) }), KeyAt::Unknown);
}
