//! What is durable, what replaces nothing, and what is left when that fails.

use super::*;
use crate::ordinary_user;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;

#[test]
fn files_and_folders_are_private_and_new() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("a/b");
    create_private_folders(&folder).unwrap();
    create_private_folders(&folder).unwrap();
    let file = folder.join("file");
    create_private_file(&file).unwrap();
    assert_eq!(create_private_file(&file).unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&place.path().join("a")), mode(&file)), (0o700, 0o700, 0o600));
}

#[test]
fn a_rename_replaces_nothing_not_even_a_broken_link() {
    let place = tempfile::tempdir().unwrap();
    let [from, to, link] = ["from", "to", "link"].map(|name| place.path().join(name));
    std::fs::write(&from, "1").unwrap();
    std::fs::write(&to, "2").unwrap();
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for taken in [&to, &link] {
        let error = rename_no_replace(&from, taken).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
    std::fs::remove_file(&to).unwrap();
    rename_no_replace(&from, &to).unwrap();
    assert_eq!(std::fs::read(&to).unwrap(), b"1");
}

#[test]
fn a_name_that_could_not_be_made_durable_is_taken_away_again() {
    let place = tempfile::tempdir().unwrap();
    let [from, to] = ["from", "to"].map(|name| place.path().join(name));
    std::fs::write(&from, "1").unwrap();
    let gone = |_: &File| Err(io::Error::other("the disk is gone"));
    let error = publish_and(rename_no_replace, gone, &from, &to).unwrap_err();
    assert!(error.to_string().contains(&format!("`{}`", place.path().display())), "{error}");
    assert!(!exists(&to).unwrap());
}

#[test]
fn a_folder_that_may_not_be_read_is_named_before_anything_is_published_there() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("folder");
    create_private_folders(&folder).unwrap();
    std::fs::write(folder.join("from"), "1").unwrap();
    if rustix::process::geteuid().is_root() {
        std::os::unix::fs::chown(&folder, Some(ordinary_user::USER), None).unwrap();
    }
    for (path, mode) in [(place.path(), 0o755), (&folder, 0o300)] {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }
    let (passed, text) = ordinary_user::run_case("durable::tests::as_an_ordinary_user", "FOLDER", &folder);
    std::fs::set_permissions(&folder, Permissions::from_mode(0o700)).unwrap();
    assert!(passed, "{text}");
}

#[test]
#[ignore = "runs as the child of another test"]
fn as_an_ordinary_user() {
    let folder = std::path::PathBuf::from(std::env::var_os("FOLDER").unwrap());
    let to = folder.join("to");
    let error = publish_new(&folder.join("from"), &to).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
    assert!(error.to_string().contains(&format!("`{}`", folder.display())), "{error}");
    assert!(!exists(&to).unwrap());
}
