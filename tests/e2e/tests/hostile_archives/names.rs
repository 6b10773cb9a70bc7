//! Member names that lead out of the data dir, or nowhere.

use crate::bed::Bed;
use crate::forgery::Forgery;
use tar::EntryType;

fn refused_name(name: &[u8], words: &str) {
    let forged = Forgery::with_database().unlisted(name, b"evil");
    Bed::new().refuses(&forged.clone().sealed_off(), 4, words);
    let folder = Forgery::with_database().entry(EntryType::Directory, name, b"");
    Bed::new().refuses(&folder.sealed_off(), 4, words);
}

#[test]
fn absolute_names_are_refused() {
    let bed = Bed::new();
    let target = bed.root().join("evil").to_string_lossy().into_owned();
    let forged = Forgery::with_database().unlisted(target.as_bytes(), b"evil");
    bed.refuses(&forged.sealed_off(), 4, "is an absolute path");
    refused_name(b"/etc/evil", "the name `/etc/evil` is an absolute path");
}

#[test]
fn names_that_climb_are_refused() {
    for name in ["../evil", "state/../evil", "state/../../evil", "state/a/../../../../evil", "..", "state/.."]
    {
        refused_name(name.as_bytes(), &format!("the name `{name}` escapes data dir"));
    }
}

#[test]
fn an_absolute_path_behind_a_prefix_is_refused() {
    refused_name(b"state//etc/evil", "the name `state//etc/evil` is empty or is an absolute path");
    refused_name(b"state/./evil", "the name `state/./evil` escapes data dir");
}

#[test]
fn a_name_with_a_nul_is_refused() {
    let forged =
        Forgery::with_database().pax("path", b"state/good\0/../evil").unlisted(b"state/good", b"evil");
    Bed::new().refuses(&forged.sealed_off(), 4, "holds a NUL character");
}

#[test]
fn a_name_of_4_kib_is_refused() {
    let long = "state/".to_owned() + &"abcdefg/".repeat(512);
    refused_name(long.trim_end_matches('/').as_bytes(), "is longer than 1024 bytes");
    let forged = Forgery::with_database().pax("path", long.as_bytes()).unlisted(b"state/short", b"evil");
    Bed::new().refuses(&forged.sealed_off(), 4, "is longer than 1024 bytes");
}

#[test]
fn a_name_no_file_system_stores_is_refused() {
    refused_name(format!("state/{}", "x".repeat(256)).as_bytes(), "has a part longer than 255 bytes");
    refused_name(b"state/\xff\xfe", "is not UTF-8");
    refused_name(b"", "is empty");
}

#[test]
fn a_name_is_shown_without_what_a_terminal_would_act_on() {
    let bed = Bed::new();
    bed.refuses(
        &Forgery::with_database().unlisted(b"../\x1b[2Jevil", b"").sealed_off(),
        4,
        "`../\\u{1b}[2Jevil`",
    );
}

#[test]
fn two_members_of_one_name_are_refused() {
    let twice = "member `state/a.txt` appears twice";
    let first = Forgery::with_database().file(b"state/a.txt", b"one");
    for second in ["state/a.txt", "./state/a.txt"] {
        Bed::new().refuses(&first.clone().unlisted(second.as_bytes(), b"two").sealed_off(), 4, twice);
    }
    Bed::new().refuses(&first.entry(EntryType::Directory, b"state/a.txt/", b"").sealed_off(), 4, twice);
    let database = Forgery::with_database().unlisted(b"state/openccu-loom.db", b"");
    Bed::new().refuses(&database.sealed_off(), 4, "member `state/openccu-loom.db` appears twice");
}

#[test]
fn a_file_below_a_file_is_refused() {
    let forged = Forgery::with_database().file(b"state/openccu-loom.db/evil", b"evil");
    let words = "member `state/openccu-loom.db/evil` lies below a member that is a file";
    Bed::new().refuses(&forged.sealed_off(), 4, words);
}

#[test]
fn working_files_of_programs_are_not_put_in_place() {
    let journal = b"{\"format\":1,\"moves\":[]}";
    let forged = Forgery::with_database()
        .file(b"state/openccu-loom.db-wal", b"not even a log")
        .file(b"state/openccu-loom.db-migrate.lock", b"")
        .file(b"state/openccu-loom.lock", b"1 daemon\n")
        .file(b"state/.loom-restore/journal.json", journal)
        .file(b"state/.loom-undo/undo.json", journal)
        .file(b"elsewhere/a.txt", b"not state");
    let bed = Bed::new();
    let (restored, target) = bed.accepts(&forged.sealed_off());
    for name in ["db-wal", "migrate.lock", ".loom-restore", ".loom-undo", "elsewhere/a.txt"] {
        restored.says(name);
    }
    for name in ["openccu-loom.db-wal", "openccu-loom.db-migrate.lock", ".loom-restore", "elsewhere"] {
        assert!(!target.join(name).exists(), "{name}");
    }
}
