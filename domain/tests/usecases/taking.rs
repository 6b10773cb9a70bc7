//! Taking a backup: what goes in, what is said of it, and that a fault leaves no archive.

use crate::world::{TAKEN_AT, World, backup, id, is_caused_by_a_fault, key_file, master_key, member};
use async_trait::async_trait;
use loom_adapter_memory::{FaultPlan, MemoryDataDir, MemoryDatabase, Report};
use loom_domain::archive::manifest::{LeftOut, ListedKey};
use loom_domain::archive::{FormOrder, MemberPath, SealOrder};
use loom_domain::ports::{
    DataDirFiles, Entry, FilesError, KeyError, KeySource, OpenFile, ResolvedKey, SinkError, SnapshotError,
    Stage,
};
use loom_domain::secret::HeldKeys;
use loom_domain::usecases::{BackupRequest, TakeBackup, TakeBackupError, TakenBackup};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::sync::Arc;

fn members(taken: &TakenBackup) -> Vec<&str> {
    taken.manifest.files.keys().map(MemberPath::as_str).collect()
}

#[tokio::test]
async fn an_archive_lists_databases_files_and_config_and_says_what_they_are() {
    let world = World::new();
    let taken = world.backed_up().await;
    let expected = [
        "config.yaml",
        "state/a/b/notes.json",
        "state/empty file",
        "state/history.db",
        "state/large.bin",
        "state/openccu-loom.db",
        "state/secret.key",
    ];
    assert_eq!(members(&taken), expected);
    let manifest = &taken.manifest;
    assert_eq!((manifest.host.as_deref(), manifest.daemon_version.as_str()), (Some("pi"), "0.1.0"));
    assert_eq!(manifest.created_at.to_string(), TAKEN_AT);
    let databases: Vec<_> = manifest
        .databases
        .iter()
        .map(|listed| (listed.member.as_str(), listed.facts.schema_version))
        .collect();
    assert_eq!(databases, [("state/openccu-loom.db", Some(103)), ("state/history.db", Some(103))]);
    assert_eq!(manifest.databases[0].facts.tables["centrals"], 2);
    assert_eq!(taken.receipt.bytes, world.archives.bytes(&id("a")).unwrap().len() as u64);
}

#[tokio::test]
async fn what_is_left_out_is_told_with_its_reason() {
    let world = World::new();
    let taken = world.backed_up().await;
    let left_out = |path: &str, reason: &str| LeftOut { path: path.to_owned(), reason: reason.to_owned() };
    assert_eq!(
        taken.manifest.left_out,
        [
            left_out(".env", "variables of a machine, with their secrets"),
            left_out("backup-pi-20260608T120000Z.tar.gz", "is an archive"),
            left_out("backups", "stored CCU backups"),
            left_out("cache", "holds `.nobackup`"),
            left_out("socket", "is a socket"),
        ]
    );
}

#[tokio::test]
async fn files_of_variables_are_left_out_wherever_they_lie_in_the_data_dir() {
    let world = World::new();
    world.source.write("a/loom.env", "OPENCCU_LOOM_SECRET_KEY=of the machine\n");
    let request =
        BackupRequest { env_files: vec![member("a/loom.env"), member("missing.env")], ..backup("a") };
    let taken = world.take_backup(&FaultPlan::none()).run(request).await.unwrap();
    let left: Vec<_> = taken.manifest.left_out.iter().map(|left| left.path.as_str()).collect();
    assert!(
        left.contains(&".env") && left.contains(&"a/loom.env") && !left.contains(&"missing.env"),
        "{left:?}"
    );
    assert!(!members(&taken).iter().any(|member| member.ends_with(".env")));
}

#[tokio::test]
async fn the_key_and_the_sealed_values_are_counted_but_never_shown() {
    let world = World::new();
    let taken = world.backed_up().await;
    let fingerprint = master_key(7).fingerprint();
    assert_eq!(taken.manifest.master_key, Some(ListedKey { fingerprint, inside: true, wrapped_by: None }));
    assert_eq!(taken.key_source, Some(KeySource::Memory));
    assert_eq!((taken.sealed.total, taken.sealed.unreadable), (2, 0));
    assert_eq!(taken.manifest.sealed_values, Some(2));
    let shown = format!("{taken:?} {}", String::from_utf8(taken.manifest.to_json()).unwrap());
    assert!(!shown.contains(master_key(7).to_base64().as_str()));
    assert!(!shown.contains("first secret"));
}

#[tokio::test]
async fn values_another_key_sealed_are_counted_with_their_places() {
    let world = World::new();
    world.key.configure(&master_key(9).to_base64());
    let taken = world.backed_up().await;
    assert_eq!((taken.sealed.total, taken.sealed.unreadable), (2, 2));
    assert_eq!(taken.sealed.unreadable_places[0], "centrals/ccu0/password_plain");
    // The key file that went in is not the key in use.
    let listed = taken.manifest.master_key.unwrap();
    assert_eq!((listed.fingerprint, listed.inside), (master_key(9).fingerprint(), false));
}

#[tokio::test]
async fn a_key_that_is_not_in_the_data_dir_is_not_inside() {
    let world = World::new();
    world.disk.remove(&world.source.root().join("secret.key"));
    let taken = world.backed_up().await;
    assert!(!taken.manifest.master_key.unwrap().inside);
    assert!(!taken.manifest.files.contains_key(&member("state/secret.key")));
}

/// Takes the backup `a` with a key that was found in the data dir itself.
async fn taken_with(
    world: &World,
    seal: Option<SealOrder>,
    byte: u8,
) -> Result<TakenBackup, TakeBackupError> {
    let source = KeySource::File("/source/secret.key".to_owned());
    let held = HeldKeys::new(Some(ResolvedKey { key: master_key(byte), source }));
    let take = TakeBackup { keys: Arc::new(held), ..world.take_backup(&FaultPlan::none()) };
    take.run(BackupRequest { form: FormOrder { seal, ..FormOrder::default() }, ..backup("a") }).await
}

#[tokio::test]
async fn a_key_that_is_gone_from_the_data_dir_ends_the_backup_whatever_seals_it() {
    for seal in [None, Some(SealOrder::MasterKey)] {
        let world = World::new();
        taken_with(&world, seal.clone(), 7).await.unwrap();
        let world = World::new();
        world.disk.remove(&world.source.root().join("secret.key"));
        let error = taken_with(&world, seal.clone(), 7).await.unwrap_err();
        assert!(matches!(&error, TakeBackupError::KeyGone(_)), "{error}");
        let words = error.to_string();
        assert!(words.contains(master_key(7).fingerprint().as_str()), "{words}");
        assert!(words.contains("hint: ") && words.contains("key rotate --running --to file"), "{words}");
        assert!(world.archives.names().is_empty());

        world.source.write("secret.key", key_file(9));
        let error = taken_with(&world, seal.clone(), 7).await.unwrap_err();
        assert!(matches!(&error, TakeBackupError::KeyGone(_)), "another key: {error}");
        world.source.write("secret.key", key_file(7));
        world.source.write("secret.key.pkcs11", "a file that a daemon looks at first");
        let error = taken_with(&world, seal, 7).await.unwrap_err();
        assert!(matches!(&error, TakeBackupError::KeyGone(_)), "hidden by another: {error}");
    }
}

#[tokio::test]
async fn a_key_that_vanishes_while_the_backup_runs_ends_it() {
    let world = World::new();
    let source = KeySource::File("/source/secret.key".to_owned());
    let held = HeldKeys::new(Some(ResolvedKey { key: master_key(7), source }));
    let dir = world.source.clone();
    let files = Vanishing { dir, before_head: &[], after_head: &[], before_open: &["secret.key"] };
    let take =
        TakeBackup { keys: Arc::new(held), ..world.take_backup_of(Arc::new(files), &FaultPlan::none()) };
    let error = take.run(backup("a")).await.unwrap_err();
    assert!(matches!(&error, TakeBackupError::KeyGone(_)), "{error}");
    assert!(world.archives.names().is_empty());
}

#[tokio::test]
async fn a_broken_key_ends_the_backup_before_it_begins() {
    let world = World::new();
    world.key.configure("no key");
    let error = world.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::Key(KeyError::Malformed { .. })), "{error}");
    assert!(world.archives.names().is_empty());
}

#[tokio::test]
async fn a_secrets_note_and_no_config_are_as_asked() {
    let world = World::new();
    let mut request = backup("a");
    request.secrets_note = Some("The master key is in the safe.".to_owned());
    request.config = None;
    let taken = world.take_backup(&FaultPlan::none()).run(request).await.unwrap();
    assert!(taken.manifest.files.contains_key(&member("secrets/README.txt")));
    assert!(!taken.manifest.files.contains_key(&member("config.yaml")));
}

#[tokio::test]
async fn a_missing_main_database_is_an_error_and_never_an_empty_backup() {
    let world = World::new();
    world.disk.remove(&world.source.root().join("openccu-loom.db"));
    let error = world.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::Snapshot(SnapshotError::Missing(_))), "{error}");
    assert!(world.archives.names().is_empty());
}

#[tokio::test]
async fn a_foreign_or_damaged_main_database_is_an_error() {
    let world = World::new();
    let mut damaged = MemoryDatabase::new(&["centrals"]).to_bytes().to_vec();
    damaged[40] ^= 1;
    for bytes in [b"text".to_vec(), damaged] {
        world.source.write("openccu-loom.db", bytes);
        let error = world.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap_err();
        assert!(
            matches!(
                error,
                TakeBackupError::Snapshot(SnapshotError::Foreign { .. } | SnapshotError::Damaged { .. })
            ),
            "{error}"
        );
        assert!(world.archives.names().is_empty());
    }
}

#[tokio::test]
async fn a_missing_data_dir_is_an_error() {
    let world = World::new();
    world.disk.remove(world.source.root());
    let error = world.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::Files(FilesError::Missing(_))), "{error}");
}

#[tokio::test]
async fn a_name_no_archive_can_hold_is_an_error_outside_of_folders_left_out() {
    let world = World::new();
    let bad = |folder: &str| world.source.root().join(folder).join(OsStr::from_bytes(b"\xff"));
    world.disk.write(&bad("cache"), "x");
    world.disk.write(&bad("backups"), "x");
    world.backed_up().await;
    world.disk.write(&bad("a"), "x");
    let error = world.take_backup(&FaultPlan::none()).run(backup("b")).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::Files(FilesError::BadName(_))), "{error}");
}

#[tokio::test]
async fn an_existing_archive_is_refused_and_stays() {
    let world = World::new();
    world.backed_up().await;
    let before = world.archives.bytes(&id("a"));
    let error = world.take_backup(&FaultPlan::none()).run(backup("a")).await.unwrap_err();
    assert!(matches!(error, TakeBackupError::Sink(SinkError::AlreadyExists(_))), "{error}");
    assert_eq!(world.archives.bytes(&id("a")), before);
}

#[tokio::test]
async fn a_backup_changes_nothing_in_the_data_dir() {
    let world = World::new();
    let before = world.disk.below(world.source.root());
    world.backed_up().await;
    assert_eq!(world.disk.below(world.source.root()), before);
}

#[tokio::test]
async fn progress_of_packing_ends_at_the_announced_total() {
    let world = World::new();
    world.backed_up().await;
    let reports = world.progress.reports();
    let began = |report: &Report| matches!(report, Report::Began { stage: Stage::Pack, .. });
    let pack = reports.iter().position(began).unwrap();
    let Report::Began { total_bytes: Some(total), .. } = reports[pack] else { panic!("no total is known") };
    assert_eq!(reports.last(), Some(&Report::Reached(total)));
}

/// A data dir with one folder that cannot be listed.
struct Closed(MemoryDataDir, &'static str);

#[async_trait]
impl DataDirFiles for Closed {
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError> {
        if folder.is_some_and(|folder| folder.as_str() == self.1) {
            return Err(FilesError::Unreadable { path: self.1.to_owned(), source: "denied".into() });
        }
        self.0.list(folder).await
    }

    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError> {
        self.0.head(path, bytes).await
    }

    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError> {
        self.0.open(path).await
    }
}

#[tokio::test]
async fn of_folders_that_cannot_be_read_only_that_of_the_file_system_is_left_out() {
    for (folder, left_out) in [("lost+found", true), ("lost", false)] {
        let world = World::new();
        world.source.write(&format!("{folder}/file"), "");
        let files = Arc::new(Closed(world.source.clone(), folder));
        let take = TakeBackup { files, ..world.take_backup(&FaultPlan::none()) };
        match take.run(backup("a")).await {
            Ok(taken) => {
                let left = taken.manifest.left_out;
                assert!(left_out && left.iter().any(|left| left.path == folder), "{left:?}");
            }
            Err(error) => assert!(!left_out && error.to_string().contains("denied"), "{folder}: {error}"),
        }
    }
}

/// A data dir whose files disappear at the worst instants.
struct Vanishing {
    dir: MemoryDataDir,
    before_head: &'static [&'static str],
    after_head: &'static [&'static str],
    before_open: &'static [&'static str],
}

impl Vanishing {
    fn strike(&self, path: &MemberPath, doomed: &[&str]) {
        if doomed.contains(&path.as_str()) {
            self.dir.disk().remove(&self.dir.root().join(path.as_str()));
        }
    }
}

#[async_trait]
impl DataDirFiles for Vanishing {
    async fn list(&self, folder: Option<&MemberPath>) -> Result<Vec<Entry>, FilesError> {
        let listed = self.dir.list(folder).await;
        if folder.is_none() {
            self.strike(&member("a/b"), self.before_head);
        }
        listed
    }

    async fn head(&self, path: &MemberPath, bytes: usize) -> Result<Vec<u8>, FilesError> {
        self.strike(path, self.before_head);
        let head = self.dir.head(path, bytes).await;
        self.strike(path, self.after_head);
        head
    }

    async fn open(&self, path: &MemberPath) -> Result<OpenFile, FilesError> {
        self.strike(path, self.before_open);
        self.dir.open(path).await
    }
}

#[tokio::test]
async fn what_vanishes_meanwhile_is_left_out_and_the_backup_goes_on() {
    let world = World::new();
    let files = Vanishing {
        dir: world.source.clone(),
        before_head: &["empty file", "a/b"],
        after_head: &["history.db", "large.bin", "secret.key"],
        before_open: &[],
    };
    let taken = world.take_backup_of(Arc::new(files), &FaultPlan::none()).run(backup("a")).await.unwrap();
    assert_eq!(members(&taken), ["config.yaml", "state/openccu-loom.db"]);
    assert_eq!(taken.manifest.databases.len(), 1);
    assert!(!taken.manifest.master_key.unwrap().inside, "the key file is not in the archive");
    let gone: Vec<_> =
        taken.manifest.left_out.iter().filter(|left| left.reason.contains("removed")).collect();
    let gone: Vec<_> = gone.iter().map(|left| left.path.as_str()).collect();
    assert_eq!(gone, ["history.db", "large.bin", "secret.key"]);
}

#[tokio::test]
async fn a_key_file_with_white_space_around_the_key_is_still_the_key() {
    let world = World::new();
    world.source.write("secret.key", format!("\n {}\r\n", key_file(7)));
    assert!(world.backed_up().await.manifest.master_key.unwrap().inside);
}

#[tokio::test]
async fn a_fault_at_any_call_of_any_port_leaves_no_archive_and_is_told() {
    let counted = FaultPlan::none();
    World::new().take_backup(&counted).run(backup("a")).await.unwrap();
    let calls = counted.calls();
    for method in [
        "KeyProvider::resolve",
        "DataDirFiles::list",
        "DataDirFiles::head",
        "DataDirFiles::open",
        "Snapshots::take_snapshot",
        "Content::next_chunk",
        "ArchiveSink::begin",
        "Staging::push",
        "Staging::commit",
    ] {
        assert!(calls.contains_key(method), "{method} was never called");
    }
    for (method, count) in calls {
        for call in 0..count {
            let world = World::new();
            let faults = FaultPlan::fail(method, call);
            let before = world.disk.below(world.source.root());
            let error = world.take_backup(&faults).run(backup("a")).await.unwrap_err();
            assert!(faults.happened() && is_caused_by_a_fault(&error), "call {call} of {method}: {error}");
            assert!(world.archives.names().is_empty(), "call {call} of {method}");
            assert_eq!(world.disk.below(world.source.root()), before, "call {call} of {method}");
        }
    }
}
