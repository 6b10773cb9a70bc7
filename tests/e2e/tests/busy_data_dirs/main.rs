//! Data dirs a restore must not touch as they are: in use, closed to writers, of a newer schema, or sealed under a key
//! nobody has. Each is refused with its own exit code, and the state stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod at_once;
mod held;
mod keys;
mod leftover_log;
mod read_only;
mod schemas;
mod users;

use loom_e2e::contents::Contents;
use loom_e2e::data_dir::Sample;
use loom_e2e::story::Story;

/// A story with `other.tar.gz`, the archive of another state under the same key, and what that state holds.
fn with_other_archive() -> (Story, Contents) {
    let story = Story::default();
    let other = Story::of(Sample { mark: "other", ..Default::default() });
    let archive = other.create("other.tar.gz");
    std::fs::copy(archive, story.path("other.tar.gz")).unwrap();
    let contents = Contents::of(&other.data());
    (story, contents)
}
