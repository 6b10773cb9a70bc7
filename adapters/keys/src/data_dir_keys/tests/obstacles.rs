//! What cannot be replaced is found before a key is staged: nothing is sealed with a key that has no place to go.
//!
//! Cases of rights and of mounts run as a child, as another user or in a mount namespace of its own. Does NOT crash
//! anywhere.

use super::*;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::process::{Command, Output};

const PLACE: &str = "OPENCCU_LOOM_TEST_PLACE";

/// The user who stands in where root runs the tests: root may read everywhere.
const USER: u32 = 65_534;

/// Orders a rotation and a move to `target`, and sees both refused for `name` with nothing changed.
async fn is_refused(folder: &Path, name: &str, target: KeyTarget, reason: &str) {
    let entries = || {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = entries();
    let keys = DataDirKeys::new(folder, wrappings());
    for (to, old) in [(2, OldKeyFate::Kept), (1, OldKeyFate::Removed)] {
        let refused = keys.stage(&key(to), &order(target, old)).await.unwrap_err();
        let KeyError::Blocked { origin, .. } = &refused else { panic!("{refused:?}") };
        assert_eq!(*origin, KeySource::File(folder.join(name).display().to_string()));
        let words = refused.to_string();
        assert!(words.contains(reason) && words.contains("\nhint: "), "{words}");
        assert_eq!(entries(), before);
    }
}

#[tokio::test]
async fn no_key_is_staged_for_a_place_where_no_file_can_go() {
    type Make = fn(&Path);
    let makers: [(&str, Make); 3] = [
        ("it is a folder", |path| fs::create_dir(path).unwrap()),
        ("it is a link", |path| symlink("nowhere", path).unwrap()),
        ("it is no regular file", |path| {
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success())
        }),
    ];
    for (reason, make) in makers {
        for (name, target) in
            [("secret.key", KeyTarget::File), ("secret.key.kms", KeyTarget::Wrapped(Wrapper::Kms))]
        {
            let folder = tempfile::tempdir().unwrap();
            make(&folder.path().join(name));
            is_refused(folder.path(), name, target, reason).await;
        }
    }
}

#[tokio::test]
async fn a_pending_switch_names_what_came_in_its_way_and_ends_once_that_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let (path, live) = (folder.path(), folder.path().join("secret.key"));
    let keys = DataDirKeys::new(path, wrappings());
    let pending = keys.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
    fs::create_dir(&live).unwrap();
    let refused = keys.complete(&pending).await.unwrap_err();
    assert!(matches!(refused, KeyError::Blocked { .. }), "{refused:?}");
    assert_eq!(keys.pending().await.unwrap().as_ref(), Some(&pending));
    fs::remove_dir(&live).unwrap();
    keys.complete(&pending).await.unwrap();
    assert_eq!(present(path).await, Some(key(2)));
}

#[tokio::test]
async fn a_step_that_fails_names_its_file() {
    let folder = data_dir();
    let path = folder.path();
    for at in [2, 3, 4] {
        let keys = DataDirKeys::new(path, wrappings());
        let pending = keys.stage(&key(2), &order(KeyTarget::File, OldKeyFate::Kept)).await.unwrap();
        let failed = crashing(path, at - 2).0.complete(&pending).await.unwrap_err();
        let KeyError::NotStored { origin, .. } = &failed else { panic!("{failed:?}") };
        let name = if at == 4 { ".loom-key-switch.json" } else { "secret.key" };
        assert_eq!(*origin, KeySource::File(path.join(name).display().to_string()), "step {at}");
        keys.abandon(&pending).await.unwrap();
    }
}

fn passed(output: &Output) {
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{complained}");
}

fn name_of(child: &str) -> String {
    format!("{}::{child}", module_path!().split_once("::").unwrap().1)
}

#[test]
fn no_key_is_staged_over_a_file_that_this_user_may_not_read() {
    let folder = data_dir();
    let path = folder.path();
    fs::set_permissions(path.join("secret.key"), fs::Permissions::from_mode(0o000)).unwrap();
    // The program may lie in a folder that is closed to that user.
    let place = tempfile::tempdir().unwrap();
    let program = place.path().join("tests");
    // Not by this process: one that a test beside this starts would have the copy open for writing when it is run.
    let mut install = Command::new("install");
    install.args(["-m", "755"]).arg(std::env::current_exe().unwrap()).arg(&program);
    assert!(install.status().unwrap().success());
    let mut command = Command::new(&program);
    if rustix::process::geteuid().is_root() {
        chown(path, Some(USER), None).unwrap();
        fs::set_permissions(place.path(), fs::Permissions::from_mode(0o755)).unwrap();
        command.uid(USER);
    }
    let child = name_of("is_refused_over_a_file_it_may_not_read");
    passed(&command.args(["--exact", &child, "--ignored"]).env(PLACE, path).output().unwrap());
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn is_refused_over_a_file_it_may_not_read() {
    let place = std::env::var_os(PLACE).unwrap();
    is_refused(Path::new(&place), "secret.key", KeyTarget::File, "may not read it").await;
}

#[test]
#[ignore = "mounts small file systems, needs the right to"]
fn no_key_is_staged_where_a_key_file_is_mounted() {
    let folder = data_dir();
    write_key(folder.path(), "mounted", 1);
    let script = "mount --bind \"$1/mounted\" \"$1/secret.key\"; shift; exec \"$@\"";
    let child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "bash", "-euc", script, "bash"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", &name_of("is_refused_where_a_key_file_is_a_mount"), "--ignored"])
        .env(PLACE, folder.path())
        .output();
    passed(&child.unwrap());
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn is_refused_where_a_key_file_is_a_mount() {
    let place = std::env::var_os(PLACE).unwrap();
    // Whether it is to be replaced or only to go.
    for target in [KeyTarget::File, KeyTarget::Wrapped(Wrapper::Kms), KeyTarget::Environment] {
        is_refused(Path::new(&place), "secret.key", target, "it is mounted there").await;
    }
}
