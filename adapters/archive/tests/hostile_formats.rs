//! What nobody honest packs: read in a process of its own, whose memory must stay flat. Does NOT test damage by accident.

#![expect(clippy::unwrap_used, reason = "a case that cannot be made fails the test")]

use flate2::write::DeflateEncoder;
use loom_adapter_archive::format::members::{MemberFault, Members};
use loom_adapter_archive::format::tar_reader::TarReader;
use loom_adapter_archive::format::zip_reader::ZipReader;
use loom_adapter_archive::format::zst_reader::ZstReader;
use std::env;
use std::io::{self, Cursor, Read, Write};
use std::process::Command;

/// Tells the process what to read.
const CASE: &str = "LOOM_TEST_CASE";
/// More than a test process has before it begins, and far less than any of these want.
const PEAK_MIB: u64 = 48;
/// Ends a process that is out of control before the machine is; in KiB.
const HARD_LIMIT_KIB: u64 = 1 << 20;

/// Reads a case in another process and returns what became of it.
#[track_caller]
fn read(case: &str) -> String {
    let output = Command::new("sh")
        .args(["-c", &format!("ulimit -v {HARD_LIMIT_KIB}; exec \"$0\" \"$@\"")])
        .arg(env::current_exe().unwrap())
        .args(["--exact", "reads_the_case", "--ignored", "--nocapture"])
        .env(CASE, case)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{case}: {told}{}", String::from_utf8_lossy(&output.stderr));
    let line = |label| told.split(label).nth(1).and_then(|rest| rest.lines().next()).unwrap().to_owned();
    let peak: u64 = line("peak: ").parse().unwrap();
    assert!(peak < PEAK_MIB << 10, "{case} took {peak} KiB");
    line("words: ")
}

#[test]
fn a_window_of_two_gib_is_refused() {
    let words = read("window");
    assert!(words.contains("zstd frame that begins at byte 0 is damaged or refused"), "{words}");
}

#[test]
fn four_gib_of_zeros_in_a_few_bytes_are_read_flat() {
    let words = read("zeros");
    assert!(words.contains("does not end with the mark of this program"), "{words}");
}

#[test]
fn a_zip_that_unpacks_to_more_than_it_announces_is_refused_by_name() {
    assert_eq!(read("zip-bomb"), "member `bomb` of the zip file unpacks to more than its 1000 bytes");
}

#[test]
fn a_zip_of_endless_empty_blocks_is_read_flat() {
    assert_eq!(read("zip-blocks"), "the zip file ends inside member `bomb`");
}

#[test]
fn a_zip_with_names_and_fields_of_64_kib_is_read_flat() {
    let words = read("zip-names");
    assert!(words.starts_with("member `nnn") && words.contains("was not packed by this program"), "{words}");
    assert!(words.len() < 500, "{} letters", words.len());
}

#[test]
#[ignore = "runs as the child of another test"]
fn reads_the_case() {
    let end = match env::var(CASE).unwrap().as_str() {
        // A frame with a window of 2 GiB: descriptor 0xA8.
        "window" => {
            all(&mut tar(Cursor::new([b"\x28\xb5\x2f\xfd\0\xa8\x01\0\0".as_slice(), &[0; 200]].concat())))
        }
        "zeros" => {
            io::copy(&mut ZstReader::new(zeros()).unwrap(), &mut io::sink()).map(drop).map_err(Into::into)
        }
        "zip-bomb" => all(&mut ZipReader::new(Cursor::new(zip_header(1000)).chain(deflated_zeros()))),
        "zip-blocks" => {
            let blocks = Cursor::new([0, 0, 0, 0xff, 0xff].repeat(1 << 20));
            all(&mut ZipReader::new(Cursor::new(zip_header(1000)).chain(blocks)))
        }
        _ => all(&mut ZipReader::new(Cursor::new(large_fields()))),
    };
    println!("\nwords: {}", end.err().map_or_else(|| "none".to_owned(), |fault| fault.to_string()));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    println!("peak: {}", peak.trim_end_matches("kB").trim());
}

fn all(members: &mut dyn Members) -> Result<(), MemberFault> {
    let mut buffer = vec![0; 64 << 10];
    while members.next()?.is_some() {
        while members.read_chunk(&mut buffer)? > 0 {}
    }
    Ok(())
}

fn tar<R: Read>(input: R) -> TarReader<ZstReader<R>> {
    TarReader::new(ZstReader::new(input).unwrap())
}

/// Frames of zeros, 4 GiB of them.
fn zeros() -> impl Read {
    let frame = zstd::stream::encode_all(io::repeat(0).take(256 << 20), 3).unwrap();
    Cursor::new(frame.repeat(16))
}

/// The header of a file `bomb` as our zip files have it: taken from one of them.
fn zip_header(bytes: u64) -> Vec<u8> {
    use loom_adapter_archive::format::packer::packer;
    use loom_domain::archive::ArchiveFormat;
    let mut packer = packer(ArchiveFormat::Zip, Vec::new()).unwrap();
    let content = vec![0; usize::try_from(bytes).unwrap()];
    packer.begin_file("bomb", bytes, 0o600, 0).unwrap();
    packer.write(&content).unwrap();
    packer.end_file().unwrap();
    packer.cut().unwrap();
    let zip = packer.finish().unwrap();
    let length = |at: usize| usize::from(u16::from_le_bytes([zip[at], zip[at + 1]]));
    zip[..30 + length(26) + length(28)].to_vec()
}

fn deflated_zeros() -> impl Read {
    let mut deflate = DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    io::copy(&mut io::repeat(0).take(256 << 20), &mut deflate).unwrap();
    deflate.flush().unwrap();
    Cursor::new(deflate.finish().unwrap())
}

/// Headers of folders whose names and extra fields are as large as they can be.
fn large_fields() -> Vec<u8> {
    let mut header = b"PK\x03\x04\x14\0\0\x08\0\0".to_vec();
    header.resize(26, 0);
    header.extend([0xff; 4]);
    header.extend(vec![b'n'; 65_535]);
    header.extend(vec![0; 65_535]);
    header.repeat(100)
}
