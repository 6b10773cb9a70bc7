//! Writing zip files: an independent reader finds all of it, zeros stay believable. Does NOT test the reader's refusals.

use super::*;
use crate::format::members::Members;
use crate::format::samples::{MTIME, noise, packed, paramset_like};
use crate::format::zip_reader::ZipReader;
use loom_domain::archive::ArchiveFormat;
use std::io::{Cursor, Read};

fn boxed() -> Box<ZipWriter<Vec<u8>>> {
    Box::new(ZipWriter::new(Vec::new()))
}

#[test]
fn an_independent_reader_finds_names_modes_times_and_content() {
    let (noise, text) = (noise(300_000), paramset_like(2 << 20));
    let members: [(&str, &[u8]); 4] =
        [("state/", b""), ("state/noise", &noise), ("state/küche.json", &text), ("state/empty", b"")];
    let archive = packed(ArchiveFormat::Zip, &members, b"{}");
    let mut zip = zip::ZipArchive::new(Cursor::new(&archive)).unwrap();
    assert_eq!(zip.len(), 5);
    for (at, (name, content)) in members.into_iter().chain([("manifest.json", b"{}".as_slice())]).enumerate()
    {
        let mut file = zip.by_index(at).unwrap();
        let mut found = Vec::new();
        file.read_to_end(&mut found).unwrap();
        assert!(file.name().unwrap() == name && found == content, "{name}");
        let mode = if name.ends_with('/') { 0o040_755 } else { 0o100_600 };
        assert_eq!((file.unix_mode(), file.is_dir()), (Some(mode), name.ends_with('/')), "{name}");
        let time = file.last_modified().unwrap();
        assert_eq!((time.year(), time.hour(), time.second()), (2026, 12, 56));
        let stamp = file.extra_data_fields().find_map(|field| match field {
            zip::extra_fields::ExtraField::ExtendedTimestamp(stamp) => stamp.mod_time(),
            _ => None,
        });
        assert_eq!(stamp.map(u64::from), Some(MTIME));
    }
    assert!(String::from_utf8_lossy(zip.comment()).starts_with("OpenCCU-Loom archive 1, manifest at byte "));
}

#[test]
fn more_members_than_16_bits_count_are_found_by_an_independent_reader() {
    let mut packer = boxed();
    for n in 0..70_000 {
        packer.directory(&format!("d{n}"), 0o755, 0).unwrap();
    }
    packer.cut().unwrap();
    let archive = packer.finish().unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&archive)).unwrap();
    assert_eq!((zip.len(), zip.by_index(69_999).unwrap().name().unwrap()), (70_000, "d69999/".into()));
}

#[test]
fn long_runs_of_zeros_never_look_like_a_bomb() {
    let (zeros, len) = (vec![0; 1 << 20], 400_u64 << 20);
    let mut packer = boxed();
    packer.begin_file("zeros", len, 0o600, 0).unwrap();
    (0..len >> 20).for_each(|_| packer.write(&zeros).unwrap());
    packer.end_file().unwrap();
    packer.cut().unwrap();
    packer.directory("manifest", 0o600, 0).unwrap();
    let archive = packer.finish().unwrap();
    // In the order of the stream, as a reader meets it.
    let mut reader = ZipReader::new(archive.as_slice());
    assert_eq!(reader.next().unwrap().unwrap().size, len);
    let (mut plain, mut buffer) = (0, vec![0; 256 << 10]);
    loop {
        let read = reader.read_chunk(&mut buffer).unwrap() as u64;
        if read == 0 {
            break;
        }
        plain += read;
        let packed = reader.consumed();
        assert!(plain < 256 << 20 || plain / packed < 300, "{plain} bytes out of {packed}");
    }
    assert_eq!(plain, len);
    assert!(reader.next().unwrap().is_some() && reader.next().unwrap().is_none());
}

#[test]
fn sizes_other_than_announced_are_refused() {
    let mut packer = boxed();
    packer.begin_file("a", 3, 0o600, 0).unwrap();
    packer.write(b"ab").unwrap();
    assert_eq!(packer.end_file().unwrap_err().to_string(), "`a` has 2 bytes, 3 were announced");
    let mut packer = boxed();
    packer.begin_file("a", 3, 0o600, 0).unwrap();
    packer.write(b"ab").unwrap();
    assert_eq!(packer.write(b"cd").unwrap_err().to_string(), "`a` has at least 4 bytes, 3 were announced");
}

#[test]
fn members_out_of_order_and_unusable_names_are_refused() {
    let mut packer = boxed();
    assert!(matches!(packer.write(b"x"), Err(PackError::OutOfOrder)));
    assert!(matches!(packer.end_file(), Err(PackError::OutOfOrder)));
    let long = "n".repeat(65_536);
    for name in ["", "a\0b", &long] {
        assert!(matches!(packer.begin_file(name, 0, 0o600, 0), Err(PackError::Name(_))));
        assert!(matches!(packer.directory(name, 0o755, 0), Err(PackError::Name(_))));
    }
    assert!(matches!(packer.begin_file("folder/", 0, 0o600, 0), Err(PackError::Name(_))));
    packer.begin_file("a", 1, 0o600, 0).unwrap();
    assert!(matches!(packer.begin_file("b", 1, 0o600, 0), Err(PackError::OutOfOrder)));
    assert!(matches!(packer.directory("b", 0o755, 0), Err(PackError::OutOfOrder)));
    assert!(matches!(packer.cut(), Err(PackError::OutOfOrder)));
    assert!(matches!(packer.finish(), Err(PackError::OutOfOrder)));
    assert!(matches!(boxed().finish(), Err(PackError::OutOfOrder)), "no manifest");
}
