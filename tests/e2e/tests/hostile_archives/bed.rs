//! A data dir in a folder of its own, and the question whether an archive is refused there. Does NOT forge archives.

use loom_e2e::contents::Bytes;
use loom_e2e::data_dir::SampleDataDir;
use loom_e2e::run::{Outcome, loom, run};
use std::fs;
use std::path::PathBuf;

pub(crate) struct Bed {
    live: SampleDataDir,
    before: Bytes,
}

impl Bed {
    pub(crate) fn new() -> Self {
        let live = SampleDataDir::small();
        let before = Bytes::of(live.root());
        Self { live, before }
    }

    /// The folder around data dir and archive.
    pub(crate) fn root(&self) -> PathBuf {
        self.live.root().to_owned()
    }

    /// Asserts that `verify` and `restore` end with `code` and say `words`, and leave everything as it was, a data
    /// dir that does not exist included.
    #[track_caller]
    pub(crate) fn refuses(&self, archive: &[u8], code: i32, words: &str) {
        let path = self.store(archive);
        let verified = run(loom(["backup", "verify"]).arg(&path));
        verified.exits(code).says(words);
        for target in [self.live.path(), self.root().join("new")] {
            let mut restore = loom(["backup", "restore", "--force", "--data-dir"]);
            let restored = run(restore.arg(&target).arg(&path));
            restored.exits(code).says(words).says("nothing was changed");
        }
        self.is_as_before();
    }

    /// Asserts that the archive verifies and restores into a new data dir, which is given.
    #[track_caller]
    pub(crate) fn accepts(&self, archive: &[u8]) -> (Outcome, PathBuf) {
        let path = self.store(archive);
        run(loom(["backup", "verify"]).arg(&path)).exits(0);
        let target = self.root().join("restored");
        let restored = run(loom(["backup", "restore", "--data-dir"]).arg(&target).arg(&path));
        restored.exits(0);
        (restored, target)
    }

    /// Puts an archive beside the data dir.
    pub(crate) fn store(&self, archive: &[u8]) -> PathBuf {
        let path = self.root().join("forged.tar.gz");
        fs::write(&path, archive).unwrap();
        path
    }

    /// Asserts that nothing but the archive came, went or changed; removes that.
    #[track_caller]
    pub(crate) fn is_as_before(&self) {
        fs::remove_file(self.root().join("forged.tar.gz")).unwrap();
        let changes = Bytes::of(&self.root()).changes_since(&self.before);
        assert!(changes.is_empty(), "{changes:?}");
    }
}
