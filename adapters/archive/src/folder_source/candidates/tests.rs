//! Which files are taken for archives, and as which kind.
//!
//! Does NOT look into archives.

use super::*;
use crate::FolderSource;
use crate::ordinary_user::run_case;
use loom_domain::ports::{ArchiveListing, Undescribed};
use std::fs::{Permissions, set_permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};

#[test]
fn what_cannot_be_looked_into_may_be_an_archive_under_any_name() {
    let place = tempfile::tempdir().unwrap();
    for (name, mode) in [("monday.tar.gz.oclbak", 0o000), ("notes", 0o000), (".staging", 0o000), ("x", 0o644)]
    {
        std::fs::write(place.path().join(name), "OCLBAK?").unwrap();
        set_permissions(place.path().join(name), Permissions::from_mode(mode)).unwrap();
    }
    symlink("loop", place.path().join("loop")).unwrap();
    symlink("nowhere", place.path().join("dangling")).unwrap();
    set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    let case = "folder_source::candidates::tests::lists_as_an_ordinary_user";
    let (passed, text) = run_case(case, "FOLDER", place.path());
    assert!(passed, "{text}");
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn lists_as_an_ordinary_user() {
    let folder = PathBuf::from(std::env::var_os("FOLDER").unwrap());
    let mut listed = FolderSource::new(&folder).list_archives().await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    let names: Vec<_> = listed.iter().map(|archive| archive.id.as_str()).collect();
    assert_eq!(names, ["loop", "monday.tar.gz.oclbak", "notes"]);
    for archive in listed {
        let path = folder.join(archive.id.as_str()).display().to_string();
        let problem = archive.manifest.unwrap_err();
        assert!(matches!(problem, Undescribed::Unreadable(_)), "{problem:?}");
        let problem = problem.to_string();
        assert!(problem.contains(&path) && problem.contains("cannot be read"), "{problem}");
    }
}

#[tokio::test]
async fn a_link_to_where_nothing_is_may_be_an_archive_if_its_name_says_so() {
    let place = tempfile::tempdir().unwrap();
    for name in ["backup-1.tar.gz.oclbak", "monday.zip", "notes", ".staging.tar.gz"] {
        symlink("/nowhere/at/all", place.path().join(name)).unwrap();
    }
    let source = FolderSource::new(place.path());
    let mut listed = source.list_archives().await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    let names: Vec<_> = listed.iter().map(|archive| archive.id.as_str()).collect();
    assert_eq!(names, ["backup-1.tar.gz.oclbak", "monday.zip"]);
    for archive in listed {
        assert!(source.describe_archive(&archive.id).await.unwrap().is_some());
        let problem = archive.manifest.unwrap_err();
        assert!(matches!(problem, Undescribed::Unreadable(_)), "{problem:?}");
        assert!(problem.to_string().contains("a link to where nothing is"), "{problem}");
    }
}

#[tokio::test]
async fn an_archive_whose_name_is_no_text_is_listed_as_one_that_cannot_be_read() {
    let place = tempfile::tempdir().unwrap();
    let name = |bytes: &[u8]| place.path().join(OsStr::from_bytes(bytes));
    std::fs::write(name(b"m\xfcll.tar.gz.oclbak"), "OCLBAK\x01stream-id").unwrap();
    std::fs::write(name(b"m\xfcll"), "text").unwrap();
    std::fs::write(name(&[[0xfc].repeat(200), b".zip".to_vec()].concat()), "OCLBAK\x01stream-id").unwrap();
    std::fs::write(name(b"backup-\xfc.tar.gz"), "").unwrap();
    let mut listed = FolderSource::new(place.path()).list_archives().await.unwrap();
    listed.sort_by(|a, b| a.id.cmp(&b.id));
    let names: Vec<_> = listed.iter().map(|archive| archive.id.as_str()).collect();
    assert_eq!(names, [&format!("{}.zip", "?".repeat(200)), "backup-?.tar.gz", "m?ll.tar.gz.oclbak"]);
    for archive in listed {
        let problem = archive.manifest.unwrap_err();
        assert!(matches!(problem, Undescribed::Unreadable(_)), "{problem:?}");
        assert!(problem.to_string().contains("its name is not UTF-8"), "{problem}");
    }
}

#[test]
fn sealed_files_of_others_are_archives_only_by_their_names() {
    let folder = tempfile::tempdir().unwrap();
    let kind = |name: &str, bytes: &[u8]| {
        std::fs::write(folder.path().join(name), bytes).unwrap();
        archive_kind(&folder.path().join(name), &ArchiveId::parse(name).unwrap())
    };
    let (age, hinted) =
        ("age-encryption.org/v1\n-> X25519 A\n", "age-encryption.org/v1\n-> openccu-loom/hint x\n");
    assert_eq!(kind("passwords.age", age.as_bytes()), None);
    assert_eq!(kind("monday.age", hinted.as_bytes()), Some(Kind::Age));
    for name in ["a.tar.gz.age", "a.tar.zst.age", "a.zip.age"] {
        assert_eq!(kind(name, age.as_bytes()), Some(Kind::Age), "{name}");
    }
    assert_eq!(kind("drawings.pk", b"PK\x03\x04"), None);
    assert_eq!(kind("drawings.zip", b"PK\x03\x04"), Some(Kind::Zip));
    assert_eq!(kind("a.tar.zst", b"\x28\xb5\x2f\xfd"), Some(Kind::Zstd));
    assert_eq!(kind("x", b"OCLBAK\x01"), Some(Kind::Sealed));
    for name in ["backup-x.tar.gz", "backup-x.tar.zst", "backup-x.zip.age", "backup-x.tar.gz.oclbak"] {
        assert_eq!(kind(name, b"no archive at all"), Some(Kind::ForeignGzip), "{name}");
    }
    assert_eq!(kind("backup-notes.txt", b"no archive at all"), None);
}
