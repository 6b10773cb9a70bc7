//! Inputs that tests of several rooms share. Does NOT hold any check.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::gzip_writer::ParallelGzWriter;
use super::members::{Member, MemberFault, Members};
use super::packer::{Compress, Packer, packer};
use super::zst_writer::ZstWriter;
use loom_domain::archive::ArchiveFormat;

/// A file of this format.
pub(super) fn loom_gzip(plain: &[u8]) -> Vec<u8> {
    let mut writer = ParallelGzWriter::new(Vec::new()).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish().unwrap().0
}

/// A file of this format whose plaintext is cut before `manifest`.
pub(super) fn loom_gzip_cut(files: &[u8], manifest: &[u8]) -> Vec<u8> {
    let mut writer = ParallelGzWriter::new(Vec::new()).unwrap();
    writer.write_all(files).unwrap();
    writer.cut().unwrap();
    writer.write_all(manifest).unwrap();
    writer.finish().unwrap().0
}

/// A tar.zst of this format whose plaintext is cut before `manifest`.
pub(super) fn loom_zst(files: &[u8], manifest: &[u8]) -> Vec<u8> {
    let mut writer = ZstWriter::new(Vec::new()).unwrap();
    writer.write_all(files).unwrap();
    writer.cut().unwrap();
    writer.write_all(manifest).unwrap();
    writer.finish().unwrap()
}

/// An archive of folders (names that end with a slash), files and a manifest.
pub(crate) fn packed(format: ArchiveFormat, members: &[(&str, &[u8])], manifest: &[u8]) -> Vec<u8> {
    let mut packer = packer(format, Vec::new()).unwrap();
    let file = |packer: &mut dyn Packer<Vec<u8>>, name: &str, bytes: &[u8]| {
        packer.begin_file(name, bytes.len() as u64, 0o600, MTIME).unwrap();
        packer.write(bytes).unwrap();
        packer.end_file().unwrap();
    };
    for (name, bytes) in members {
        if name.ends_with('/') {
            packer.directory(name, 0o755, MTIME).unwrap();
        } else {
            file(&mut *packer, name, bytes);
        }
    }
    packer.cut().unwrap();
    file(&mut *packer, "manifest.json", manifest);
    packer.finish().unwrap()
}

/// When members of samples were written, in Unix seconds.
pub(super) const MTIME: u64 = 1_795_437_296;

/// Members as they come out, files with their bytes.
pub(super) fn unpacked(members: &mut dyn Members) -> Result<Vec<(Member, Vec<u8>)>, MemberFault> {
    let (mut all, mut buffer) = (Vec::new(), vec![0; 10_000]);
    while let Some(member) = members.next()? {
        let mut content = Vec::new();
        loop {
            match members.read_chunk(&mut buffer)? {
                0 => break,
                read => content.extend_from_slice(&buffer[..read]),
            }
        }
        all.push((member, content));
    }
    Ok(all)
}

/// A gzip file as other tools write it.
pub(super) fn foreign_gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(plain).unwrap();
    encoder.finish().unwrap()
}

/// Bytes that do not compress, the same on every run.
pub(crate) fn noise(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[3]
    };
    (0..len).map(|_| next()).collect()
}

/// Text like the descriptions a state database holds.
pub(super) fn paramset_like(len: usize) -> Vec<u8> {
    let lines = (0u64..).map(|n| {
        let (rssi, level) = (n * 7919 % 128, n * 104_729 % 1000);
        format!(
            "{{\"ADDRESS\":\"00{n:08X}:1\",\"LEVEL\":0.{level:03},\"RSSI_DEVICE\":-{rssi},\"FLAGS\":1}}\n"
        )
    });
    lines.flat_map(String::into_bytes).take(len).collect()
}
