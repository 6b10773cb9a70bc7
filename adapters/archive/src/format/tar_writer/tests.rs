//! The tar writer: an independent reader understands it, and sizes are held to. Does NOT test our own reader.

use std::io::Read;

use super::*;

fn too_short(result: Result<(), PackError>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn an_independent_reader_reads_names_sizes_and_modes() {
    let long = format!("state/{}/Küche.json", "ordner/".repeat(20));
    let mut tar = TarWriter::new(Vec::new());
    tar.directory("state", 0o755, 1_700_000_000).unwrap();
    for (path, body) in
        [("state/a", "x".repeat(513)), (&long, "lang".into()), ("manifest.json", String::new())]
    {
        tar.begin_file(path, body.len() as u64, 0o600, 1_700_000_000).unwrap();
        for piece in body.as_bytes().chunks(100) {
            tar.write(piece).unwrap();
        }
        tar.end_file().unwrap();
    }
    let bytes = tar.finish().unwrap();
    assert_eq!(bytes.len() % BLOCK, 0);

    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let path = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let (mode, mtime) = (entry.header().mode().unwrap(), entry.header().mtime().unwrap());
        assert_eq!((mtime, entry.header().uid().unwrap()), (1_700_000_000, 0));
        let mut body = String::new();
        entry.read_to_string(&mut body).unwrap();
        found.push((path, mode, body.len()));
    }
    let wanted =
        [("state/", 0o755, 0), ("state/a", 0o600, 513), (&long, 0o600, 4), ("manifest.json", 0o600, 0)];
    assert_eq!(found, wanted.map(|(path, mode, len)| (path.to_owned(), mode, len)));
}

#[test]
fn names_of_exactly_100_bytes_need_no_long_link() {
    for (len, blocks) in [(100, 1), (101, 3)] {
        let mut tar = TarWriter::new(Vec::new());
        tar.begin_file(&"n".repeat(len), 0, 0o600, 0).unwrap();
        assert_eq!(tar.inner_mut().len(), blocks * BLOCK);
    }
}

#[test]
fn a_size_over_8_gib_is_written_in_base_256() {
    let mut tar = TarWriter::new(Vec::new());
    tar.begin_file("history.db", 9 << 30, 0o600, 0).unwrap();
    assert_eq!(Header::from_byte_slice(tar.inner_mut()).entry_size().unwrap(), 9 << 30);
}

#[test]
fn a_file_that_shrank_or_grew_is_refused() {
    let mut tar = TarWriter::new(Vec::new());
    tar.begin_file("state/log", 10, 0o600, 0).unwrap();
    tar.write(b"12345").unwrap();
    assert_eq!(too_short(tar.end_file()), "`state/log` has 5 bytes, 10 were announced");
    tar.begin_file("state/log", 10, 0o600, 0).unwrap();
    tar.write(b"12345").unwrap();
    assert_eq!(too_short(tar.write(b"123456")), "`state/log` has at least 11 bytes, 10 were announced");
}

#[test]
fn members_out_of_order_and_unusable_names_are_refused() {
    let mut tar = TarWriter::new(Vec::new());
    assert!(matches!(tar.write(b"x"), Err(PackError::OutOfOrder)));
    assert!(matches!(tar.end_file(), Err(PackError::OutOfOrder)));
    assert!(matches!(tar.begin_file("", 0, 0, 0), Err(PackError::Name(_))));
    assert!(matches!(tar.directory("a\0b", 0, 0), Err(PackError::Name(_))));
    tar.begin_file("a", 1, 0, 0).unwrap();
    assert!(matches!(tar.begin_file("b", 1, 0, 0), Err(PackError::OutOfOrder)));
    assert!(matches!(tar.directory("b", 0, 0), Err(PackError::OutOfOrder)));
    assert!(matches!(tar.finish(), Err(PackError::OutOfOrder)));
}
