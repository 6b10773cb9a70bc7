//! Cases of the layout: what goes in, what stays out, and by what an archive is known.

use super::*;

fn fate(path: &str, head: &[u8]) -> FileFate {
    judge_file(&MemberPath::parse(path.as_bytes()).unwrap(), head)
}

#[test]
fn databases_are_known_by_their_first_bytes_at_any_depth() {
    assert_eq!(fate("history.db", b"SQLite format 3\0...."), FileFate::Snapshot);
    assert_eq!(fate("a/b/odd.name", b"SQLite format 3\0...."), FileFate::Snapshot);
    assert_eq!(fate("notes.db", b"plain text"), FileFate::Copy);
}

#[test]
fn the_main_database_is_never_copied_as_a_plain_file() {
    assert_eq!(fate("openccu-loom.db", b"garbage"), FileFate::Snapshot);
}

#[test]
fn what_lives_with_a_database_is_left_out() {
    for name in ["openccu-loom.db-wal", "history.db-shm", "x.db-journal", "openccu-loom.db-migrate.lock"] {
        assert_eq!(fate(name, b"SQLite"), FileFate::Internal, "{name}");
    }
    assert_eq!(fate("diary-wal", b"text"), FileFate::Copy);
}

#[test]
fn archives_of_ours_are_left_out_whatever_their_name() {
    let zip = [b"PK\x03\x04".as_slice(), &[0; 26], b"state/openccu-loom.db"].concat();
    let heads: [&[u8]; 4] = [
        b"\x1f\x8b\x08\x04\0\0\0\0\0\xff\x0d\0LM\x09\0....",
        b"OCLBAK\x01........",
        b"age-encryption.org/v1\n-> openccu-loom/hint master=- 89abcdef01234567\n",
        &zip,
    ];
    for head in heads {
        let head = &head[..head.len().min(HEAD_BYTES)];
        assert_eq!(fate("anything.bin", head), FileFate::Archive);
    }
    let other = [b"PK\x03\x04".as_slice(), &[0; 26], b"state/of-affairs.txt"].concat();
    assert_eq!(fate("anything.bin", &other), FileFate::Copy);
}

#[test]
fn what_begins_like_anybodys_file_is_an_archive_by_its_name_only() {
    let forms: [(&str, &[u8], bool); 6] = [
        ("tar.gz", b"\x1f\x8b\x08\0", false),
        ("zip", b"PK\x03\x04....", false),
        ("tar.zst", b"\x28\xb5\x2f\xfd....", true),
        ("tar.gz.age", b"age-encryption.org/v1\n-> scrypt ", true),
        ("zip.age", b"age-encryption.org/v1\n-> scrypt ", true),
        ("tar.zst.age", b"-----BEGIN AGE ENCRYPTED FILE-----", true),
    ];
    for (ending, head, ending_will_do) in forms {
        let other = if ending_will_do { FileFate::Archive } else { FileFate::Copy };
        assert_eq!(fate(&format!("backup-pi-20260608T120000Z.{ending}"), head), FileFate::Archive);
        assert_eq!(fate(&format!("drawings.{ending}"), head), other, "{ending}");
        assert_eq!(fate(&format!("drawings.{ending}.x"), head), FileFate::Copy, "{ending}");
        assert_eq!(fate(&format!("drawings.{ending}"), b"plain text"), FileFate::Copy, "{ending}");
    }
    assert_eq!(fate("backup-of-cats.png", b"PK\x03\x04...."), FileFate::Copy);
    assert_eq!(fate("drawings.tar.gz", b"\x28\xb5\x2f\xfd...."), FileFate::Copy);
}

#[test]
fn the_variables_of_the_machine_stay_out_and_other_files_of_that_name_go_in() {
    assert_eq!(fate(".env", b"OPENCCU_LOOM_SECRET_KEY=x"), FileFate::Variables);
    assert_eq!(fate("a/.env", b"X=x"), FileFate::Copy);
    assert_eq!(fate(".env.example", b"X="), FileFate::Copy);
}

#[test]
fn the_key_file_goes_in() {
    assert_eq!(fate("secret.key", b"AAAA"), FileFate::Copy);
}

#[test]
fn only_files_with_a_bare_key_are_told_as_such() {
    let bare = |path: &str| holds_bare_key(&MemberPath::parse(path.as_bytes()).unwrap());
    for path in ["secret.key", "secret.key.old-20261123T120000Z"] {
        assert!(bare(path), "{path}");
    }
    for path in ["secret.key.kms", "secret.key.kms.old-20261123T120000Z", "certs/secret.key", "secret.keys"] {
        assert!(!bare(path), "{path}");
    }
}

#[test]
fn folders_are_left_out_with_a_reason() {
    let folder = |path: &str, marker| judge_folder(&MemberPath::parse(path.as_bytes()).unwrap(), marker);
    assert_eq!(folder("backups", false), Some("stored CCU backups"));
    assert_eq!(folder("a/backups", false), None);
    assert_eq!(folder("certs", true), Some("holds `.nobackup`"));
    assert!(folder(".loom-undo", false).is_some());
    assert_eq!(folder("certs", false), None);
}
