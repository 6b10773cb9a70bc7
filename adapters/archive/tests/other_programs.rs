//! Archives of every format as the programs of other people read them. Does NOT test our own reader.

#![expect(clippy::unwrap_used, reason = "a program that is not there fails the test")]

use loom_adapter_archive::format::packer::packer;
use loom_domain::archive::ArchiveFormat;
use std::path::Path;
use std::process::Command;

const MTIME: u64 = 1_795_437_296;

/// A folder, files of several sizes, and a manifest.
fn members() -> Vec<(&'static str, Vec<u8>)> {
    let text = (0..200_000).flat_map(|n| format!("{{\"n\":{n}}}\n").into_bytes()).collect();
    vec![
        ("state/", Vec::new()),
        ("state/openccu-loom.db", text),
        ("state/empty", Vec::new()),
        ("state/küche.json", b"{}".to_vec()),
        ("manifest.json", b"{\"files\":{}}".to_vec()),
    ]
}

fn store(format: ArchiveFormat, path: &Path) {
    let mut packer = packer(format, Vec::new()).unwrap();
    for (name, content) in members() {
        if name.ends_with('/') {
            packer.directory(name, 0o755, MTIME).unwrap();
            continue;
        }
        if name == "manifest.json" {
            packer.cut().unwrap();
        }
        packer.begin_file(name, content.len() as u64, 0o600, MTIME).unwrap();
        packer.write(&content).unwrap();
        packer.end_file().unwrap();
    }
    std::fs::write(path, packer.finish().unwrap()).unwrap();
}

#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}: {told}{}", String::from_utf8_lossy(&output.stderr));
    told
}

#[track_caller]
fn is_unpacked(folder: &Path) {
    for (name, content) in members() {
        let path = folder.join(name);
        if name.ends_with('/') {
            assert!(path.is_dir(), "{name}");
        } else {
            assert!(std::fs::read(path).unwrap() == content, "{name}");
        }
    }
}

#[test]
#[ignore = "needs zstd and tar"]
fn zstd_tests_a_tar_zst_and_tar_unpacks_it() {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("a.tar.zst");
    store(ArchiveFormat::TarZst, &archive);
    run(Command::new("zstd").args(["-q", "-t"]).arg(&archive));
    let listed = run(Command::new("tar").args(["--zstd", "-tf"]).arg(&archive));
    assert_eq!(listed.lines().count(), members().len(), "{listed}");
    run(Command::new("tar").args(["--zstd", "-xf"]).arg(&archive).arg("-C").arg(place.path()));
    is_unpacked(place.path());
    // Also without knowing the format: through a pipe.
    let plain = run(Command::new("sh").arg("-c").arg("unzstd -q -c \"$0\" | tar t").arg(&archive));
    assert_eq!(plain, listed);
}

#[test]
#[ignore = "needs Python"]
fn python_tests_and_unpacks_a_zip() {
    let place = tempfile::tempdir().unwrap();
    let archive = place.path().join("a.zip");
    store(ArchiveFormat::Zip, &archive);
    let script = "
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as archive:
    assert archive.testzip() is None
    archive.extractall(sys.argv[2])
    for member in archive.infolist():
        print(oct(member.external_attr >> 16), member.date_time, member.filename)
    print(archive.comment.decode()[:23])";
    let told = run(Command::new("python3").arg("-c").arg(script).arg(&archive).arg(place.path()));
    is_unpacked(place.path());
    let lines: Vec<_> = told.lines().collect();
    assert_eq!(lines[0], "0o40755 (2026, 11, 23, 12, 34, 56) state/");
    assert_eq!(lines[3], "0o100600 (2026, 11, 23, 12, 34, 56) state/küche.json");
    assert_eq!(lines[5], "OpenCCU-Loom archive 1,");
}
