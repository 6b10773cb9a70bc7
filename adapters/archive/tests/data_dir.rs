//! The local data dir keeps the contract of data-dir files.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails its case by panicking")]

use loom_adapter_archive::LocalDataDir;
use loom_contract::data_dir_files::DataDirBed;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{DataDirFiles, FilesError};
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use tempfile::TempDir;

/// A data dir and its spool folder.
struct Bed {
    dir: PathBuf,
    spool: PathBuf,
}

fn fresh() -> (Arc<Bed>, TempDir) {
    let place = tempfile::tempdir().unwrap();
    let [dir, spool] = ["data", "spool"].map(|name| place.path().join(name));
    for folder in [&dir, &spool] {
        fs::create_dir(folder).unwrap();
    }
    (Arc::new(Bed { dir, spool }), place)
}

impl Bed {
    fn make_room(&self, path: &str) -> PathBuf {
        let path = self.dir.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        path
    }
}

impl DataDirBed for Bed {
    fn port(&self) -> Arc<dyn DataDirFiles> {
        Arc::new(LocalDataDir::new(&self.dir, &self.spool))
    }

    // In place, as a program that rewrites its file does: a renamed one would leave the opened file alone.
    fn put_file(&self, path: &str, bytes: &[u8]) {
        fs::write(self.make_room(path), bytes).unwrap();
    }

    fn make_folder(&self, path: &str) {
        fs::create_dir_all(self.dir.join(path)).unwrap();
    }

    fn link(&self, path: &str, target: &str) {
        symlink(self.dir.join(target), self.make_room(path)).unwrap();
    }

    fn put_others(&self) -> Vec<(&'static str, &'static str)> {
        drop(UnixListener::bind(self.dir.join("socket")).unwrap());
        let fifo = self.dir.join("fifo");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &fifo,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from(0o600),
            0,
        )
        .unwrap();
        symlink(&fifo, self.dir.join("link to a fifo")).unwrap();
        symlink("/dev/null", self.dir.join("link to a device")).unwrap();
        symlink("loop", self.dir.join("loop")).unwrap();
        vec![
            ("socket", "socket"),
            ("fifo", "FIFO"),
            ("link to a fifo", "FIFO"),
            ("link to a device", "device"),
            ("loop", "broken link"),
        ]
    }

    fn put_bad_name(&self) {
        fs::write(self.dir.join(std::ffi::OsStr::from_bytes(b"bad \xff")), "x").unwrap();
    }

    fn remove(&self, path: &str) {
        let path = self.dir.join(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.unwrap();
    }

    fn remove_data_dir(&self) {
        fs::remove_dir_all(&self.dir).unwrap();
    }
}

loom_contract::data_dir_files_contract!(fresh());

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

fn is_empty(folder: &Path) -> bool {
    folder.read_dir().unwrap().next().is_none()
}

#[tokio::test]
async fn a_large_file_leaves_nothing_in_the_spool_folder() {
    let (bed, _place) = fresh();
    bed.put_file("large", &vec![1; 3 << 20]);
    let opened = bed.port().open(&path("large")).await.unwrap();
    assert!(is_empty(&bed.spool));
    drop(opened);
    assert!(is_empty(&bed.spool));
}

#[tokio::test]
async fn a_missing_spool_folder_is_named_with_the_file() {
    let (bed, _place) = fresh();
    bed.put_file("large", &vec![1; 3 << 20]);
    fs::remove_dir(&bed.spool).unwrap();
    let error = bed.port().open(&path("large")).await.err().unwrap();
    let text = error.to_string();
    assert!(text.contains("/data/large`") && text.contains("/spool`"), "{text}");
    assert!(matches!(error, FilesError::Unreadable { .. }), "{text}");
}

#[test]
fn a_file_that_may_not_be_read_is_unreadable_and_named() {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let file = place.path().join("secret.key");
    fs::write(&file, "AAAA").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o000)).unwrap();
    let mut program = std::env::current_exe().unwrap();
    // It may lie in a folder that is closed to others.
    let open = tempfile::tempdir().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    if is_root {
        let copy = open.path().join("tests");
        fs::set_permissions(open.path(), Permissions::from_mode(0o755)).unwrap();
        // Not by this process: one that a test beside this starts would have the copy open for writing when it is run.
        let install = Command::new("install").args(["-m", "755"]).arg(program).arg(&copy).status();
        assert!(install.unwrap().success());
        program = copy;
    }
    let mut child = Command::new(program);
    child.args(["--exact", "reads_as_an_ordinary_user", "--ignored"]).env("DATA_DIR", place.path());
    // Root may read everything; another user stands in for it.
    if is_root {
        child.uid(65534);
    }
    let output = child.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn reads_as_an_ordinary_user() {
    let dir = PathBuf::from(std::env::var_os("DATA_DIR").unwrap());
    let port = LocalDataDir::new(&dir, &dir);
    assert_eq!(port.list(None).await.unwrap().len(), 1);
    let opened = port.open(&path("secret.key")).await.err().unwrap();
    let head = port.head(&path("secret.key"), 20).await.unwrap_err();
    for error in [opened, head] {
        let FilesError::Unreadable { path, source } = &error else { panic!("{error}") };
        assert_eq!(*path, dir.join("secret.key").display().to_string());
        assert!(source.to_string().contains("denied"), "{source}");
    }
}

#[tokio::test]
async fn a_data_dir_that_is_a_file_is_unreadable() {
    let (bed, place) = fresh();
    let file = place.path().join("file");
    fs::write(&file, "x").unwrap();
    let error = LocalDataDir::new(&file, &bed.spool).list(None).await.unwrap_err();
    assert!(matches!(&error, FilesError::Unreadable { path, .. } if path.ends_with("/file")), "{error}");
}
