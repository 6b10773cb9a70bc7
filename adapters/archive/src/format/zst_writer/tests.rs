//! Writing tar.zst: other programs read it, zeros stay believable, errors stay. Does NOT test the reader's refusals.

use super::*;
use crate::format::samples::{loom_zst, noise, paramset_like};
use crate::format::zst_reader::ZstReader;
use std::io::Read;

#[test]
fn an_independent_decoder_reads_every_frame_and_skips_the_trailer() {
    let plain = paramset_like(9 << 20);
    let archive = loom_zst(&plain, b"manifest");
    let again = zstd::stream::decode_all(archive.as_slice()).unwrap();
    assert!(again == [&plain, b"manifest".as_slice()].concat());
}

#[test]
fn the_bytes_do_not_depend_on_how_they_were_handed_over() {
    let plain = paramset_like(9 << 20);
    let mut writer = ZstWriter::new(Vec::new()).unwrap();
    plain.chunks(12_345).for_each(|chunk| writer.write_all(chunk).unwrap());
    writer.cut().unwrap();
    writer.write_all(b"manifest").unwrap();
    assert!(writer.finish().unwrap() == loom_zst(&plain, b"manifest"));
}

#[test]
fn long_runs_of_zeros_never_look_like_a_bomb() {
    let (zeros, len) = (vec![0; 1 << 20], 600_u64 << 20);
    let mut writer = ZstWriter::new(Vec::new()).unwrap();
    (0..len >> 20).for_each(|_| writer.write_all(&zeros).unwrap());
    writer.cut().unwrap();
    writer.write_all(b"manifest").unwrap();
    let archive = writer.finish().unwrap();
    // In the order of the stream, as a reader meets it.
    let mut rest = archive.as_slice();
    let mut reader = ZstReader::new(&mut rest).unwrap();
    let (mut plain, mut buffer) = (0, vec![0; 256 << 10]);
    loop {
        let read = reader.read(&mut buffer).unwrap() as u64;
        plain += read;
        let packed = reader.consumed();
        assert!(plain < 256 << 20 || plain / packed < 300, "{plain} bytes out of {packed}");
        if read == 0 {
            break;
        }
    }
    assert_eq!(plain, len + 8);
}

#[test]
fn an_archive_without_a_manifest_is_not_finished() {
    let mut writer = ZstWriter::new(Vec::new()).unwrap();
    writer.write_all(b"files").unwrap();
    assert!(writer.finish().is_err());
}

#[test]
fn an_error_of_the_output_is_final() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = ZstWriter::new(Full).unwrap();
    let written = writer.write_all(&noise(64 << 20));
    assert_eq!(written.unwrap_err().kind(), io::ErrorKind::StorageFull);
    assert_eq!(writer.write_all(b"more").unwrap_err().to_string(), "an earlier write to the archive failed");
    assert!(writer.finish().is_err());
}
