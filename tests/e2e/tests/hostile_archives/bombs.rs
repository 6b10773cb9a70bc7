//! Small files that would unpack to something huge: refused soon, and in little memory.

use crate::bed::Bed;
use crate::forgery::{Forgery, gzip};
use loom_e2e::data_dir::SampleDataDir;
use loom_e2e::run::{Outcome, loom, run};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use tar::EntryType;

/// Of processor time, as a test machine may be busy. Generous: it may be slow too.
const MOST_TIME: Duration = Duration::from_secs(60);
/// Without the pages of the program's own file: a debug build has many of them.
const MOST_MEMORY_KIB: u64 = 48 << 10;

/// Asserts that the bomb is refused by name, soon, in flat memory, and that nothing is left of it.
#[track_caller]
fn is_defused(bomb: &[u8], words: &str) {
    let bed = Bed::new();
    let path = bed.store(bomb);
    let mut restore = loom(["backup", "restore", "--data-dir"]);
    restore.arg(bed.root().join("new"));
    for mut verb in [loom(["backup", "verify"]), restore] {
        let (outcome, took) = measured(verb.arg(&path));
        outcome.exits(4).says(words);
        assert!(took.time < MOST_TIME && took.memory_kib < MOST_MEMORY_KIB, "{verb:?} took {took:?}");
    }
    bed.is_as_before();
}

/// Processor time so far, and the largest resident set so far without what the program's own file takes now.
#[derive(Debug)]
struct Took {
    time: Duration,
    memory_kib: u64,
}

/// Runs a command: what it said, and what it took. Once more if it was over before anybody looked: what is refused can
/// be asked again.
fn measured(command: &mut Command) -> (Outcome, Took) {
    for _ in 0..20 {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let process = PathBuf::from(format!("/proc/{}", child.id()));
        let mut took = None;
        while child.try_wait().unwrap().is_none() {
            // The kernel keeps both sums itself; asking often only catches them close to the end.
            took = look(&process).or(took);
            std::thread::sleep(Duration::from_millis(1));
        }
        if let Some(took) = took {
            return (child.wait_with_output().unwrap().into(), took);
        }
    }
    panic!("{command:?} was over before anybody looked, each of twenty times");
}

/// `None` while the process is on its way from this program to its own, until when it shows this program's memory, and
/// when it is over.
fn look(process: &Path) -> Option<Took> {
    let program = std::fs::read_link(process.join("exe")).ok()?;
    if program == std::env::current_exe().unwrap() {
        return None;
    }
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let kib = |field: &str| -> Option<u64> {
        let text = status.lines().find_map(|line| line.strip_prefix(field))?;
        text.trim().strip_suffix("kB")?.trim().parse().ok()
    };
    let stat = std::fs::read_to_string(process.join("stat")).ok()?;
    // Behind the name of the program; the time it took itself and the kernel for it, in hundredths of a second.
    let fields = stat.rsplit_once(") ")?.1.split(' ').skip(11).take(2);
    let hundredths: u64 = fields.map(|field| field.parse::<u64>().unwrap()).sum();
    let memory_kib = kib("VmHWM:")?.saturating_sub(kib("RssFile:")?);
    Some(Took { time: Duration::from_millis(10 * hundredths), memory_kib })
}

/// A gzip file of a tar that begins with `start` and goes on with `blocks` MiB of zeros.
fn followed_by_zeros(start: &[u8], mebibytes: u64) -> Vec<u8> {
    let zeros = vec![0; 1 << 20];
    gzip(|gzip| {
        gzip.write_all(start).unwrap();
        (0..mebibytes).for_each(|_| gzip.write_all(&zeros).unwrap());
    })
}

#[test]
fn a_bomb_by_ratio_is_defused() {
    let size = 1 << 30;
    let file = Forgery::with_database().header(EntryType::Regular, b"state/zeros.bin", size).tar();
    is_defused(&followed_by_zeros(&file, 1 << 10), "it looks like an archive bomb");
}

#[test]
fn a_bomb_of_zeros_behind_the_end_mark_is_defused() {
    let whole = Forgery::with_database().manifest(|_| {}).tar();
    is_defused(&followed_by_zeros(&whole, 1 << 10), "trailing bytes after the end mark of the tar");
}

#[test]
fn a_bomb_by_count_of_files_is_defused() {
    let mut forged = Forgery::empty();
    for number in 0..=100_000 {
        forged = forged.header(EntryType::Regular, format!("state/{number}").as_bytes(), 0);
    }
    is_defused(&forged.gzipped(), "it looks like an archive bomb: more than 100000 members");
}

#[test]
fn a_bomb_by_count_of_folders_is_defused() {
    let mut forged = Forgery::empty();
    for number in 0..=100_000 {
        forged = forged.header(EntryType::Directory, format!("state/{number}/").as_bytes(), 0);
    }
    is_defused(&forged.gzipped(), "it looks like an archive bomb: more than 100000 members");
}

#[test]
fn a_bomb_of_one_folder_named_again_and_again_is_defused() {
    let mut forged = Forgery::with_database();
    for _ in 0..=100_000 {
        forged = forged.header(EntryType::Directory, b"state/again/", 0);
    }
    is_defused(&forged.sealed_off(), "it looks like an archive bomb: more than 100000 members");
}

#[test]
fn a_bomb_by_deep_folders_is_defused() {
    // Each name stands for 490 folders.
    let mut forged = Forgery::empty();
    for number in 0..300 {
        let name = format!("state/{number}{}/x", "/a".repeat(490));
        forged = forged.unlisted(name.as_bytes(), b"");
    }
    is_defused(&forged.gzipped(), "it looks like an archive bomb: more than 100000 members");
}

#[test]
fn a_bomb_by_long_names_is_defused() {
    let mut forged = Forgery::empty();
    for number in 0..40_000 {
        let name = format!("state/{number:0>250}");
        forged = forged.unlisted(name.as_bytes(), b"");
    }
    is_defused(&forged.gzipped(), "it looks like an archive bomb: more than 8388608 bytes of names");
}

#[test]
fn a_data_dir_that_would_make_a_bomb_is_not_backed_up() {
    let dir = SampleDataDir::small();
    let many = dir.path().join("many");
    std::fs::create_dir(&many).unwrap();
    for number in 0..20_000 {
        std::fs::write(many.join(number.to_string()), b"").unwrap();
    }
    let archive = dir.root().join("a.tar.gz");
    let create = || run(loom(["backup", "create", "--config"]).arg(dir.config()).arg("--out").arg(&archive));
    create().exits(1).says("more than an archive may: so many files that the manifest has").says(".nobackup");
    assert!(!archive.exists());
    std::fs::write(many.join(".nobackup"), b"").unwrap();
    create().exits(0);
    run(loom(["backup", "verify"]).arg(&archive)).exits(0);
}

#[test]
fn a_bomb_by_announced_size_is_defused() {
    let huge = Forgery::with_database().header(EntryType::Regular, b"state/huge.bin", 1 << 40).gzipped();
    is_defused(
        &huge,
        "it looks like an archive bomb: `state/huge.bin` brings the total over 68719476736 bytes",
    );
    let pax = Forgery::with_database().pax("size", b"1099511627776").unlisted(b"state/huge.bin", b"");
    is_defused(&pax.gzipped(), "it looks like an archive bomb: `state/huge.bin`");
}

#[test]
fn a_bomb_in_an_extension_header_is_defused() {
    let long = Forgery::with_database().header(EntryType::GNULongName, b"././@LongLink", 1 << 32).gzipped();
    is_defused(&long, "extension header at byte");
    let pax = Forgery::with_database().header(EntryType::XHeader, b"PaxHeaders/x", 1 << 32).gzipped();
    is_defused(&pax, "extension header at byte");
}
