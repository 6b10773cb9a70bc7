//! Where the binary `openccu-loom` and its short name `loom` are: beside the test that asks, built by cargo if one is
//! missing or stale.
//!
//! Cargo tells only the tests of a binary's own package where it is, so it is looked for: tests run from
//! `target/<profile>/deps`, binaries lie in `target/<profile>`, where a test of the whole workspace has built them. Stale
//! means older than a file it may be made of; only then is cargo asked, for a `-p` build chooses other features than the
//! workspace and builds much anew. Does NOT know which files those are exactly.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::time::SystemTime;

/// Names another binary to be tested, such as a packaged one.
const VARIABLE: &str = "OPENCCU_LOOM_BINARY";
const NAME: &str = "openccu-loom";
const SHORT_NAME: &str = "loom";
/// Where all of it comes from, below the root of the repository.
const MADE_OF: [&str; 6] = ["Cargo.lock", "Cargo.toml", "domain", "adapters", "app", "cli"];

/// The binary under test; at the first call of a process it may take a build.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match std::env::var_os(VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => built(),
    })
}

/// The same under its short name.
pub fn short_name() -> PathBuf {
    binary().with_file_name(SHORT_NAME)
}

/// Copies the binary, for somebody who may not look into the build folder. By another process: one that is started
/// while this one writes would keep the copy open for writing, and it could not be run.
pub fn copy_binary(to: &Path) {
    let copied = Command::new("cp").arg(binary()).arg(to).status().unwrap();
    assert!(copied.success(), "`{}` was not copied", binary().display());
}

fn built() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().find(|folder| folder.file_name() == Some(OsStr::new("deps")));
    let profile =
        profile.and_then(Path::parent).unwrap_or_else(|| panic!("{} is no cargo test", test.display()));
    let binary = profile.join(NAME);
    if is_stale(&binary) || is_stale(&profile.join(SHORT_NAME)) {
        build(profile);
    }
    assert!(binary.is_file(), "`{}` was not built", binary.display());
    binary
}

fn is_stale(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return true };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    MADE_OF.iter().any(|part| is_newer(&root.join(part), built))
}

/// Whether something of it changed since; the tests of a package are not in its binary.
fn is_newer(path: &Path, built: SystemTime) -> bool {
    if path.file_name() == Some(OsStr::new("tests")) {
        return false;
    }
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().any(|entry| is_newer(&entry.path(), built)),
        Err(_) => modified(path).is_none_or(|changed| changed > built),
    }
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

fn build(profile: &Path) {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // The folder of the profile `dev` has another name than the profile.
    let name = match profile.file_name().unwrap().to_str().unwrap() {
        "debug" => "dev",
        name => name,
    };
    let built = Command::new(cargo)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .args(["build", "--quiet", "--package", "loom-cli", "--bins", "--profile", name, "--target-dir"])
        .arg(profile.parent().unwrap())
        .output()
        .unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
}
