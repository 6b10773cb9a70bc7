//! Scratch folders end with their owner.

use super::*;
use std::process::{Command, Stdio};
use std::time::SystemTime;

fn names(place: &Path) -> Vec<String> {
    let names = place.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn a_dropped_folder_is_gone_with_all_it_held() {
    let place = tempfile::tempdir().unwrap();
    let folder = ScratchFolder::create_in(place.path()).unwrap();
    std::fs::create_dir(folder.path().join("inner")).unwrap();
    std::fs::write(folder.path().join("inner/file"), "secret").unwrap();
    assert_eq!(folder.path().metadata().unwrap().permissions().mode() & 0o777, 0o700);
    assert!(names(place.path())[0].starts_with(".loom-"));
    drop(folder);
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
fn a_new_folder_removes_what_nobody_holds_and_nothing_else() {
    let place = tempfile::tempdir().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    std::fs::write(elsewhere.path().join("file"), "not ours").unwrap();
    let named = |end: &str| place.path().join(format!("{}{end}", own_prefix()));
    std::os::unix::fs::symlink(elsewhere.path(), named("link")).unwrap();
    std::fs::create_dir(named("left")).unwrap();
    std::fs::write(named("left").join("file"), "x").unwrap();
    std::fs::create_dir(place.path().join("other")).unwrap();
    let living = ScratchFolder::create_in(place.path()).unwrap();
    let next = ScratchFolder::create_in(place.path()).unwrap();
    assert!(living.path().exists() && next.path().exists() && place.path().join("other").exists());
    assert!(!named("left").exists());
    assert!(elsewhere.path().join("file").exists());
}

/// Dates what lies at `path` two days back.
fn age(path: &Path) {
    File::open(path).unwrap().set_modified(SystemTime::now() - 2 * DAY).unwrap();
}

#[test]
fn what_another_machine_made_stays_until_nothing_in_it_changed_for_a_day() {
    let place = tempfile::tempdir().unwrap();
    for name in [".loom-scratch-0123456789abcdef-AbCdEf", ".loom-scratch-AbCdEf"] {
        let folder = place.path().join(name);
        let (inner, file) = (folder.join("inner"), folder.join("inner/file"));
        std::fs::create_dir_all(&inner).unwrap();
        std::fs::write(&file, "x").unwrap();
        for next in [&folder, &inner, &file] {
            ScratchFolder::sweep(place.path());
            assert!(folder.exists(), "{name} is gone before {} is old", next.display());
            age(next);
        }
        ScratchFolder::sweep(place.path());
        assert!(!folder.exists(), "{name} stays for ever");
    }
}

#[test]
fn what_another_machine_made_long_ago_stays_while_it_is_held() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join(".loom-scratch-0123456789abcdef-AbCdEf");
    std::fs::create_dir(&folder).unwrap();
    age(&folder);
    let held = lock(&folder).unwrap().unwrap();
    ScratchFolder::sweep(place.path());
    assert!(folder.exists());
    // Closing it is not enough: a process that a test beside this starts has it open as well.
    held.unlock().unwrap();
    ScratchFolder::sweep(place.path());
    assert!(!folder.exists());
}

#[test]
fn what_a_killed_process_left_is_swept() {
    let place = tempfile::tempdir().unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "scratch::tests::held_by_a_child", "--ignored", "--nocapture"])
        .env("SCRATCH_PARENT", place.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let output = std::io::BufReader::new(child.stdout.take().unwrap());
    assert!(std::io::BufRead::lines(output).any(|line| line.unwrap().contains("holding")));
    ScratchFolder::sweep(place.path());
    assert_eq!(names(place.path()).len(), 1, "a living process keeps its folder");
    child.kill().unwrap();
    child.wait().unwrap();
    ScratchFolder::sweep(place.path());
    assert_eq!(names(place.path()), [""; 0]);
}

#[test]
#[ignore = "runs as the child of another test"]
fn held_by_a_child() {
    let place = std::env::var_os("SCRATCH_PARENT").unwrap();
    let folder = ScratchFolder::create_in(Path::new(&place)).unwrap();
    println!("holding {}", folder.path().display());
    loop {
        std::thread::park();
    }
}

#[tokio::test]
async fn a_missing_parent_is_named() {
    let place = tempfile::tempdir().unwrap();
    let missing = place.path().join("missing");
    let error = LocalScratch::new(&missing).open_scratch(None).await.err().unwrap();
    let StagingError::Unavailable { location, .. } = &error else { panic!("{error}") };
    assert_eq!(*location, missing.display().to_string());
}
