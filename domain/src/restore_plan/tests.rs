//! Cases of the plan: what goes where, what is set aside, what refuses, and which consent lifts which refusal.

use super::*;
use crate::archive::agreement::{Disagreement, FoundFile};
use crate::archive::{DatabaseFacts, Manifest, SealedTally};
use crate::ports::{ArchiveKind, KeySource, ResolvedKey, Verdict};
use crate::secret::{KeyFingerprint, MasterKey};
use crate::usecases::ExaminedDatabase;

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

fn paths(texts: &[&str]) -> Vec<MemberPath> {
    texts.iter().map(|text| path(text)).collect()
}

fn examined(members: &[&str]) -> Examined {
    let found = FoundFile { bytes: 1, sha256: "0".repeat(64) };
    Examined {
        kind: ArchiveKind::Loom,
        lock: None,
        manifest: Manifest::from_json(br#"{"created_at": "2026-11-22T22:15:30Z"}"#).unwrap(),
        files: members.iter().map(|member| (path(member), found.clone())).collect(),
        folders: paths(&["state", "state/empty", "secrets"]),
        disagreements: Vec::new(),
        databases: Vec::new(),
        key: None,
        better_key: None,
        own_key: None,
        bad_key_file: None,
        sealed: SealedTally::default(),
    }
}

fn survey(files: &[(&str, Present)]) -> Survey {
    let files = files.iter().map(|(name, kind)| (path(name), *kind)).collect();
    Survey { dir: "/data".to_owned(), files, ..Survey::default() }
}

fn plan(examined: &Examined, survey: &Survey, consents: Consents) -> RestorePlan {
    RestorePlan::work_out(examined, survey, &KnownKeys::default(), &[], consents, Timestamp::UNIX_EPOCH)
}

fn present(key: Option<KeyFingerprint>) -> KnownKeys {
    KnownKeys { present: key, ..KnownKeys::default() }
}

const NONE: Consents = Consents { overwrite: false, newer_schema: false, unreadable_secrets: false };
const ALL: Consents = Consents { overwrite: true, newer_schema: true, unreadable_secrets: true };

/// An archive of a newer schema with secrets nobody opens, over an existing state.
fn against_every_consent() -> (Examined, Survey) {
    let mut examined = examined(&["state/openccu-loom.db"]);
    let facts =
        DatabaseFacts { lineage: SchemaLineage::Goose, schema_version: Some(46), tables: BTreeMap::new() };
    let verdict =
        Verdict { facts: Some(facts), problems: Vec::new(), orphans: Vec::new(), sealed: Vec::new() };
    let member = path("state/openccu-loom.db");
    examined.databases.push(ExaminedDatabase { member, verdict, disagreement: None });
    examined.sealed = SealedTally {
        total: 3,
        unreadable: 2,
        unreadable_places: vec!["a/b".to_owned()],
        ..SealedTally::default()
    };
    (examined, survey(&[("openccu-loom.db", Present::Database)]))
}

#[test]
fn members_of_the_state_go_to_the_data_dir_and_the_rest_stays_in_the_archive() {
    let examined =
        examined(&["config.yaml", "secrets/README.txt", "state/a/b.json", "state/openccu-loom.db"]);
    let plan = plan(&examined, &survey(&[]), NONE);
    let to: Vec<_> = plan.swap.install.iter().map(|install| (install.member.as_str(), &install.to)).collect();
    let (json, database) =
        (Destination::DataDir(path("a/b.json")), Destination::DataDir(path("openccu-loom.db")));
    assert_eq!(to, [("state/a/b.json", &json), ("state/openccu-loom.db", &database)]);
    assert_eq!(plan.swap.folders, paths(&["empty"]));
    assert_eq!(
        plan.notes[..2],
        ["member `config.yaml` stays in the archive", "member `secrets/README.txt` stays in the archive"]
    );
    assert_eq!(plan.refusals, []);
}

#[test]
fn the_config_file_is_written_only_where_one_was_named() {
    let examined = examined(&["config.yaml", "state/openccu-loom.db"]);
    for (exists, noted) in [(false, false), (true, true)] {
        let survey = Survey { config_exists: Some(exists), ..survey(&[]) };
        let plan = plan(&examined, &survey, NONE);
        assert!(plan.swap.install.iter().any(|install| install.to == Destination::Config));
        assert_eq!(plan.notes.iter().any(|note| note.contains("the old one is kept beside it")), noted);
    }
}

#[test]
fn variables_of_another_machine_stay_in_the_archive() {
    let examined = examined(&["state/.env", "state/a/.env", "state/openccu-loom.db"]);
    let plan = plan(&examined, &survey(&[]), ALL);
    let installed: Vec<_> = plan.swap.install.iter().map(|install| install.member.as_str()).collect();
    assert_eq!(installed, ["state/a/.env", "state/openccu-loom.db"]);
    assert!(!plan.swap.set_aside.contains(&path(".env")));
    let note = "member `state/.env` stays in the archive: variables of a machine, with their secrets";
    assert!(plan.notes.iter().any(|told| told == note), "{:?}", plan.notes);
}

#[test]
fn variables_in_files_of_other_names_stay_in_the_archive_too_and_those_of_the_machine_where_they_are() {
    let examined = examined(&["state/loom.env", "state/openccu-loom.db"]);
    let (live, keys) = (survey(&[("loom.env", Present::File)]), KnownKeys::default());
    let files = paths(&["loom.env"]);
    let plan = RestorePlan::work_out(&examined, &live, &keys, &files, ALL, Timestamp::UNIX_EPOCH);
    assert!(plan.swap.install.iter().all(|install| install.member != path("state/loom.env")));
    assert_eq!(plan.kept, files);
    let note = "member `state/loom.env` stays in the archive: variables of a machine, with their secrets";
    assert!(plan.notes.iter().any(|told| told == note), "{:?}", plan.notes);
}

#[test]
fn settings_out_of_an_archive_are_told() {
    let noted = |member: &str, config_exists: Option<bool>| {
        let survey = Survey { config_exists, ..survey(&[]) };
        let plan = plan(&examined(&[member, "state/openccu-loom.db"]), &survey, ALL);
        plan.notes.iter().any(|note| note.contains("look at `keys` and `state_backups`"))
    };
    assert!(noted("state/config.yaml", None));
    assert!(noted("config.yaml", Some(true)) && noted("config.yaml", Some(false)));
    assert!(!noted("config.yaml", None) && !noted("state/a/config.yaml", Some(true)));
}

#[test]
fn replaced_files_databases_the_archive_lacks_and_their_sidecars_are_set_aside() {
    let examined = examined(&["state/notes.json", "state/openccu-loom.db", "state/secret.key"]);
    let survey = survey(&[
        ("a/history.db", Present::Database),
        ("kept.json", Present::File),
        ("notes.json", Present::File),
        ("openccu-loom.db", Present::Database),
    ]);
    let plan = plan(&examined, &survey, ALL);
    assert_eq!(plan.replaced, paths(&["a/history.db", "notes.json", "openccu-loom.db"]));
    assert_eq!(plan.kept, paths(&["kept.json"]));
    for name in [
        "openccu-loom.db-wal",
        "openccu-loom.db-shm",
        "openccu-loom.db-journal",
        "a/history.db-wal",
        "secret.key",
    ] {
        assert!(plan.swap.set_aside.contains(&path(name)), "{name}");
    }
    assert!(!plan.swap.set_aside.contains(&path("kept.json")));
}

#[test]
fn a_key_file_stays_if_the_archive_holds_none() {
    let survey = survey(&[("secret.key", Present::File)]);
    let without = plan(&examined(&["state/openccu-loom.db"]), &survey, NONE);
    assert_eq!(without.kept, paths(&["secret.key"]));
    assert!(without.notes.iter().any(|note| note.contains("the one in the data dir stays")));
    let with = plan(&examined(&["state/openccu-loom.db", "state/secret.key"]), &survey, NONE);
    assert_eq!(with.replaced, paths(&["secret.key"]));
    assert!(!with.notes.iter().any(|note| note.contains("stays")));
}

#[test]
fn sealed_values_without_any_key_file_are_noted() {
    let (examined, _) = against_every_consent();
    let note = "neither the archive nor the data dir holds `secret.key`";
    assert!(plan(&examined, &survey(&[]), NONE).notes.iter().any(|line| line.starts_with(note)));
    let with_key = survey(&[("secret.key", Present::File)]);
    assert!(!plan(&examined, &with_key, NONE).notes.iter().any(|line| line.starts_with(note)));
}

#[test]
fn each_consent_lifts_its_own_refusal_and_no_other() {
    let (examined, survey) = against_every_consent();
    let kinds = |consents| {
        let refusals = plan(&examined, &survey, consents).refusals;
        refusals
            .iter()
            .map(|refusal| match refusal {
                Refusal::Exists(_) => "exists",
                Refusal::NewerSchema { version: 46, known: 45, lineage: "goose", .. } => "newer",
                Refusal::UnreadableSecrets { unreadable: 2, total: 3, .. } => "unreadable",
                _ => "other",
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(kinds(NONE), ["exists", "newer", "unreadable"]);
    assert_eq!(kinds(Consents { overwrite: true, ..NONE }), ["newer", "unreadable"]);
    assert_eq!(kinds(Consents { newer_schema: true, ..NONE }), ["exists", "unreadable"]);
    assert_eq!(kinds(Consents { unreadable_secrets: true, ..NONE }), ["exists", "newer"]);
    assert_eq!(kinds(ALL), Vec::<&str>::new());
}

#[test]
fn no_consent_lifts_damage() {
    let (mut examined, survey) = against_every_consent();
    examined.disagreements.push(Disagreement::Unlisted(path("state/x")));
    examined.databases[0].verdict.problems.push("row 3 missing from index".to_owned());
    let refusals = plan(&examined, &survey, ALL).refusals;
    let damaged = |text: &str| Refusal::Damaged(text.to_owned());
    assert_eq!(
        refusals,
        [
            damaged("member `state/x` is not listed in the manifest"),
            damaged("database `state/openccu-loom.db`: row 3 missing from index"),
        ]
    );
}

#[test]
fn working_files_of_programs_are_not_put_in_place() {
    for name in [
        "state/openccu-loom.db-migrate.lock",
        "state/openccu-loom.db-wal",
        "state/a/history.db-journal",
        "state/openccu-loom.lock",
        "state/.loom-undo/x",
        "state/a/.loom-restore/x",
    ] {
        let mut examined = examined(&["state/openccu-loom.db", name]);
        examined.folders.push(path("state/.loom-undo"));
        let plan = plan(&examined, &survey(&[]), ALL);
        assert_eq!(plan.refusals, []);
        let installed: Vec<_> = plan.swap.install.iter().map(|install| install.member.as_str()).collect();
        assert_eq!((installed, plan.swap.folders), (vec!["state/openccu-loom.db"], vec![path("empty")]));
        assert!(plan.notes.iter().any(|note| note.contains(name)), "{:?}", plan.notes);
    }
}

#[test]
fn what_was_odd_when_the_backup_was_taken_is_noted_and_not_refused() {
    let (mut examined, _) = against_every_consent();
    examined.bad_key_file = Some("member `state/secret.key` holds no master key".to_owned());
    examined.databases[0].verdict.orphans.push("2 rows of `a` have no parent".to_owned());
    let plan = plan(&examined, &survey(&[]), ALL);
    assert_eq!(plan.refusals, []);
    for part in ["holds no master key", "2 rows of `a` have no parent"] {
        assert!(plan.notes.iter().any(|note| note.contains(part)), "{part}");
    }
}

#[test]
fn an_unknown_lineage_is_never_newer() {
    let (mut examined, _) = against_every_consent();
    let facts = examined.databases[0].verdict.facts.as_mut().unwrap();
    (facts.lineage, facts.schema_version) = (SchemaLineage::Unknown, None);
    assert_eq!(plan(&examined, &survey(&[]), Consents { newer_schema: false, ..ALL }).refusals, []);
}

#[test]
fn no_consent_lifts_that_somebody_uses_the_data_dir() {
    let examined = examined(&["state/openccu-loom.db"]);
    let used = Survey { in_use_by: Some("pid 7".to_owned()), ..survey(&[]) };
    let in_use = Refusal::InUse { dir: "/data".to_owned(), by: "pid 7".to_owned() };
    assert_eq!(plan(&examined, &used, ALL).refusals, [in_use]);
}

#[test]
fn an_interrupted_swap_is_completed_before_anything_is_planned_on_it() {
    let examined = examined(&["state/openccu-loom.db", "state/secret.key"]);
    let waiting = Survey { interrupted: true, ..survey(&[]) };
    assert_eq!(plan(&examined, &survey(&[]), NONE).refusals, []);
    assert_eq!(plan(&examined, &waiting, ALL).refusals, [Refusal::Interrupted("/data".to_owned())]);
}

#[test]
fn journals_of_a_database_of_any_name_stay_in_the_archive() {
    let (mut examined, _) = against_every_consent();
    for name in [
        "state/history.sqlite",
        "state/history.sqlite-journal",
        "state/history.sqlite-wal",
        "state/diary-wal",
    ] {
        examined.files.insert(path(name), FoundFile { bytes: 1, sha256: "0".repeat(64) });
    }
    let history = ExaminedDatabase { member: path("state/history.sqlite"), ..examined.databases[0].clone() };
    examined.databases.push(history);
    let plan = plan(&examined, &survey(&[]), ALL);
    let installed: Vec<_> = plan.swap.install.iter().map(|install| install.member.as_str()).collect();
    assert_eq!(installed, ["state/diary-wal", "state/history.sqlite", "state/openccu-loom.db"]);
}

#[test]
fn only_the_main_database_is_held_to_the_known_schemas() {
    let (mut examined, _) = against_every_consent();
    examined.databases[0].member = path("state/other.db");
    assert_eq!(plan(&examined, &survey(&[]), Consents { newer_schema: false, ..ALL }).refusals, []);
}

#[test]
fn no_database_and_no_other_key_is_replaced_without_consent() {
    let key = |byte| MasterKey::from_bytes([byte; 32]).fingerprint();
    let mut examined = examined(&["state/certs/leaf.pem", "state/openccu-loom.db", "state/secret.key"]);
    examined.own_key = Some(key(1));
    let live = survey(&[("secret.key", Present::File), ("certs/leaf.pem", Present::File)]);
    let refusals = |live_key: Option<KeyFingerprint>, consents| {
        RestorePlan::work_out(&examined, &live, &present(live_key), &[], consents, Timestamp::UNIX_EPOCH)
            .refusals
    };
    let exists = Refusal::Exists("/data/secret.key".to_owned());
    assert_eq!(refusals(Some(key(1)), NONE), []);
    assert_eq!(refusals(Some(key(2)), NONE), std::slice::from_ref(&exists));
    assert_eq!(refusals(None, NONE), [exists]);
    assert_eq!(refusals(Some(key(2)), ALL), []);
    let history = survey(&[("history.db", Present::Database)]);
    assert_eq!(plan(&examined, &history, NONE).refusals, [Refusal::Exists("/data/history.db".to_owned())]);
}

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
