//! What is done and told before the databases are copied. Does NOT take a backup.

use super::*;
use crate::bootstrap::{ConfigFile, Sources};
use loom_domain::archive::SealOrder;
use loom_domain::ports::Silent;
use std::fs::File;
use std::time::SystemTime;
use tempfile::TempDir;

/// A data dir, a folder for scratch and one for archives, in which a killed run left its unfinished one.
struct Places(TempDir);

impl Places {
    fn new() -> Self {
        let places = Self(TempDir::new().unwrap());
        for name in ["data", "scratch", "archives/.loom-scratch-left"] {
            std::fs::create_dir_all(places.path(name)).unwrap();
        }
        std::fs::write(places.left().join("archive"), "half").unwrap();
        // It does not say which machine made it.
        for path in [places.left().join("archive"), places.left()] {
            File::open(path).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        }
        places
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn left(&self) -> PathBuf {
        self.path("archives/.loom-scratch-left")
    }

    async fn prepare(
        &self,
        out: &str,
        seal: Option<SealOrder>,
        scratch: Option<&Path>,
    ) -> Result<CreateJob, CreateError> {
        let (data_dir, environment): (_, Environment) = (self.path("data"), Arc::new(|_| None));
        let sources = Sources {
            config: None,
            config_file: ConfigFile::MustExist,
            data_dir: Some(&data_dir),
            environment: &|_| None,
        };
        let bootstrap = Bootstrap::load(&sources).unwrap();
        let (to, order) = (Destination::File(self.path(out)), FormOrder { seal, ..FormOrder::default() });
        CreateJob::prepare(&bootstrap, to, order, false, scratch, &environment, Arc::new(Silent)).await
    }
}

#[tokio::test]
async fn what_a_killed_run_left_beside_the_archive_makes_room_before_a_backup_begins() {
    for seal in [None, Some(SealOrder::MasterKey)] {
        for named in [false, true] {
            let places = Places::new();
            let scratch = places.path("scratch");
            let job = places.prepare("archives/a.age", seal.clone(), named.then_some(&*scratch)).await;
            assert!(job.is_ok() && !places.left().exists(), "{seal:?}, scratch named: {named}");
        }
    }
}

#[tokio::test]
async fn a_target_that_exists_or_cannot_be_is_told_before_a_backup_begins() {
    for seal in [None, Some(SealOrder::MasterKey)] {
        let places = Places::new();
        std::fs::write(places.path("archives/a"), "precious").unwrap();
        std::os::unix::fs::symlink("nowhere", places.path("archives/link")).unwrap();
        for out in ["archives/a", "archives/link"] {
            let told = places.prepare(out, seal.clone(), None).await.err();
            let Some(CreateError::TakeBackup(TakeBackupError::Sink(SinkError::AlreadyExists(path)))) = told
            else {
                panic!("{out}, {seal:?}: {told:?}")
            };
            assert_eq!(Path::new(&path), places.path(out));
        }
        let told = places.prepare("missing/a", seal.clone(), None).await.err();
        assert!(
            matches!(
                told,
                Some(CreateError::TakeBackup(TakeBackupError::Sink(SinkError::Unavailable { .. })))
            ),
            "{seal:?}: {told:?}"
        );
    }
}
