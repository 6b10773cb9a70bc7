//! Where the contents of an archive lie in clear while it is sealed or looked into: nowhere it is sealed against.
//!
//! Does NOT choose among all the places (`app::wire::scratch_places`).

use super::story;
use loom_e2e::age_keys::OFFICE;
use loom_e2e::contents::working_files;
use loom_e2e::instants::Instants;
use loom_e2e::run::run;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A story with so much to pack that there is time to look, and a folder `out` for its archives.
fn large_story() -> Story {
    let story = story();
    shell(story.root(), "mkdir out; head -c 16777216 /dev/urandom > var/large.bin");
    story
}

fn create(story: &Story) -> Command {
    let words =
        format!("backup create --config config.yaml --recipient {} --out out/a.age", OFFICE.recipient);
    story.command(&words)
}

/// Names of files in the folders in `folder`, also of those that have none and are open in a process.
fn files(folder: &Path, pid: u32) -> BTreeSet<String> {
    // All of it may go while it is looked at.
    let inside = |folder: &Path| {
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let open = inside(Path::new(&format!("/proc/{pid}/fd"))).into_iter();
    let open = open.filter_map(|fd| fs::read_link(fd).ok());
    let open = open.filter(|path| path.parent().and_then(Path::parent) == Some(folder));
    let named = inside(folder).into_iter().flat_map(|place| inside(&place));
    open.chain(named).filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect()
}

#[test]
fn a_sealed_archive_in_the_making_has_nothing_but_itself_beside_it() {
    let story = large_story();
    let out: PathBuf = story.path("out").canonicalize().unwrap();
    let seen = |create: &mut Command| {
        let mut child = create.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut seen = BTreeSet::new();
        while child.try_wait().unwrap().is_none() {
            seen.extend(files(&out, child.id()));
        }
        assert!(child.wait().unwrap().success());
        fs::remove_file(out.join("a.age")).unwrap();
        seen
    };
    assert_eq!(seen(&mut create(&story)), BTreeSet::from(["archive".to_owned()]));
    // What would lie there is seen.
    assert!(seen(create(&story).args(["--scratch", "out"])).len() > 1);
}

#[test]
fn a_killed_sealed_create_leaves_nothing_in_clear_but_in_the_data_dir() {
    let story = large_story();
    let started = Instant::now();
    run(&mut create(&story)).exits(0);
    let mut instants = Instants::new(20, started.elapsed());
    let mut left_in_the_data_dir = 0;
    while instants.go_on(left_in_the_data_dir > 0) {
        _ = fs::remove_file(story.path("out/a.age"));
        instants.kill(&mut create(&story));
        if !story.path("out/a.age").exists() {
            instants.nothing_came();
        }
        let found = shell(
            story.root(),
            "find out -type f ! -name a.age ! -path '*/archive'; grep -rla SQLite out || true",
        );
        assert_eq!(found, "", "{instants:?}");
        left_in_the_data_dir += usize::from(!working_files(&story.data()).is_empty());
    }
    assert!(left_in_the_data_dir > 0, "none was killed while something lay in clear");
    _ = fs::remove_file(story.path("out/a.age"));
    run(&mut create(&story)).exits(0);
    assert_eq!(working_files(&story.data()), [""; 0]);
    assert_eq!(working_files(&story.path("out")), [""; 0]);
}

#[test]
fn a_sealed_archive_is_looked_into_where_a_state_lies_or_else_where_it_is_told() {
    let mut story = story();
    super::of_each_seal(&story);
    fs::create_dir(story.path("temporary")).unwrap();
    story.set("TMPDIR", story.path("temporary").to_str().unwrap());
    let told = "lay in a private folder in `";
    let verify = |more: &str| story.run(&format!("backup verify --identity office.txt {more} office.age"));
    assert!(!verify("--config config.yaml").exits(0).words().contains(told));
    assert!(!verify("--data-dir nowhere --scratch .").exits(0).words().contains(told));
    verify("--data-dir nowhere").exits(0).says(told).says("/temporary` meanwhile");
    let plan = "backup restore --dry-run --identity office.txt --data-dir target office.age";
    story.run(plan).exits(0).says(told);
    assert_eq!(fs::read_dir(story.path("temporary")).unwrap().count(), 0);
    // What is open lies in clear already.
    story.create("plain.tar.gz");
    assert!(!story.run("backup verify --data-dir nowhere plain.tar.gz").exits(0).words().contains(told));
}

#[test]
fn a_dry_run_of_an_archive_in_the_data_dir_changes_nothing_there() {
    let story = story();
    fs::create_dir(story.path("var/kept")).unwrap();
    story.create("var/kept/plain.tar.gz");
    let seal = format!("--recipient {} --out var/kept/a.age", OFFICE.recipient);
    story.run(&format!("backup create --config config.yaml {seal}")).exits(0);
    let look = "cd var; find . -type f -printf '%p %m %s %T@\\n' | sort; find . -type d | sort";
    let before = shell(story.root(), look);
    for archive in ["var/kept/plain.tar.gz", "--identity office.txt var/kept/a.age"] {
        story.run(&format!("backup restore --config config.yaml --force --dry-run {archive}")).exits(0);
        assert_eq!(shell(story.root(), look), before, "{archive}");
    }
}
