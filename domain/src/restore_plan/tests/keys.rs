//! Cases of the plan for key files: which one comes, which are kept, and what is told of them.
//!
//! Does NOT repeat what holds of any file.

use super::*;

fn copies(plan: &RestorePlan) -> Vec<(&str, &str)> {
    plan.swap.copies.iter().map(|copy| (copy.from.as_str(), copy.to.as_str())).collect()
}

#[test]
fn a_key_that_is_replaced_by_another_is_kept_as_an_earlier_one_with_a_note() {
    let (own, other) =
        (MasterKey::from_bytes([1; 32]).fingerprint(), MasterKey::from_bytes([2; 32]).fingerprint());
    let mut examined = examined(&["state/openccu-loom.db", "state/secret.key"]);
    examined.own_key = Some(own.clone());
    let live = survey(&[("secret.key", Present::File), ("secret.key.old-19700101T000000Z", Present::File)]);
    let plan =
        |keys: KnownKeys| RestorePlan::work_out(&examined, &live, &keys, &[], ALL, Timestamp::UNIX_EPOCH);
    let kept = plan(present(Some(other.clone())));
    assert_eq!(copies(&kept), [("secret.key", "secret.key.old-19700101T000000Z-2")]);
    let note = format!(
        "the master key {other} of `secret.key` is kept as `secret.key.old-19700101T000000Z-2`: `key retire` removes it once nothing needs it"
    );
    assert!(kept.notes.contains(&note), "{:?}", kept.notes);
    assert_eq!(copies(&plan(present(Some(own)))), [], "the same key comes");
    // One that cannot be read may be needed all the same.
    let unknown = plan(KnownKeys::default());
    assert_eq!(copies(&unknown).len(), 1);
    let note = "the file `secret.key` is kept as `secret.key.old-19700101T000000Z-2`";
    assert!(unknown.notes.iter().any(|told| told.starts_with(note)), "{:?}", unknown.notes);
    let old = vec![("secret.key.old-19700101T000000Z".to_owned(), other.clone())];
    assert_eq!(copies(&plan(KnownKeys { old, ..present(Some(other)) })), [], "it was kept before");
}

#[test]
fn a_key_file_that_cannot_be_read_is_replaced_without_a_copy_and_with_a_note() {
    let examined = examined(&["state/openccu-loom.db", "state/secret.key"]);
    let live = survey(&[("secret.key", Present::Closed)]);
    let made = plan(&examined, &live, ALL);
    assert_eq!((made.refusals.clone(), made.replaced.clone()), (vec![], paths(&["secret.key"])));
    assert_eq!(copies(&made), []);
    let note = "`secret.key` cannot be read, so no copy of it is kept";
    assert!(made.notes.iter().any(|told| told.starts_with(note)), "{:?}", made.notes);
    // Nobody knows whether it is the same.
    assert_eq!(plan(&examined, &live, NONE).refusals.len(), 1);
    let beside = [(path("secret.key"), Beside::Other)].into();
    assert_eq!(copies(&plan(&examined, &Survey { beside, ..survey(&[]) }, ALL)), [], "a link to nowhere");
}

#[test]
fn a_key_that_is_in_no_key_file_comes_with_the_commands_that_put_it_there() {
    let (mut examined, _) = against_every_consent();
    (examined.sealed.unreadable, examined.sealed.unreadable_places) = (0, Vec::new());
    let source = KeySource::File("typed.txt".to_owned());
    examined.key = Some(ResolvedKey { key: MasterKey::from_bytes([1; 32]), source });
    let notes = plan(&examined, &survey(&[]), ALL).notes;
    let commands =
        "with `install -m 600 typed.txt /data/secret.key && chown $(stat -Lc %u /data) /data/secret.key`";
    assert!(notes.iter().any(|note| note.ends_with(commands)), "{notes:?}");
}

#[test]
fn a_key_that_only_comes_wrapped_is_kept_unless_a_file_as_good_is_there() {
    let key = MasterKey::from_bytes([1; 32]).fingerprint();
    let mut examined = examined(&["state/openccu-loom.db", "state/secret.key.kms"]);
    examined.own_key = Some(key.clone());
    let kept = |live: &str, old: Option<&str>| {
        let old = old.map(|name| (name.to_owned(), key.clone()));
        let keys = KnownKeys { old: Vec::from_iter(old), ..present(Some(key.clone())) };
        let live = survey(&[(live, Present::File)]);
        let plan = RestorePlan::work_out(&examined, &live, &keys, &[], NONE, Timestamp::UNIX_EPOCH);
        assert_eq!(plan.refusals, []);
        copies(&plan).into_iter().map(|(from, to)| format!("{from} -> {to}")).collect::<Vec<_>>()
    };
    let clear = ["secret.key -> secret.key.old-19700101T000000Z"];
    assert_eq!(kept("secret.key", None), clear);
    assert_eq!(kept("secret.key", Some("secret.key.kms.old-1")), clear);
    assert!(kept("secret.key", Some("secret.key.old-1")).is_empty());
    // The wrapping key of the one that comes may be gone.
    assert_eq!(kept("secret.key.kms", None), ["secret.key.kms -> secret.key.kms.old-19700101T000000Z"]);
    assert_eq!(kept("secret.key.kms", Some("secret.key.pkcs11.old-1")).len(), 1);
    assert!(kept("secret.key.kms", Some("secret.key.kms.old-1")).is_empty());
    assert!(kept("secret.key.kms", Some("secret.key.old-1")).is_empty());
}

#[test]
fn an_earlier_key_that_the_archive_is_sealed_with_becomes_the_key_again() {
    let key = MasterKey::from_bytes([1; 32]);
    let mut examined = examined(&["state/openccu-loom.db"]);
    examined.sealed.total = 1;
    examined.key = Some(ResolvedKey {
        key: key.clone(),
        source: KeySource::File("/data/secret.key.old-20261123T120000Z".to_owned()),
    });
    let live = survey(&[("secret.key", Present::File), ("secret.key.old-20261123T120000Z", Present::File)]);
    let keys = KnownKeys {
        present: Some(MasterKey::from_bytes([2; 32]).fingerprint()),
        old: vec![("secret.key.old-20261123T120000Z".to_owned(), key.fingerprint())],
        ..KnownKeys::default()
    };
    let plan = |examined: &Examined, consents| {
        RestorePlan::work_out(examined, &live, &keys, &[], consents, Timestamp::UNIX_EPOCH)
    };
    let brought = plan(&examined, ALL);
    let expected = [
        ("secret.key.old-20261123T120000Z", "secret.key"),
        ("secret.key", "secret.key.old-19700101T000000Z"),
    ];
    assert_eq!(copies(&brought), expected);
    assert_eq!(brought.replaced, paths(&["secret.key"]));
    let note = "`secret.key.old-20261123T120000Z` becomes `secret.key` again";
    assert!(brought.notes.iter().any(|told| told.contains(note)), "{:?}", brought.notes);
    assert_eq!(plan(&examined, NONE).refusals, [Refusal::Exists("/data/secret.key".to_owned())]);

    let unasked = KnownKeys { files_unasked: true, ..keys.clone() };
    let plan_unasked = RestorePlan::work_out(&examined, &live, &unasked, &[], ALL, Timestamp::UNIX_EPOCH);
    assert_eq!(copies(&plan_unasked), [], "no daemon would look at it");

    examined.key =
        examined.key.map(|key| ResolvedKey { source: KeySource::Environment("X".to_owned()), ..key });
    assert_eq!(copies(&plan(&examined, ALL)), [], "the environment beats the file");
}

#[test]
fn a_key_that_opens_the_values_and_is_not_where_the_daemon_looks_is_told() {
    let mut examined = examined(&["state/openccu-loom.db", "state/secret.key"]);
    let key = MasterKey::from_bytes([1; 32]);
    examined.own_key = Some(key.fingerprint());
    examined.sealed.total = 2;
    let keys = KnownKeys { files_unasked: true, ..KnownKeys::default() };
    let told = |examined: &Examined| {
        let plan = RestorePlan::work_out(examined, &survey(&[]), &keys, &[], ALL, Timestamp::UNIX_EPOCH);
        plan.notes.into_iter().find(|note| note.contains("`backends.keys` is `env`"))
    };
    let with = |source| Some(ResolvedKey { key: key.clone(), source });
    examined.key = with(KeySource::Archive);
    let note = told(&examined).unwrap();
    assert!(note.contains(&format!("put the key {} of ", key.fingerprint())), "{note}");
    examined.key = with(KeySource::Environment("X".to_owned()));
    assert_eq!(told(&examined), None);
    examined.sealed.unreadable = 2;
    assert!(told(&examined).unwrap().contains("put the key into its environment"));
    examined.sealed = SealedTally::default();
    examined.key = None;
    assert_eq!(told(&examined), None, "nothing is sealed");
}

#[test]
fn a_key_that_will_not_be_in_the_key_file_is_told() {
    let mut examined = examined(&["state/openccu-loom.db", "state/secret.key"]);
    examined.sealed.total = 1;
    let key = MasterKey::from_bytes([1; 32]);
    examined.own_key = Some(MasterKey::from_bytes([2; 32]).fingerprint());
    let source = KeySource::File("found.key".to_owned());
    examined.key = Some(ResolvedKey { key: key.clone(), source });
    let told = |examined: &Examined| {
        let notes = plan(examined, &survey(&[]), NONE).notes;
        notes.into_iter().find(|note| note.contains("found.key"))
    };
    let commands = "`mv -n /data/secret.key /data/secret.key.old-$(date -u +%Y%m%dT%H%M%SZ) && test ! -e /data/secret.key && install -m 600 found.key /data/secret.key && chown $(stat -Lc %u /data) /data/secret.key`";
    assert!(told(&examined).unwrap().ends_with(commands), "{:?}", told(&examined));
    examined.own_key = Some(key.fingerprint());
    assert_eq!(told(&examined), None);
}

#[test]
fn key_files_beside_the_one_that_comes_are_set_aside_and_those_of_no_rival_stay() {
    let mut examined = examined(&["state/openccu-loom.db", "state/secret.key.pkcs11"]);
    let key = MasterKey::from_bytes([1; 32]).fingerprint();
    examined.own_key = Some(key.clone());
    let names = ["secret.key", "secret.key.kms", "secret.key.old-20261123T120000Z"];
    let live = survey(&names.map(|name| (name, Present::File)));
    let plan = plan(&examined, &live, NONE);
    assert_eq!(plan.replaced, paths(&["secret.key", "secret.key.kms"]));
    assert_eq!(plan.kept, paths(&["secret.key.old-20261123T120000Z"]));
    assert_eq!(plan.refusals, [Refusal::Exists("/data/secret.key".to_owned())]);
    // The same key in another place is no loss.
    let same = RestorePlan::work_out(&examined, &live, &present(Some(key)), &[], NONE, Timestamp::UNIX_EPOCH);
    assert_eq!(same.refusals, []);
    examined.files.remove(&path("state/secret.key.pkcs11"));
    examined.own_key = None;
    let without =
        RestorePlan::work_out(&examined, &live, &KnownKeys::default(), &[], NONE, Timestamp::UNIX_EPOCH);
    assert_eq!(without.replaced, []);
    let note = "the archive holds no `secret.key`; `secret.key.kms` in the data dir stays";
    assert!(without.notes.iter().any(|told| told == note), "{:?}", without.notes);
}
