//! Old keys that archives need, may need, and do not need.
//!
//! Does NOT read archives.

use super::*;
use loom_domain::archive::NeededKey;
use loom_domain::ports::{ArchiveId, KeyError, KeySource};
use loom_domain::secret::{BadMasterKey, Wrapper};

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
        old: vec![old(CLEAR, 1), old(WRAPPED, 2)],
        earlier: ResolvedOldKeys { keys: Vec::new(), unresolved: [(WRAPPED.to_owned(), away)].into() },
        ..KeysAtHand::default()
    }
}

fn archive(at: KeyAt, fingerprint: Option<KeyFingerprint>) -> ReportedArchive {
    ReportedArchive {
        name: "sealed.tar.gz.oclbak".to_owned(),
        format: None,
        lock: Some(ArchiveLock::MasterKey),
        needs: NeededKey { fingerprint, at, others: BTreeMap::new() },
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
    let closed = [archive(KeyAt::NotAtHand, None)];
    let (name, why) = refused(&closed, &keys, &[WRAPPED]).unwrap();
    assert_eq!(name, WRAPPED);
    assert!(why.contains("`sealed.tar.gz.oclbak`") && why.contains("no route; look at the network"), "{why}");
    // The other one was tried.
    let (_, why) = refused(&closed, &keys, &[CLEAR]).unwrap();
    assert!(why.contains("opens with no key at hand"), "{why}");
}

#[test]
fn every_old_key_stays_while_nobody_can_tell_what_an_archive_needs() {
    let unread = "`/b/sealed.tar.gz.oclbak` cannot be read: permission denied\nhint: look elsewhere";
    for (problem, cause) in [
        (Some(unread), "cannot be read: permission denied; look elsewhere"),
        (Some("the archive is damaged: it ends early"), "the archive is damaged: it ends early"),
        (None, "does not name the key"),
    ] {
        let unknown =
            ReportedArchive { problem: problem.map(str::to_owned), ..archive(KeyAt::Unknown, None) };
        for name in [CLEAR, WRAPPED] {
            let (held, why) = refused(std::slice::from_ref(&unknown), &keys(), &[name]).unwrap();
            assert_eq!(held, name);
            assert!(why.contains("`sealed.tar.gz.oclbak`") && why.contains(cause), "{why}");
            assert!(why.contains("move it out of the folder"), "{why}");
        }
    }
}

/// A key in clear and the same key wrapped, of which the service is away or not.
fn twice(away: bool) -> KeysAtHand {
    let mut keys = keys();
    keys.old[1].fingerprint = Ok(print(1));
    if !away {
        keys.earlier.unresolved.clear();
    }
    keys
}

#[test]
fn a_wrapped_copy_is_no_substitute_for_the_key_in_clear_and_that_one_is_for_a_wrapped() {
    // A listing names either copy.
    for named in [CLEAR, WRAPPED] {
        let needing = [archive(KeyAt::Old(named.to_owned()), Some(print(1)))];
        for away in [true, false] {
            assert_eq!(refused(&needing, &twice(away), &[CLEAR]).unwrap().0, CLEAR);
            assert_eq!(refused(&needing, &twice(away), &[WRAPPED]), None);
            assert!(refused(&needing, &twice(away), &[]).is_some(), "not all of them");
        }
    }
}

#[test]
fn of_two_wrapped_copies_one_stays_that_can_be_had() {
    let needing = [archive(KeyAt::Old(WRAPPED.to_owned()), Some(print(1)))];
    for away in [true, false] {
        let mut keys = twice(away);
        keys.old[0].name = "secret.key.kms.old-20261123T110000Z".to_owned();
        let first = keys.old[0].name.clone();
        assert_eq!(refused(&needing, &keys, &[&first]).is_some(), away);
        assert_eq!(refused(&needing, &keys, &[WRAPPED]), None);
        keys.old[0].name = "secret.key.pkcs11.old-20261123T110000Z".to_owned();
        assert!(refused(&needing, &keys, &[WRAPPED]).is_some(), "of another kind");
    }
}

#[test]
fn an_archive_that_carries_its_key_wrapped_holds_back_the_same_key_in_clear() {
    let wrapped = [archive(KeyAt::Wrapped(Wrapper::Kms), Some(print(1)))];
    assert_eq!(refused(&wrapped, &keys(), &[]).unwrap().0, CLEAR);
    let mut keys = twice(true);
    keys.old.remove(0);
    assert_eq!(refused(&wrapped, &keys, &[WRAPPED]), None, "it is in the archive as it is here");
}

/// The present key is the same as both old ones, and lies in the file of that kind, or in none.
fn present_in(place: Option<KeyFileKind>) -> KeysAtHand {
    let in_place = place.map(|kind| (kind.file_name().to_owned(), print(1))).into_iter().collect();
    KeysAtHand { present: Some(MasterKey::from_bytes([1; 32])), in_place, ..twice(true) }
}

#[test]
fn a_copy_of_the_present_key_may_go_where_that_lies_in_a_file_as_good() {
    let present = [archive(KeyAt::Present, Some(print(1)))];
    let unknown = [archive(KeyAt::Unknown, None)];
    for archives in [&present, &unknown] {
        assert_eq!(refused(archives, &present_in(Some(KeyFileKind::Clear)), &[]), None);
        let wrapped = present_in(Some(KeyFileKind::Wrapped(Wrapper::Kms)));
        assert_eq!(refused(archives, &wrapped, &[WRAPPED]), None);
        assert_eq!(refused(archives, &wrapped, &[CLEAR]).unwrap().0, CLEAR, "it is kept wrapped alone");
    }
}

#[test]
fn a_present_key_that_lies_in_no_file_is_no_substitute_for_a_copy_that_does() {
    let mut keys = present_in(None);
    let archives = [archive(KeyAt::Present, Some(print(1)))];
    assert_eq!(refused(&archives, &keys, &[CLEAR]).unwrap().0, CLEAR);
    assert_eq!(refused(&archives, &keys, &[]).unwrap().0, CLEAR);
    // Another key lies in the place of that one.
    keys.in_place = [("secret.key".to_owned(), print(7))].into();
    assert_eq!(refused(&archives, &keys, &[CLEAR]).unwrap().0, CLEAR);
}

/// Lists one archive that is sealed with a master key, of which a key at hand finds nothing but damage.
struct Spoiled(Openers);

#[async_trait::async_trait]
impl ArchiveListing for Spoiled {
    async fn list_archives(&self) -> Result<Vec<ListedArchive>, SourceError> {
        let id = ArchiveId::parse("sealed.tar.gz.oclbak").unwrap();
        let manifest = Err(match self.0.master_keys.is_empty() {
            true => Undescribed::Locked("sealed".to_owned()),
            false => Undescribed::Damaged("its disk is failing".to_owned()),
        });
        Ok(vec![ListedArchive { id, bytes: 1, lock: Some(ArchiveLock::MasterKey), manifest }])
    }

    async fn describe_archive(&self, _: &ArchiveId) -> Result<Option<ListedArchive>, SourceError> {
        Ok(self.list_archives().await?.pop())
    }
}

#[tokio::test]
async fn what_a_key_begins_to_open_and_cannot_be_read_further_needs_nobody_knows_which() {
    let keys = KeysAtHand { present: Some(MasterKey::from_bytes([9; 32])), ..keys() };
    let listing = |openers| Arc::new(Spoiled(openers)) as Arc<dyn ArchiveListing>;
    let looked = look(&listing, &keys).await.unwrap();
    let (_, why) = refused(&looked, &keys, &[CLEAR]).unwrap();
    assert!(why.contains("its disk is failing"), "{why}");
}

#[test]
fn an_old_key_that_was_tried_in_vain_stays_as_values_in_the_archive_may_need_it() {
    let tried = KeysAtHand { earlier: ResolvedOldKeys::default(), ..keys() };
    let (name, why) = refused(&[archive(KeyAt::NotAtHand, None)], &tried, &[]).unwrap();
    assert_eq!(name, CLEAR);
    assert!(why.contains("opens with no key at hand") && why.contains("move it out of the folder"), "{why}");
}

#[test]
fn an_archive_holds_back_the_other_keys_that_values_in_it_name() {
    for at in [KeyAt::Present, KeyAt::Inside] {
        let mut sealed = archive(at, Some(print(9)));
        sealed.needs.others = [(print(1), KeyAt::Old(CLEAR.to_owned()))].into();
        assert_eq!(refused(std::slice::from_ref(&sealed), &keys(), &[]).unwrap().0, CLEAR);
        assert_eq!(refused(std::slice::from_ref(&sealed), &keys(), &[WRAPPED]), None);
        // A key that nobody can name may be the one.
        sealed.needs.others = [(print(7), KeyAt::NotAtHand)].into();
        assert_eq!(refused(std::slice::from_ref(&sealed), &keys(), &[]), None);
        let mut nameless = keys();
        nameless.old[1].fingerprint = Err("it cannot be read".to_owned());
        assert_eq!(refused(&[sealed], &nameless, &[]).unwrap().0, WRAPPED);
    }
}

#[test]
fn an_old_file_that_holds_no_key_may_go_and_one_that_cannot_be_read_stays() {
    let with = |error| {
        let earlier = ResolvedOldKeys { unresolved: [(CLEAR.to_owned(), error)].into(), keys: Vec::new() };
        let old = vec![OldKey { name: CLEAR.to_owned(), fingerprint: Err("unknown".to_owned()) }];
        refused(
            &[archive(KeyAt::NotAtHand, None)],
            &KeysAtHand { old, earlier, ..KeysAtHand::default() },
            &[],
        )
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
