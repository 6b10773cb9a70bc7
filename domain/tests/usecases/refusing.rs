//! Refusals of a restore: each leaves the data dir as it was, and each consent lifts exactly one of them.

use crate::world::{World, id, key_file, main_database, master_key, restore_of};
use loom_adapter_memory::FaultPlan;
use loom_domain::archive::limits::Hostile;
use loom_domain::archive::manifest::ListedFile;
use loom_domain::archive::{Manifest, Openers, hex};
use loom_domain::ports::{ArchiveSource, Item, KeySource, ResolvedKey, SourceError};
use loom_domain::restore_plan::{Consents, Refusal};
use loom_domain::usecases::{ExamineError, RestoreError};
use sha2::{Digest, Sha256};

const NONE: Consents = Consents { overwrite: false, newer_schema: false, unreadable_secrets: false };
const ALL: Consents = Consents { overwrite: true, newer_schema: true, unreadable_secrets: true };

type File = (String, Vec<u8>);
type Change = fn(&mut Vec<File>);

impl World {
    pub(crate) async fn key_ring_entry(&self) -> Option<ResolvedKey> {
        Some(ResolvedKey { key: master_key(7), source: KeySource::Memory })
    }

    /// The files of archive `a` in their order, the manifest last.
    async fn files_of_a(&self) -> Vec<File> {
        let mut reader = self.archives.open(&id("a"), &Openers::default()).await.unwrap();
        let mut files: Vec<File> = Vec::new();
        while let Some(item) = reader.next().await.unwrap() {
            match item {
                Item::File { path, .. } => files.push((path.as_str().to_owned(), Vec::new())),
                Item::Chunk(chunk) => files.last_mut().unwrap().1.extend_from_slice(&chunk),
                Item::Folder(_) => {}
            }
        }
        files
    }

    /// Stores an archive of exactly these files as `a`.
    fn plant_a(&self, files: &[File]) {
        let raw: Vec<_> = files.iter().map(|(name, bytes)| (name.as_bytes(), bytes.as_slice())).collect();
        self.archives.plant(id("a"), &raw);
    }

    /// Restores `a` although nothing may come of it; the target must stay as it is.
    async fn refused(&self, consents: Consents) -> RestoreError {
        let before = self.target_in_full();
        let error = self.restore(&FaultPlan::none()).run(&restore_of("a", consents)).await.unwrap_err();
        assert_eq!(self.target_in_full(), before, "{error}");
        error
    }

    async fn refusals(&self, consents: Consents) -> Vec<Refusal> {
        match self.refused(consents).await {
            RestoreError::Refused(refusals) => refusals,
            other => panic!("{other}"),
        }
    }
}

/// A world with an archive `a` changed on the way, over an old state.
async fn with_archive(change: impl FnOnce(&mut Vec<File>)) -> World {
    let world = World::new();
    world.backed_up().await;
    world.put_old_state();
    let mut files = world.files_of_a().await;
    change(&mut files);
    world.plant_a(&files);
    world
}

fn find<'a>(files: &'a mut [File], name: &str) -> &'a mut Vec<u8> {
    &mut files.iter_mut().find(|(path, _)| path == name).unwrap().1
}

/// Makes the manifest agree with the bytes of each file again.
fn list_anew(files: &mut [File]) {
    let (json, rest) = files.split_last_mut().unwrap();
    let mut manifest = Manifest::from_json(&json.1).unwrap();
    for (path, listed) in &mut manifest.files {
        let bytes = &rest.iter().find(|(name, _)| name == path.as_str()).unwrap().1;
        *listed = ListedFile { bytes: Some(bytes.len() as u64), sha256: hex(&Sha256::digest(bytes)) };
    }
    json.1 = manifest.to_json();
}

fn words(refusals: &[Refusal]) -> String {
    refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn an_unchanged_archive_is_not_refused() {
    let world = with_archive(|files| list_anew(files)).await;
    world.restore(&FaultPlan::none()).run(&restore_of("a", ALL)).await.unwrap();
}

#[tokio::test]
async fn an_existing_state_is_refused_before_the_archive_is_read() {
    let world = World::new();
    world.put_old_state();
    let refusals = world.refusals(NONE).await;
    assert_eq!(refusals, [Refusal::StateExists("/elsewhere/openccu-loom.db".to_owned())]);
    assert!(words(&refusals).contains("use --force"));
}

#[tokio::test]
async fn an_unknown_archive_is_refused() {
    let world = World::new();
    let error = world.refused(ALL).await;
    assert!(
        matches!(error, RestoreError::Examine(ExamineError::Source(SourceError::NotFound(_)))),
        "{error}"
    );
}

#[tokio::test]
async fn a_newer_schema_needs_its_own_consent() {
    let newer = |files: &mut Vec<File>| {
        let mut database = main_database(&["x"]);
        database.facts.schema_version = Some(104);
        *find(files, "state/openccu-loom.db") = database.to_bytes().to_vec();
        let (json, _) = files.split_last_mut().unwrap();
        let mut manifest = Manifest::from_json(&json.1).unwrap();
        manifest.databases[0].facts = database.facts;
        json.1 = manifest.to_json();
        list_anew(files);
    };
    let world = with_archive(newer).await;
    let refusals = world.refusals(Consents { newer_schema: false, ..ALL }).await;
    assert!(matches!(refusals[..], [Refusal::NewerSchema { version: 104, known: 103, .. }]), "{refusals:?}");
    world.restore(&FaultPlan::none()).run(&restore_of("a", ALL)).await.unwrap();
}

#[tokio::test]
async fn secrets_no_key_opens_need_their_own_consent() {
    let other_key = |files: &mut Vec<File>| {
        *find(files, "state/secret.key") = key_file(9).into_bytes();
        list_anew(files);
    };
    let world = with_archive(other_key).await;
    let refusals = world.refusals(Consents { unreadable_secrets: false, ..ALL }).await;
    assert!(
        matches!(refusals[..], [Refusal::UnreadableSecrets { unreadable: 2, total: 2, .. }]),
        "{refusals:?}"
    );
    assert!(words(&refusals).contains("centrals/ccu0/password_plain"));

    // The key at hand beats the archive's own.
    let mut request = restore_of("a", Consents { unreadable_secrets: false, ..ALL });
    request.keys.before = world.key_ring_entry().await;
    world.restore(&FaultPlan::none()).run(&request).await.unwrap();
}

#[tokio::test]
async fn a_key_file_that_is_no_key_refuses_nothing_but_the_secrets_it_cannot_open() {
    for broken in [b"no key".to_vec(), Vec::new(), vec![b'A'; 5000]] {
        let world = with_archive(|files| {
            *find(files, "state/secret.key") = broken;
            list_anew(files);
        })
        .await;
        let refusals = world.refusals(Consents { unreadable_secrets: false, ..ALL }).await;
        assert!(matches!(refusals[..], [Refusal::UnreadableSecrets { .. }]), "{refusals:?}");
        let (_, plan, _) = world.restore(&FaultPlan::none()).run(&restore_of("a", ALL)).await.unwrap();
        assert!(plan.notes.iter().any(|note| note.contains("`state/secret.key` holds no master key")));
    }
}

#[tokio::test]
async fn each_disagreement_with_the_manifest_is_damage_no_consent_lifts() {
    let cases: [(&str, Change); 7] = [
        ("sha256 mismatch: member `state/large.bin`", |files| find(files, "state/large.bin")[9] ^= 1),
        ("member `state/large.bin` has 2097156 bytes, the manifest says 2097157", |files| {
            find(files, "state/large.bin").pop();
        }),
        ("member `state/x` is not listed in the manifest", |files| {
            files.insert(0, ("state/x".to_owned(), b"1".to_vec()));
        }),
        ("member `state/history.db` is listed in the manifest but missing", |files| {
            files.retain(|(name, _)| name != "state/history.db");
        }),
        ("the archive holds no `state/openccu-loom.db`", |files| {
            files.retain(|(name, _)| name != "state/openccu-loom.db");
        }),
        ("database `state/openccu-loom.db`: file is not a database", |files| {
            *find(files, "state/openccu-loom.db") = b"text".to_vec();
            list_anew(files);
        }),
        (
            "database `state/openccu-loom.db` differs from the manifest: table `centrals`: 2 rows listed",
            |files| {
                *find(files, "state/openccu-loom.db") = main_database(&["one"]).to_bytes().to_vec();
                list_anew(files);
            },
        ),
    ];
    for (expected, change) in cases {
        let world = with_archive(change).await;
        let refusals = world.refusals(ALL).await;
        assert!(words(&refusals).contains(expected), "{expected} is not in: {}", words(&refusals));
        assert!(refusals.iter().all(|refusal| matches!(refusal, Refusal::Damaged(_))));
    }
}

#[tokio::test]
async fn an_archive_without_a_manifest_is_refused() {
    let world = with_archive(|files| drop(files.pop())).await;
    let error = world.refused(ALL).await;
    assert!(matches!(error, RestoreError::Examine(ExamineError::NoManifest)), "{error}");
}

#[tokio::test]
async fn a_member_after_the_manifest_is_refused() {
    let world = with_archive(|files| files.push(("state/late".to_owned(), Vec::new()))).await;
    let error = world.refused(ALL).await;
    assert_eq!(error.to_string(), "the archive is refused: member `state/late` comes after `manifest.json`");
}

#[tokio::test]
async fn two_manifests_are_refused() {
    let world = with_archive(|files| files.push(files.last().unwrap().clone())).await;
    let error = world.refused(ALL).await;
    let hostile =
        ExamineError::Source(SourceError::Hostile(Hostile::Duplicate(crate::world::member("manifest.json"))));
    assert_eq!(error.to_string(), RestoreError::Examine(hostile).to_string());
}

#[tokio::test]
async fn a_manifest_that_is_none_or_of_a_newer_format_is_refused() {
    for json in [&b"{"[..], br#"{"created_at": "2026-11-22T22:15:30Z", "format_version": "2.0"}"#] {
        let world = with_archive(|files| *find(files, "manifest.json") = json.to_vec()).await;
        let error = world.refused(ALL).await;
        assert!(matches!(error, RestoreError::Examine(ExamineError::Manifest(_))), "{error}");
    }
}

#[tokio::test]
async fn stored_bytes_changed_or_cut_anywhere_are_refused() {
    let world = World::new();
    world.source.write("large.bin", "small");
    world.backed_up().await;
    world.put_old_state();
    let whole = world.archives.bytes(&id("a")).unwrap();
    for at in (0..whole.len()).step_by(29) {
        let mut flipped = whole.to_vec();
        flipped[at] ^= 1;
        for bytes in [flipped, whole[..at].to_vec()] {
            world.archives.put_bytes(id("a"), bytes);
            let error = world.refused(ALL).await;
            assert!(matches!(error, RestoreError::Examine(ExamineError::Source(_))), "byte {at}: {error}");
        }
    }
}

#[tokio::test]
async fn a_dry_run_meets_the_refusals_of_a_restore_before_the_damage_of_an_archive() {
    let world = with_archive(|files| files.push(("state/late".to_owned(), Vec::new()))).await;
    let plan = |consents| {
        let world = &world;
        async move { world.restore(&FaultPlan::none()).plan(&restore_of("a", consents)).await.unwrap_err() }
    };
    let damage = "the archive is refused: member `state/late` comes after `manifest.json`";
    assert_eq!(plan(NONE).await.to_string(), world.refused(NONE).await.to_string());
    assert!(plan(NONE).await.to_string().contains("use --force"));
    assert_eq!(plan(ALL).await.to_string(), damage);
}
