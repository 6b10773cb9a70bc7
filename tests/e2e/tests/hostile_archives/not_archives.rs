//! Files that are no archives at all.

use crate::bed::Bed;
use crate::forgery::{Forgery, good_database, gzip};
use std::io::Write;

#[test]
fn what_is_no_archive_is_named_for_what_it_is() {
    let tar = Forgery::with_database().manifest(|_| {}).bytes(&[0; 1024]).tar();
    let cases: [(&[u8], &str); 7] = [
        (b"", "an empty file"),
        (b"\xfd7zXZ\0\0\x04", "an xz file"),
        ("Sehr geehrte Änne,\n".as_bytes(), "a text file"),
        (b"<!DOCTYPE html>\n<title>504 Gateway Time-out</title>\n", "a web page"),
        (good_database(), "an SQLite database"),
        (&tar, "an uncompressed tar file"),
        (b"\x7fELF\x02\x01\x01\0", "a file of unknown kind"),
    ];
    for (bytes, words) in cases {
        Bed::new().refuses(bytes, 4, &format!("is not an archive but {words}"));
    }
}

#[test]
fn zip_and_zstd_files_of_something_else_are_refused() {
    Bed::new().refuses(b"PK\x03\x04\x14\0\0\0\x08\0", 4, "the archive is damaged");
    Bed::new().refuses(b"\x28\xb5\x2f\xfd\x04\0", 4, "zst");
}

#[test]
fn gzip_files_of_something_else_are_refused() {
    let text =
        gzip(|gzip| gzip.write_all(b"just some text, and more of it than a header would hold").unwrap());
    Bed::new().refuses(&text, 4, "the archive is damaged");
    let nothing = gzip(|_| {});
    Bed::new().refuses(&nothing, 4, "the tar stream ends at byte 0");
    let long_text = gzip(|gzip| gzip.write_all("All work and no play. ".repeat(100).as_bytes()).unwrap());
    Bed::new().refuses(&long_text, 4, "tar header at byte 0 is damaged");
    Bed::new().refuses(b"\x1f\x8b", 4, "the archive is damaged");
}

#[test]
fn containers_of_another_version_are_refused() {
    Bed::new().refuses(b"OCLBAK\x02and more", 4, "a sealed container of version 2");
}
