//! What holds for a shelf over a folder beyond its port's contract.

use super::*;
use crate::ordinary_user::run_case;
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use tempfile::TempDir;

const NAME: &str = "backup-pi-20260608T120000Z.tar.gz";

fn shelf() -> (TempDir, FolderShelf, ArchiveId) {
    let folder = tempfile::tempdir().unwrap();
    let shelf = FolderShelf::new(folder.path());
    (folder, shelf, ArchiveId::parse(NAME).unwrap())
}

#[tokio::test]
async fn a_link_is_neither_found_nor_removed() {
    let (folder, shelf, id) = shelf();
    let outside = tempfile::tempdir().unwrap();
    let target = outside.path().join(NAME);
    std::fs::write(&target, b"\x1f\x8b\x08rest").unwrap();
    symlink(&target, folder.path().join(NAME)).unwrap();
    assert_eq!(shelf.find(&id).await.unwrap(), None);
    assert!(matches!(shelf.remove(&id).await, Err(ShelfError::NotFound(_))));
    assert!(target.exists() && folder.path().join(NAME).is_symlink());
}

#[tokio::test]
async fn a_folder_a_fifo_and_a_hidden_file_are_no_archives() {
    let (folder, shelf, id) = shelf();
    std::fs::create_dir(folder.path().join(NAME)).unwrap();
    assert_eq!(shelf.find(&id).await.unwrap(), None);
    std::fs::remove_dir(folder.path().join(NAME)).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, folder.path().join(NAME), fifo, 0o600.into(), 0).unwrap();
    assert_eq!(shelf.find(&id).await.unwrap(), None);
    std::fs::write(folder.path().join(".hidden.tar.gz"), b"\x1f\x8b\x08rest").unwrap();
    assert_eq!(shelf.find(&ArchiveId::parse(".hidden.tar.gz").unwrap()).await.unwrap(), None);
}

#[tokio::test]
async fn a_file_named_like_an_archive_is_found_whatever_it_holds() {
    let (folder, shelf, id) = shelf();
    std::fs::write(folder.path().join(NAME), b"").unwrap();
    assert_eq!(shelf.find(&id).await.unwrap().unwrap().bytes, 0);
    shelf.remove(&id).await.unwrap();
}

#[tokio::test]
async fn a_database_is_never_handed_out() {
    let (folder, shelf, id) = shelf();
    std::fs::write(folder.path().join(NAME), b"SQLite format 3\0pages").unwrap();
    assert_eq!(shelf.find(&id).await.unwrap(), None);
    assert!(matches!(shelf.remove(&id).await, Err(ShelfError::NotFound(_))));
}

#[tokio::test]
async fn a_file_that_gets_shorter_while_it_is_read_ends_in_an_error() {
    let (folder, shelf, id) = shelf();
    let path = folder.path().join(NAME);
    std::fs::write(&path, vec![7; 4 << 20]).unwrap();
    let archive = shelf.find(&id).await.unwrap().unwrap();
    let mut content = shelf.read(&archive, 0, archive.bytes).await.unwrap();
    content.next_chunk().await.unwrap().unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(1 << 20).unwrap();
    let error = loop {
        match content.next_chunk().await {
            Ok(chunk) => assert!(chunk.is_some(), "it ended early"),
            Err(error) => break error,
        }
    };
    assert!(error.to_string().ends_with("it was changed while it was read"), "{error}");
    assert!(content.next_chunk().await.is_err(), "a failure is forgotten");
}

#[test]
fn what_cannot_be_read_is_removed_only_if_its_name_says_archive() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes", NAME] {
        std::fs::write(folder.path().join(name), "OCLBAK?").unwrap();
        set_permissions(folder.path().join(name), Permissions::from_mode(0o000)).unwrap();
    }
    // Whoever runs the child may remove both.
    set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let (passed, text) =
        run_case("folder_shelf::tests::removes_as_an_ordinary_user", "FOLDER", folder.path());
    assert!(passed, "{text}");
    assert!(folder.path().join("notes").exists() && !folder.path().join(NAME).exists());
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn removes_as_an_ordinary_user() {
    let folder = PathBuf::from(std::env::var_os("FOLDER").unwrap());
    let shelf = FolderShelf::new(&folder);
    let [notes, archive] = ["notes", NAME].map(|name| ArchiveId::parse(name).unwrap());
    for id in [&notes, &archive] {
        assert!(shelf.find(id).await.unwrap().is_some(), "{id}");
    }
    let refused = shelf.remove(&notes).await.unwrap_err().to_string();
    let path = folder.join("notes").display().to_string();
    for words in [path.as_str(), "denied", "\nhint: remove it by hand"] {
        assert!(refused.contains(words), "{words}: {refused}");
    }
    shelf.remove(&archive).await.unwrap();
}
