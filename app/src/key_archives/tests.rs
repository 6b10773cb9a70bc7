//! Old keys that archives need, may need, and do not need.
//!
//! Does NOT read archives.

use super::*;
use loom_domain::archive::NeededKey;
use loom_domain::ports::KeySource;
use loom_domain::secret::BadMasterKey;

const CLEAR: &str = "secret.key.old-20261123T120000Z";
const WRAPPED: &str = "secret.key.kms.old-20261123T130000Z";

fn print(byte: u8) -> KeyFingerprint {
    MasterKey::from_bytes([byte; 32]).fingerprint()
}

/// Two old keys, of which the service that unwraps the second is away.
fn keys() -> KeysAtHand {
    let old = |name: &str, byte| OldKey { name: name.to_owned(), fingerprint: Ok(print(byte)) };
    let away = KeyError::Unreachable {
        origin: KeySource::Memory,
        cause: "no route".into(),
        mend: "look at the network".to_owned(),
    };
    KeysAtHand {
        present: None,
        old: vec![old(CLEAR, 1), old(WRAPPED, 2)],
        earlier: ResolvedOldKeys { keys: Vec::new(), unresolved: [(WRAPPED.to_owned(), away)].into() },
    }
}

fn archive(at: KeyAt, fingerprint: Option<KeyFingerprint>) -> ReportedArchive {
    ReportedArchive {
        name: "sealed.tar.gz.oclbak".to_owned(),
        format: None,
        lock: Some(ArchiveLock::MasterKey),
        needs: NeededKey { fingerprint, at },
        problem: None,
    }
}

fn refused(archives: &[ReportedArchive], keys: &KeysAtHand, names: &[&str]) -> Option<(String, String)> {
    let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
    let retired = asked_for(&keys.old, &names, None).unwrap();
    match check_unneeded(archives, keys, &retired) {
        Ok(()) => None,
        Err(RetireKeysError::Needed { name, why }) => Some((name, why)),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn an_old_key_that_cannot_be_tried_stays_while_an_archive_opens_with_no_other() {
    let keys = keys();
    for at in [KeyAt::NotAtHand, KeyAt::Unknown] {
        let closed = [archive(at, None)];
        let (name, why) = refused(&closed, &keys, &[]).unwrap();
        assert_eq!(name, WRAPPED);
        assert!(
            why.contains("`sealed.tar.gz.oclbak`") && why.contains("no route; look at the network"),
            "{why}"
        );
        // The other one was tried.
        assert_eq!(refused(&closed, &keys, &[CLEAR]), None);
    }
}

#[test]
fn an_old_key_that_was_tried_in_vain_may_go() {
    let tried = KeysAtHand { earlier: ResolvedOldKeys::default(), ..keys() };
    assert_eq!(refused(&[archive(KeyAt::NotAtHand, None)], &tried, &[]), None);
}

#[test]
fn an_old_file_that_holds_no_key_may_go_and_one_that_cannot_be_read_stays() {
    let with = |error| {
        let earlier = ResolvedOldKeys { unresolved: [(CLEAR.to_owned(), error)].into(), keys: Vec::new() };
        let old = vec![OldKey { name: CLEAR.to_owned(), fingerprint: Err("unknown".to_owned()) }];
        refused(&[archive(KeyAt::NotAtHand, None)], &KeysAtHand { old, earlier, present: None }, &[])
    };
    let origin = KeySource::Memory;
    assert_eq!(with(KeyError::Malformed { origin: origin.clone(), reason: BadMasterKey::NotBase64 }), None);
    let exposed = KeyError::Exposed { origin, mode: 0o644, mend: "chmod".to_owned() };
    assert_eq!(with(exposed).unwrap().0, CLEAR);
}

#[test]
fn archives_that_name_another_key_or_carry_theirs_hold_no_old_key_back() {
    let other = archive(KeyAt::NotAtHand, Some(print(7)));
    assert_eq!(refused(&[other.clone(), archive(KeyAt::Inside, None)], &keys(), &[]), None);
    let mut nameless = keys();
    nameless.old[1].fingerprint = Err("it cannot be read".to_owned());
    assert_eq!(refused(&[other], &nameless, &[]).unwrap().0, WRAPPED);
}

#[test]
fn an_archive_that_opens_with_an_old_key_holds_that_one_back() {
    let needing = [archive(KeyAt::Old(CLEAR.to_owned()), Some(print(1)))];
    assert_eq!(refused(&needing, &keys(), &[]).unwrap().0, CLEAR);
    assert_eq!(refused(&needing, &keys(), &[WRAPPED]), None);
}

#[test]
fn an_undo_holds_back_what_is_asked_for_and_an_unknown_name_is_told_first() {
    let keys = keys();
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let undo = || Some("an undo needs it".to_owned());
    let needed = asked_for(&keys.old, &names(&[WRAPPED]), undo()).unwrap_err();
    assert!(matches!(&needed, RetireKeysError::Needed { name, .. } if name == WRAPPED), "{needed}");
    let unknown = asked_for(&keys.old, &names(&["secret.key"]), undo()).unwrap_err();
    assert!(matches!(&unknown, RetireKeysError::Unknown(name) if name == "secret.key"), "{unknown}");
    assert!(asked_for(&[], &[], undo()).unwrap().is_empty());
}
