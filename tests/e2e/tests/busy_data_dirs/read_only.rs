//! Data dirs this user may read and not write.

use crate::with_other_archive;
use loom_e2e::age_keys::OFFICE;
use loom_e2e::binary::copy_binary;
use loom_e2e::contents::Bytes;
use loom_e2e::run::{Outcome, loom, run};
use loom_e2e::shell::shell;
use loom_e2e::story::Story;
use std::fs;
use std::process::Command;

/// Closes the data dir to writers, and runs a verb there as somebody whom that stops.
struct ReadOnly {
    story: Story,
    before: Bytes,
}

impl ReadOnly {
    fn new() -> Self {
        Self::closed(with_other_archive().0)
    }

    fn closed(story: Story) -> Self {
        shell(story.root(), "mkdir out && chmod -R a+rX . && chmod 0777 out && chmod -R a-w var");
        // A key that others can read is refused, so it belongs to whoever runs the verb.
        shell(
            story.root(),
            "[ ! -e var/secret.key ] || { chmod 0400 var/secret.key; [ \"$(id -u)\" != 0 ] || chown 65534 var/secret.key; }",
        );
        copy_binary(&story.path("openccu-loom"));
        let before = Bytes::of(&story.data());
        Self { story, before }
    }

    fn run(&self, words: &str) -> Outcome {
        let own = loom(words.split(' '));
        let mut command = match rustix::process::geteuid().is_root() {
            true => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]);
                command.arg(self.story.path("openccu-loom")).args(own.get_args());
                own.get_envs().for_each(|(name, _)| _ = command.env_remove(name));
                command
            }
            false => own,
        };
        let outcome = run(command.current_dir(self.story.root()));
        assert_eq!(Bytes::of(&self.story.data()), self.before, "{words}");
        outcome
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        // Else its own folder cannot be removed.
        shell(self.story.root(), "chmod -R u+w var");
    }
}

#[test]
fn a_backup_of_a_read_only_data_dir_is_taken() {
    let dir = ReadOnly::new();
    dir.run("backup create --config config.yaml --out out/a.tar.gz").exits(0);
    dir.run("backup verify out/a.tar.gz").exits(0);
}

#[test]
fn a_sealed_backup_of_a_read_only_data_dir_wants_to_be_told_where_databases_may_lie() {
    let dir = ReadOnly::new();
    let create = format!("backup create --config config.yaml --recipient {}", OFFICE.recipient);
    dir.run(&format!("{create} --out out/a.age")).exits(1).says("hint: ").says("--scratch");
    assert_eq!(fs::read_dir(dir.story.path("out")).unwrap().count(), 0);
    shell(dir.story.root(), "mkdir private && chmod 0777 private");
    dir.run(&format!("{create} --scratch private --out out/a.age")).exits(0);
    assert_eq!(fs::read_dir(dir.story.path("private")).unwrap().count(), 0);
}

#[test]
fn a_restore_into_a_read_only_data_dir_is_refused_and_says_why() {
    let dir = ReadOnly::new();
    let told = dir.run("backup restore --data-dir var --force other.tar.gz");
    told.exits(1).says("data dir `var` cannot be used").says("ermission denied");
}

#[test]
fn a_dry_run_on_a_read_only_data_dir_gives_the_plan() {
    let dir = ReadOnly::new();
    dir.run("backup restore --data-dir var --force --dry-run --scratch out other.tar.gz")
        .exits(0)
        .says("plan for");
}

#[test]
fn a_configuration_is_exported_and_rehearsed_on_a_read_only_data_dir_and_its_copy_is_told() {
    let (story, _) = with_other_archive();
    // An import makes a database of ours where there is none.
    shell(
        story.root(),
        r#"rm var/openccu-loom.db*; echo '{"sections":{"locale":{"locale":"de"}}}' > new.json"#,
    );
    story.run("config import --config config.yaml new.json").exits(0);
    let dir = ReadOnly::closed(story);
    let told = "the data dir cannot be written: the copy of the state lay in `out` meanwhile";
    dir.run("config export --config config.yaml --out out/dump.json").exits(0).says(told);
    dir.run("config import --config config.yaml --dry-run out/dump.json").exits(0).says(told);
    let left = fs::read_dir(dir.story.path("out")).unwrap().map(|entry| entry.unwrap().file_name());
    assert_eq!(left.collect::<Vec<_>>(), ["dump.json"]);
}
