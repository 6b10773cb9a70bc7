//! The writer: what it writes is read by an ordinary gzip reader, and a failing output is an error.
//!
//! Does NOT test the way back.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use flate2::read::MultiGzDecoder;
use proptest::prelude::*;

use super::*;
use crate::format::samples::{loom_gzip, noise, paramset_like};

fn gunzip(packed: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    MultiGzDecoder::new(packed).read_to_end(&mut plain).unwrap();
    plain
}

#[test]
fn an_ordinary_gzip_reader_reads_every_size() {
    let mib = BLOCK_BYTES;
    for len in [0, 1, mib - 1, mib, mib + 1, 5 * mib] {
        for plain in [noise(len), paramset_like(len)] {
            assert!(gunzip(&loom_gzip(&plain)) == plain, "{len} bytes");
        }
    }
}

#[test]
fn the_output_does_not_depend_on_the_number_of_workers() {
    let plain = paramset_like(9 * BLOCK_BYTES + 77);
    let packed = |workers| {
        let mut writer = ParallelGzWriter::with_workers(Vec::new(), NonZero::new(workers).unwrap()).unwrap();
        writer.write_all(&plain).unwrap();
        writer.finish().unwrap().0
    };
    let one = packed(1);
    assert!(one == packed(2) && one == packed(5));
}

#[test]
fn the_reported_length_is_the_length_of_the_output() {
    let mut writer = ParallelGzWriter::new(Vec::new()).unwrap();
    writer.write_all(&noise(3 * BLOCK_BYTES)).unwrap();
    let (packed, written) = writer.finish().unwrap();
    assert_eq!(packed.len() as u64, written);
}

#[test]
fn incompressible_bytes_grow_by_less_than_a_thousandth() {
    let packed = loom_gzip(&noise(4 * BLOCK_BYTES));
    assert!(packed.len() < 4 * BLOCK_BYTES + 4 * BLOCK_BYTES / 1000, "{}", packed.len());
}

/// Takes `room` bytes, then the disk is full.
struct FullDisk {
    room: usize,
}

impl Write for FullDisk {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        let taken = buf.len().min(self.room);
        self.room -= taken;
        if taken == 0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_surfaces_and_nothing_is_written_after_it() {
    let mut writer = ParallelGzWriter::new(FullDisk { room: 2 * BLOCK_BYTES }).unwrap();
    let error = writer.write_all(&noise(20 * BLOCK_BYTES)).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    writer.inner.room = usize::MAX;
    assert!(writer.finish().is_err());
}

#[test]
fn a_full_disk_surfaces_at_finish_when_no_write_came_after_it() {
    let mut writer = ParallelGzWriter::new(FullDisk { room: 10 }).unwrap();
    writer.write_all(&noise(1000)).unwrap();
    assert_eq!(writer.finish().err().unwrap().kind(), io::ErrorKind::StorageFull);
}

#[test]
fn dropping_without_finish_ends_every_thread() {
    struct Counted(Arc<AtomicUsize>);
    impl Write for Counted {
        fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
            self.0.fetch_add(buf.len(), Ordering::Relaxed);
            Ok(buf.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let written = Arc::new(AtomicUsize::new(0));
    let mut writer = ParallelGzWriter::new(Counted(Arc::clone(&written))).unwrap();
    writer.write_all(&noise(5 * BLOCK_BYTES)).unwrap();
    drop(writer);
    // The drop joined its threads, and what they held was not published.
    assert_eq!(Arc::strong_count(&written), 1);
    assert_eq!(written.load(Ordering::Relaxed), 0);
}

#[test]
fn a_long_stream_needs_no_more_than_six_blocks() {
    let mut writer = ParallelGzWriter::new(io::sink()).unwrap();
    let block = vec![7; BLOCK_BYTES];
    for _ in 0..40 {
        writer.write_all(&block).unwrap();
    }
    assert_eq!(writer.blocks, BLOCKS);
}

proptest! {
    #[test]
    fn any_sequence_of_writes_and_cuts_comes_back(
        pieces in prop::collection::vec((prop::collection::vec(any::<u8>(), 0..300), any::<bool>()), 0..12)
    ) {
        let mut writer = ParallelGzWriter::new(Vec::new()).unwrap();
        let mut plain = Vec::new();
        for (bytes, cut) in &pieces {
            writer.write_all(bytes).unwrap();
            plain.extend_from_slice(bytes);
            if *cut {
                writer.cut().unwrap();
            }
        }
        prop_assert_eq!(gunzip(&writer.finish().unwrap().0), plain);
    }
}

#[test]
fn zeros_are_never_packed_beyond_what_a_reader_believes() {
    for len in [0, 1, 199, 200, 4096, BLOCK_BYTES, 3 * BLOCK_BYTES + 1] {
        let plain = vec![0; len];
        let packed = loom_gzip(&plain);
        assert!(packed.len() * BELIEVABLE_RATIO >= len, "{} bytes for {len}", packed.len());
        assert!(gunzip(&packed) == plain, "{len}");
        let mut read = Vec::new();
        crate::format::gzip_reader::GzReader::new(&packed[..]).unwrap().read_to_end(&mut read).unwrap();
        assert!(read == plain, "{len}");
    }
    let believed = loom_domain::archive::limits::Limits::default().ratio;
    assert!(
        BELIEVABLE_RATIO as u64 * 5 <= believed * 4,
        "readers must believe what is written, with room to spare"
    );
}
