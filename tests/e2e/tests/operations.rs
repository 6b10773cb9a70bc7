//! The commands of `docs/operations.md` and `docs/format.md`, run as they stand there: cron, systemd, Docker, pruning,
//! monitoring, a drill, opening an archive without this program.
//!
//! Does NOT run cron, systemd or Docker; it types what they would run.
#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

use loom_e2e::age_keys::OFFICE;
use loom_e2e::contents::Contents;
use loom_e2e::data_dir::sqlite;
use loom_e2e::docs::{below, blocks, document, plain_shell, run_plainly};
use loom_e2e::run::run;
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::fs;

/// A sample whose config file and archives lie as in the manual, below the story's folder.
fn installed() -> Story {
    let story = Story::default();
    fs::create_dir_all(story.path("etc")).unwrap();
    fs::create_dir(story.path("archives")).unwrap();
    fs::copy(story.state().config(), story.path("etc/config.yaml")).unwrap();
    story
}

fn archives(story: &Story) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(story.path("archives"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// What cron hands to the shell: no schedule, no user, `\%` as `%`.
fn command_of(entry: &str) -> String {
    let at = entry.lines().position(|line| line.starts_with("15 3 * * * openccu ")).unwrap();
    let entry: Vec<_> = entry.lines().skip(at).collect();
    entry.join("\n").trim_start_matches("15 3 * * * openccu").trim().replace("\\%", "%")
}

#[test]
fn the_cron_entry_takes_a_backup_with_the_time_in_its_name() {
    for entry in blocks(&document("docs/operations.md"), "### cron", "cron") {
        let story = installed();
        let command = below(story.root(), &command_of(&entry));
        run_plainly(story.root(), &command).exits(0);
        let made = archives(&story);
        let [name] = made.as_slice() else { panic!("{made:?}") };
        let time = name.strip_prefix("backup-").unwrap().strip_suffix(".tar.gz").unwrap();
        assert!(time.len() == 16 && time.contains('T') && time.ends_with('Z'), "{name}");
        story.run(&format!("backup verify archives/{name}")).exits(0);
        assert!(shell(story.root(), "tar -tzf archives/*").contains("config.yaml"));
    }
}

#[test]
fn the_cron_entry_for_the_file_is_one_line_and_is_that_of_the_manual() {
    let entries = blocks(&document("docs/operations.md"), "### cron", "cron");
    let [manual, file] = entries.as_slice() else { panic!("{entries:?}") };
    assert_eq!(file.lines().count(), 1);
    let words = |entry: &str| {
        command_of(entry).replace("\\\n", " ").split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(words(manual), words(file));
    assert!(!file.replace("\\%", "").contains('%'), "cron takes a bare % for a line feed");
}

#[test]
fn a_cron_run_that_fails_says_why_and_leaves_nothing() {
    let story = installed();
    fs::remove_file(story.state().database()).unwrap();
    let entry = &blocks(&document("docs/operations.md"), "### cron", "cron")[1];
    let told = run_plainly(story.root(), &below(story.root(), &command_of(entry)));
    told.exits(2).says("openccu-loom.db");
    assert_eq!(archives(&story), [] as [&str; 0]);
}

#[test]
fn the_sealed_night_takes_archives_that_this_machine_cannot_open() {
    let story = installed();
    let text = document("docs/operations.md");
    let config = below(story.root(), &blocks(&text, "### Sealed, every night", "yaml")[0]);
    let example = config.lines().find_map(|line| line.trim().strip_prefix("- age1")).unwrap();
    let example = format!("age1{}", example.split(' ').next().unwrap());
    let config = config.replace("/var/lib/openccu-loom", &story.data().display().to_string());
    story.write("etc/config.yaml", &config);
    let entry = &blocks(&text, "### Sealed, every night", "cron")[0];
    assert!(entry.lines().count() == 1 && !entry.replace("\\%", "").contains('%'));
    let command = below(story.root(), &command_of(entry));
    run_plainly(story.root(), &command).exits(0);
    let [name] = archives(&story).try_into().unwrap();
    assert!(name.ends_with(".tar.gz.age"), "{name}");
    story.run(&format!("backup verify archives/{name}")).exits(9);
    // One whose identity is known, in place of the example's.
    story.write("etc/config.yaml", config.replace(&example, OFFICE.recipient));
    story.write("identity.txt", OFFICE.file);
    fs::remove_file(story.path("archives").join(name)).unwrap();
    run_plainly(story.root(), &command).exits(0);
    let [name] = archives(&story).try_into().unwrap();
    story.run(&format!("backup verify --identity identity.txt archives/{name}")).exits(0);
    let pruned = below(story.root(), &blocks(&text, "### Pruning", "sh")[0]);
    shell(story.root(), "touch -d '15 days ago' archives/*");
    run_plainly(story.root(), &pruned).exits(0);
    assert_eq!(archives(&story), [] as [&str; 0]);
}

#[test]
fn pruning_deletes_old_archives_and_nothing_else() {
    let story = installed();
    let prune = below(story.root(), &blocks(&document("docs/operations.md"), "### Pruning", "sh")[0]);
    for (name, days) in [
        ("backup-old.tar.gz", 16),
        ("backup-old.tar.gz.oclbak", 16),
        ("backup-old.tar.zst.age", 16),
        ("backup-old.zip", 16),
        ("backup-old.zip.age", 16),
        ("backup-new.tar.gz", 13),
        ("keep.tar.gz", 99),
        ("backup-old.txt", 99),
    ] {
        story.write(&format!("archives/{name}"), "x");
        shell(story.root(), &format!("touch -d '{days} days ago' archives/{name}"));
    }
    run_plainly(story.root(), &prune).exits(0);
    assert_eq!(archives(&story), ["backup-new.tar.gz", "backup-old.txt", "keep.tar.gz"]);
}

#[test]
fn the_systemd_service_takes_a_backup_and_prunes_after_it() {
    let story = installed();
    let service = &blocks(&document("docs/operations.md"), "### systemd", "ini")[0];
    let value = |key: &str| {
        let line = service.lines().find_map(|line| line.strip_prefix(&format!("{key}=")));
        below(story.root(), line.unwrap()).replace("/usr/bin/openccu-loom ", "openccu-loom ")
    };
    story.write("archives/backup-old.tar.gz", "x");
    shell(story.root(), "touch -d '16 days ago' archives/backup-old.tar.gz");
    let folder = std::path::PathBuf::from(value("WorkingDirectory"));
    run_plainly(&folder, &value("ExecStart")).exits(0);
    run_plainly(&folder, &value("ExecStartPost")).exits(0);
    let made = archives(&story);
    assert!(made.len() == 1 && made[0].starts_with("backup-") && made[0] != "backup-old.tar.gz", "{made:?}");
}

/// What follows `docker compose … openccu-loom`, as typed inside the container.
fn inside_the_container(story: &Story, line: &str) -> String {
    let (_, command) = line
        .split_once("openccu-loom openccu-loom backup")
        .or_else(|| line.split_once("openccu-loom backup"))
        .unwrap();
    below(story.root(), &format!("openccu-loom backup{command}"))
}

#[test]
fn the_docker_commands_do_not_make_archives_eat_archives() {
    let story = Story::default();
    let text = document("docs/operations.md");
    let create = blocks(&text, "### Docker", "sh")[0]
        .lines()
        .find(|line| line.starts_with("  openccu-loom"))
        .unwrap()
        .to_owned();
    let data = story.data();
    let archive = |told: &str| {
        let script = inside_the_container(&story, &create);
        run(plain_shell(story.root(), &script).env("OPENCCU_LOOM_DATA_DIR", &data)).exits(0).says("backup-");
        // The second may follow within the same second.
        let made = shell(story.root(), "ls var | grep ^backup-2").trim().to_owned();
        fs::rename(data.join(made), data.join(format!("backup-{told}.tar.gz"))).unwrap();
        shell(story.root(), &format!("tar -tzf var/backup-{told}.tar.gz"))
    };
    let first = archive("first");
    let second = archive("second");
    assert_eq!(first, second);
    assert!(!second.contains("backup-"), "{second}");
    story.run("backup verify var/backup-second.tar.gz").exits(0);
}

#[test]
fn the_docker_command_that_streams_gives_a_whole_archive() {
    let story = Story::default();
    let text = document("docs/operations.md");
    let line = blocks(&text, "### Docker", "sh")[1].lines().next().unwrap().to_owned();
    let script = inside_the_container(&story, &line);
    run(plain_shell(story.root(), &script).env("OPENCCU_LOOM_DATA_DIR", story.data())).exits(0);
    let made = shell(story.root(), "ls backup-2*");
    story.run(&format!("backup verify {}", made.trim())).exits(0);
}

#[test]
fn the_docker_restore_brings_the_volume_back() {
    let story = Story::default();
    let text = document("docs/operations.md");
    let archive = story.create("var/backup-...tar.gz");
    let before = Contents::of(&story.data());
    fs::remove_file(story.data().join("secret.key")).unwrap();
    let restore = blocks(&text, "### Docker", "sh")[2]
        .lines()
        .find(|line| line.contains(" restore "))
        .unwrap()
        .to_owned();
    let (_, words) = restore.split_once("--entrypoint openccu-loom openccu-loom ").unwrap();
    let script = below(story.root(), &format!("openccu-loom {words}"));
    run(plain_shell(story.root(), &script).env("OPENCCU_LOOM_DATA_DIR", story.data())).exits(0);
    assert!(archive.exists());
    assert_eq!(Contents::of(&story.data()), before);
}

#[test]
fn the_drill_restores_beside_the_live_state() {
    let story = installed();
    sqlite(
        &story.state().database(),
        "CREATE TABLE audit_log (id INTEGER PRIMARY KEY, timestamp TEXT); INSERT INTO audit_log VALUES (1, '2026-06-08');",
    );
    let before = Contents::of(&story.data());
    let drill = &blocks(&document("docs/operations.md"), "### A drill by hand", "sh")[0];
    story.create("archives/backup-host-20260608T120000Z.tar.gz");
    let told = run_plainly(story.root(), &below(story.root(), &format!("set -e\n{drill}")));
    told.exits(0).says("ccu-first.local").says("2026-06-08");
    assert_eq!(Contents::of(&story.data()), before);
    assert_eq!(archives(&story), ["backup-host-20260608T120000Z.tar.gz"]);
}

#[test]
fn the_restore_and_undo_commands_work_as_printed() {
    let story = installed();
    let text = document("docs/operations.md");
    let restore = below(story.root(), &blocks(&text, "## Restoring", "sh")[0]);
    let undo = below(story.root(), &blocks(&text, "### Taking a restore back", "sh")[0]);
    story.create("backup-host-20260608T120000Z.tar.gz");
    let archived = Contents::of(&story.data());
    fs::write(story.data().join("certs/leaf.pem"), "newer").unwrap();
    let live = Contents::of(&story.data());
    let without_systemd = |script: &str| script.replace("systemctl", "true systemctl");
    run_plainly(story.root(), &without_systemd(&format!("set -e\n{restore}")))
        .exits(0)
        .says("nothing was changed");
    assert_eq!(Contents::of(&story.data()), archived);
    run_plainly(story.root(), &without_systemd(&format!("set -e\n{undo}"))).exits(0);
    assert_eq!(Contents::of(&story.data()), live);
}

#[test]
#[ignore = "needs Python"]
fn the_monitoring_script_tells_good_old_and_none() {
    let story = installed();
    let script = below(story.root(), &blocks(&document("docs/operations.md"), "### Monitoring", "sh")[0]);
    let check = || {
        let mut command = plain_shell(story.root(), &script);
        let path = format!(
            "{}:{}",
            loom_e2e::binary::binary().parent().unwrap().display(),
            std::env::var("PATH").unwrap()
        );
        run(command.env("PATH", path))
    };
    check().exits(1).says("no good archive");
    let old = loom_e2e::upstream::UpstreamArchive::of_database(b"x").tar_gz();
    story.write("archives/backup-old.tar.gz", old);
    check().exits(1).says("old");
    let new = story.create("archives/backup-new.tar.gz");
    check().exits(0);
    fs::remove_file(new).unwrap();
    let now = shell(story.root(), "date -u +%Y%m%dT%H%M%SZ");
    let sealed = format!("archives/backup-{}.tar.gz.age", now.trim());
    let recipient = OFFICE.recipient;
    story.run(&format!("backup create --config config.yaml --recipient {recipient} --out {sealed}")).exits(0);
    check().exits(0);
}

#[test]
fn an_archive_opens_without_this_program_as_told() {
    let story = Story::default();
    story.create("backup-host-20260608T120000Z.tar.gz");
    let script =
        blocks(&document("docs/format.md"), "## Opening an archive without this program", "sh").concat();
    let told = shell(story.root(), &script);
    for line in ["state/openccu-loom.db: OK", "state/secret.key: OK", "config.yaml: OK", "\nok\n"] {
        assert!(told.contains(line), "{told}");
    }
}

#[test]
fn the_key_fingerprint_is_computed_as_told() {
    let story = Story::default();
    story.create("a.tar.gz");
    let script = blocks(&document("docs/format.md"), "### Key fingerprint", "sh").concat();
    let fingerprint = shell(&story.data(), &script);
    let told = story.run("backup inspect --json a.tar.gz").exits(0).json();
    assert_eq!(told["master_key"]["fingerprint"], fingerprint.trim());
}
