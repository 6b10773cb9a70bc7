//! Cases of the plan: what goes where, what is set aside, what refuses, and which consent lifts which refusal.

mod keys;

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
        plan.notes.iter().any(|note| {
            note.contains("look at `data_dir`, `backends.keys`, `keys`") && note.contains("than `/data`")
        })
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
                Refusal::StateExists(_) => "exists",
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
fn what_no_backup_holds_is_not_replaced_and_comes_where_there_is_none() {
    let examined =
        examined(&["state/backups/one.sbk", "state/backups/two.sbk", "state/link", "state/openccu-loom.db"]);
    let beside = [("backups", Beside::Folder), ("backups/one.sbk", Beside::File), ("link", Beside::Other)];
    let beside = beside.map(|(name, kind)| (path(name), kind)).into();
    let plan = plan(&examined, &Survey { beside, ..survey(&[]) }, ALL);
    let installed: Vec<_> = plan.swap.install.iter().map(|install| install.member.as_str()).collect();
    assert_eq!(installed, ["state/backups/two.sbk", "state/link", "state/openccu-loom.db"]);
    assert!(!plan.swap.set_aside.contains(&path("backups/one.sbk")));
    assert_eq!(plan.replaced, paths(&["link"]));
    let note = "member `state/backups/one.sbk` stays in the archive: `backups/one.sbk` is there";
    assert!(plan.notes.iter().any(|told| told.starts_with(note)), "{:?}", plan.notes);
}

#[test]
fn no_database_is_left_out_for_what_no_backup_holds() {
    let mut examined = examined(&["state/m/plain", "state/m/x.db", "state/openccu-loom.db"]);
    let verdict = Verdict { facts: None, problems: Vec::new(), orphans: Vec::new(), sealed: Vec::new() };
    examined.databases.push(ExaminedDatabase { member: path("state/m/x.db"), verdict, disagreement: None });
    let beside = [("m", Beside::Folder), ("m/plain", Beside::File), ("m/x.db", Beside::File)];
    let beside = beside.map(|(name, kind)| (path(name), kind)).into();
    let plan = plan(&examined, &Survey { beside, ..survey(&[]) }, ALL);
    let reason = "a backup leaves it out, and the archive holds a database for its place";
    assert_eq!(plan.refusals, [Refusal::Blocked { path: "/data/m/x.db".to_owned(), reason }]);
    let left: Vec<_> = plan.notes.iter().filter(|note| note.contains("stays in the archive")).collect();
    assert!(left.len() == 1 && left[0].contains("`state/m/plain`"), "{left:?}");
}

#[test]
fn what_stands_in_the_way_refuses_whatever_was_agreed_to() {
    let examined = examined(&["state/a/b/c.json", "state/openccu-loom.db", "state/secret.key"]);
    let refusals = |files: &[(&str, Present)], beside: &[(&str, Beside)]| {
        let beside = beside.iter().map(|(name, kind)| (path(name), *kind)).collect();
        plan(&examined, &Survey { beside, ..survey(files) }, ALL).refusals
    };
    let blocked = |path: &str, reason| vec![Refusal::Blocked { path: format!("/data/{path}"), reason }];
    let folder = "it is a folder where a file must go";
    assert_eq!(refusals(&[], &[("secret.key", Beside::Folder)]), blocked("secret.key", folder));
    let wal = "openccu-loom.db-wal";
    assert_eq!(refusals(&[], &[(wal, Beside::Folder)]), blocked(wal, folder));
    let none = "it is no folder where one is needed";
    assert_eq!(refusals(&[("a/b", Present::File)], &[("a", Beside::Folder)]), blocked("a/b", none));
    assert_eq!(refusals(&[], &[("empty", Beside::Other)]), blocked("empty", none));
    assert_eq!(refusals(&[("other", Present::File)], &[("a", Beside::Folder)]), []);
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
