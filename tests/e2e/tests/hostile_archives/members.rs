//! Members that are neither files nor folders.

use crate::bed::Bed;
use crate::forgery::Forgery;
use tar::EntryType;

#[test]
fn links_are_refused() {
    for target in ["/etc/passwd", "openccu-loom.db", "../../evil"] {
        for (kind, words) in [(EntryType::Link, "hard link"), (EntryType::Symlink, "symbolic link")] {
            let forged = Forgery::with_database().link(kind, b"state/link", target);
            Bed::new().refuses(&forged.sealed_off(), 4, &format!("member `state/link` is a {words}"));
        }
    }
}

#[test]
fn a_link_to_a_folder_and_a_file_below_it_are_refused() {
    let bed = Bed::new();
    let forged = Forgery::with_database()
        .link(EntryType::Symlink, b"state/out", &bed.root().to_string_lossy())
        .file(b"state/out/evil", b"evil");
    bed.refuses(&forged.sealed_off(), 4, "member `state/out` is a symbolic link");
}

#[test]
fn devices_pipes_and_stranger_things_are_refused() {
    for (kind, words) in [
        (EntryType::Char, "character device"),
        (EntryType::Block, "block device"),
        (EntryType::Fifo, "named pipe"),
        (EntryType::Continuous, "contiguous file"),
        (EntryType::GNULongLink, "link with a long target"),
        (EntryType::new(b'M'), "part of a multi-volume archive"),
        (EntryType::new(b'Z'), "member of unknown kind"),
    ] {
        let forged = Forgery::with_database().entry(kind, b"state/odd", b"");
        Bed::new().refuses(&forged.sealed_off(), 4, &format!("member `state/odd` is a {words}"));
    }
}

#[test]
fn sparse_files_are_refused() {
    let words = "member `state/holes` is a sparse file";
    let old = Forgery::with_database().entry(EntryType::GNUSparse, b"state/holes", b"data");
    Bed::new().refuses(&old.sealed_off(), 4, words);
    for (key, value) in [("GNU.sparse.map", "0,1"), ("GNU.sparse.major", "1"), ("GNU.sparse.realsize", "9")] {
        let pax = Forgery::with_database().pax(key, value.as_bytes()).file(b"state/holes", b"data");
        Bed::new().refuses(&pax.sealed_off(), 4, words);
    }
}

#[test]
fn a_folder_with_content_is_refused() {
    let forged = Forgery::with_database().entry(EntryType::Directory, b"state/folder/", b"content");
    Bed::new().refuses(&forged.sealed_off(), 4, "member `state/folder/` is a folder with 7 bytes of content");
}

#[test]
fn headers_that_would_rename_members_to_come_are_refused() {
    let renaming = Forgery::with_database().entry(EntryType::XGlobalHeader, b"x", b"19 path=../../evil\n");
    Bed::new().refuses(&renaming.file(b"state/a", b"").sealed_off(), 4, "extension header at byte");
    let two = Forgery::with_database().pax("path", b"state/a").pax("path", b"state/b").file(b"state/c", b"");
    Bed::new().refuses(&two.sealed_off(), 4, "is out of order");
}

#[test]
fn content_behind_the_end_mark_is_refused() {
    let hidden = Forgery::empty().file(b"state/evil", b"evil").tar();
    let forged = Forgery::with_database().manifest(|_| {}).bytes(&[&[0; 1024], hidden.as_slice()].concat());
    Bed::new().refuses(&forged.gzipped(), 4, "trailing bytes after the end mark of the tar");
}
