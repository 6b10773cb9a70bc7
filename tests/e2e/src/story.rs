//! A story: a sample data dir, the folder around it, and verbs run there as an operator would type them.
//!
//! After every run it is checked that no secret of the sample was said. Does NOT judge anything else.

use crate::data_dir::{Sample, SampleDataDir};
use crate::run::{Outcome, loom, run, run_with_input};
use crate::sealing::key_file;
use std::path::{Path, PathBuf};
use std::process::Command;

/// One story.
#[derive(Debug)]
pub struct Story {
    state: SampleDataDir,
    secrets: Vec<String>,
    environment: Vec<(String, String)>,
}

impl Default for Story {
    fn default() -> Self {
        Self::of(Sample::default())
    }
}

impl Story {
    /// A story of one sample.
    pub fn of(sample: Sample) -> Self {
        Self::about(SampleDataDir::new(sample), sample)
    }

    /// A story that begins with an empty data dir.
    pub fn empty() -> Self {
        let sample = Sample::default();
        Self::about(SampleDataDir::empty(sample), sample)
    }

    fn about(state: SampleDataDir, sample: Sample) -> Self {
        let words = ["central password", "api token", "mqtt password", "20202021"];
        let mut secrets: Vec<_> = words.iter().map(|word| format!("{word} {}", sample.mark)).collect();
        secrets.push(key_file(sample.key).trim().to_owned());
        Self { state, secrets, environment: Vec::new() }
    }

    /// The sample.
    pub fn state(&self) -> &SampleDataDir {
        &self.state
    }

    /// The data dir.
    pub fn data(&self) -> PathBuf {
        self.state.path()
    }

    /// The folder verbs run in.
    pub fn root(&self) -> &Path {
        self.state.root()
    }

    /// A path below that folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    /// Sets a variable for all runs to come.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// Sets a variable whose value no run may ever say.
    pub fn set_secret(&mut self, name: &str, value: &str) {
        self.set(name, value);
        self.secrets.push(value.to_owned());
    }

    /// `openccu-loom` with these words, separated by blanks, ready to run.
    pub fn command(&self, words: &str) -> Command {
        let mut command = loom(words.split_whitespace());
        command.current_dir(self.root()).envs(self.environment.iter().cloned());
        command
    }

    /// Runs `openccu-loom` with these words.
    #[track_caller]
    pub fn run(&self, words: &str) -> Outcome {
        self.kept_secret(run(&mut self.command(words)))
    }

    /// The same with something on standard input.
    #[track_caller]
    pub fn run_with_input(&self, words: &str, input: &[u8]) -> Outcome {
        self.kept_secret(run_with_input(&mut self.command(words), input))
    }

    /// Takes a backup named `name` with the config file; hands back its path.
    #[track_caller]
    pub fn create(&self, name: &str) -> PathBuf {
        self.run(&format!("backup create --config config.yaml --out {name}")).exits(0);
        self.path(name)
    }

    /// Writes a file below the folder.
    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    #[track_caller]
    fn kept_secret(&self, outcome: Outcome) -> Outcome {
        // An archive on standard output holds the key, as it should.
        let said = if outcome.stdout.starts_with(&[0x1f, 0x8b]) { String::new() } else { outcome.text() };
        for secret in &self.secrets {
            assert!(
                !said.contains(secret) && !outcome.stderr.contains(secret),
                "a secret was said: {outcome:?}"
            );
        }
        outcome
    }
}
