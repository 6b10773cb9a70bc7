//! Links, modes, other users and other programs around a data dir in a local folder.

use super::bed::{Bed, all, fresh};
use crate::lock::SwapLock;
use crate::ordinary_user::run_case;
use crate::restore_target::LocalRestoreTarget;
use crate::restore_target::undo::Undo;
use crate::swap::Steps;
use bytes::Bytes;
use jiff::Timestamp;
use loom_contract::restore_target::TargetBed;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Claim, Recovery, RestoreTarget, TargetError};
use loom_domain::restore_plan::{Destination, Install, Swap};
use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

async fn stage(target: &LocalRestoreTarget, name: &str, bytes: &[u8]) -> (Box<dyn Claim>, PathBuf) {
    let mut claim = target.claim().await.unwrap();
    claim.begin_file(&path(name).under("state"), bytes.len() as u64).await.unwrap();
    claim.write(Bytes::copy_from_slice(bytes)).await.unwrap();
    let location = claim.end_file().await.unwrap();
    (claim, location)
}

fn swap_of(name: &str) -> Swap {
    let install = Install { member: path(name).under("state"), to: Destination::DataDir(path(name)) };
    let set_aside = vec![path(name)];
    Swap { at: Timestamp::UNIX_EPOCH, install: vec![install], folders: vec![], set_aside, copies: vec![] }
}

async fn restore(target: &LocalRestoreTarget, name: &str, bytes: &[u8]) -> Result<(), TargetError> {
    let (claim, _) = stage(target, name, bytes).await;
    claim.apply(&swap_of(name)).await.map(drop)
}

/// Another program with the database open, and how messages name it.
fn open_database(bed: &Bed) -> (Child, String) {
    let script = "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute('pragma journal_mode=wal')\nc.execute('create table if not exists t (x)')\nc.commit()\nprint('ready', flush=True)\nsys.stdin.read()";
    let mut python = Command::new("python3")
        .args(["-c", script])
        .arg(bed.dir.join("openccu-loom.db"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Read::read_exact(python.stdout.as_mut().unwrap(), &mut [0; 6]).unwrap();
    let pid = format!("(pid {})", python.id());
    (python, pid)
}

#[tokio::test]
async fn what_is_restored_is_private_from_the_first_byte_on() {
    let (bed, _place) = fresh();
    fs::set_permissions(&bed.dir, Permissions::from_mode(0o755)).unwrap();
    let (claim, staged) = stage(&bed.target(), "a/b/secret.key", b"AAAA").await;
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&staged), 0o600);
    assert_eq!(mode(&bed.dir.join(".loom-restore")), 0o700);
    claim.apply(&swap_of("a/b/secret.key")).await.unwrap();
    let live = bed.dir.join("a/b/secret.key");
    assert_eq!((mode(&live), mode(live.parent().unwrap()), mode(&bed.dir.join("a"))), (0o600, 0o700, 0o700));
    assert_eq!(mode(&bed.dir), 0o755, "a data dir that exists keeps its mode");
}

#[tokio::test]
async fn a_file_of_many_chunks_is_staged_whole() {
    let (bed, _place) = fresh();
    let mut claim = bed.target().claim().await.unwrap();
    claim.begin_file(&path("state/large"), 70 << 20).await.unwrap();
    for chunk in 0..70 {
        claim.write(Bytes::from(vec![chunk; 1 << 20])).await.unwrap();
    }
    let location = claim.end_file().await.unwrap();
    let bytes = fs::read(location).unwrap();
    assert_eq!(bytes.len(), 70 << 20);
    assert!(bytes.chunks(1 << 20).enumerate().all(|(at, chunk)| chunk.iter().all(|b| usize::from(*b) == at)));
}

#[tokio::test]
async fn a_live_database_that_is_a_link_is_set_aside_as_a_link() {
    let (bed, place) = fresh();
    let elsewhere = place.path().join("elsewhere.db");
    fs::write(&elsewhere, "linked").unwrap();
    let live = bed.dir.join("openccu-loom.db");
    symlink(&elsewhere, &live).unwrap();
    restore(&bed.target(), "openccu-loom.db", b"restored").await.unwrap();
    assert!(!live.is_symlink());
    assert_eq!(fs::read(&live).unwrap(), b"restored");
    assert_eq!(fs::read(&elsewhere).unwrap(), b"linked");
    bed.target().undo().await.unwrap();
    assert_eq!(fs::read_link(&live).unwrap(), elsewhere);
}

#[tokio::test]
async fn an_undo_moves_a_key_file_that_cannot_be_read_and_says_that_no_copy_is_kept() {
    let (bed, place) = fresh();
    let live = bed.dir.join("secret.key");
    fs::write(&live, "AAAA").unwrap();
    restore(&bed.target(), "secret.key", b"BBBB").await.unwrap();
    fs::remove_file(&live).unwrap();
    symlink(place.path().join("gone"), &live).unwrap();
    let undone = bed.target().undo().await.unwrap();
    assert_eq!((undone.not_kept, undone.set_aside), (vec![path("secret.key")], vec![path("secret.key")]));
    assert_eq!(fs::read(&live).unwrap(), b"AAAA");
    assert!(bed.dir.join(".loom-undo/files/secret.key").is_symlink());
}

#[tokio::test]
async fn earlier_keys_that_cannot_be_read_do_not_keep_an_undo_from_happening() {
    let (bed, place) = fresh();
    fs::write(bed.dir.join("secret.key"), "AAAA").unwrap();
    restore(&bed.target(), "secret.key", b"BBBB").await.unwrap();
    fs::write(bed.dir.join("secret.key.old-1"), "BBBB").unwrap();
    fs::set_permissions(bed.dir.join("secret.key.old-1"), Permissions::from_mode(0o000)).unwrap();
    let is_read = fs::read(bed.dir.join("secret.key.old-1")).is_ok();
    symlink(place.path().join("gone"), bed.dir.join("secret.key.old-2")).unwrap();
    fs::create_dir(bed.dir.join("secret.key.old-3")).unwrap();
    let undone = bed.target().undo().await.unwrap();
    assert_eq!(undone.not_kept, []);
    let names = bed.dir.read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let copies = names.filter(|name| name.starts_with("secret.key.old-") && name.len() > 20);
    // Whoever may read everything finds that the key was kept already.
    assert_eq!(copies.count(), usize::from(!is_read));
}

#[tokio::test]
async fn a_linked_folder_is_never_followed() {
    let (bed, place) = fresh();
    let outside = place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("passwd"), "theirs").unwrap();
    symlink(&outside, bed.dir.join("link")).unwrap();
    for name in ["link/passwd", "link/new", "link/deep/new"] {
        let error = restore(&bed.target(), name, b"ours").await.unwrap_err();
        assert!(matches!(&error, TargetError::Blocked { path, .. } if path.ends_with("/link")), "{error}");
    }
    assert_eq!(all(&outside), [outside.join("passwd")]);
    assert_eq!(fs::read(outside.join("passwd")).unwrap(), b"theirs");
}

#[tokio::test]
async fn a_file_that_appears_amid_an_interrupted_swap_blocks_until_it_is_moved_away() {
    let mut met = false;
    for step in 0.. {
        let (bed, _place) = fresh();
        bed.put_file("openccu-loom.db", b"old");
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        let Ok(mut claim) = dying.claim().await else { continue };
        claim.begin_file(&path("state/openccu-loom.db"), 3).await.unwrap();
        claim.write(Bytes::from_static(b"new")).await.unwrap();
        claim.end_file().await.unwrap();
        if claim.apply(&swap_of("openccu-loom.db")).await.is_ok() {
            break;
        }
        let live = bed.dir.join("openccu-loom.db");
        if live.exists() {
            continue;
        }
        met = true;
        assert!(bed.target().survey().await.unwrap().interrupted);
        fs::write(&live, "a stranger's").unwrap();
        let error = bed.target().recover().await.unwrap_err();
        assert!(
            matches!(&error, TargetError::Blocked { path, .. } if path.ends_with("/openccu-loom.db")),
            "{error}"
        );
        assert_eq!(fs::read(&live).unwrap(), b"a stranger's");
        fs::rename(&live, bed.dir.join("stranger")).unwrap();
        assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledForward);
        assert_eq!(fs::read(&live).unwrap(), b"new");
    }
    assert!(met, "no step lies between setting aside and installing");
}

#[tokio::test]
async fn a_sidecar_that_a_later_daemon_wrote_goes_with_the_database_it_belongs_to() {
    let (bed, _place) = fresh();
    bed.put_file("openccu-loom.db", b"old");
    restore(&bed.target(), "openccu-loom.db", b"new").await.unwrap();
    bed.put_file("openccu-loom.db-wal", b"wal of the new one");
    bed.target().undo().await.unwrap();
    assert!(!bed.files().contains_key("openccu-loom.db-wal"));
    bed.target().undo().await.unwrap();
    assert_eq!(bed.files()["openccu-loom.db-wal"], b"wal of the new one");
}

#[tokio::test]
async fn a_program_that_has_a_database_open_makes_the_data_dir_busy() {
    let (bed, _place) = fresh();
    let (mut python, pid) = open_database(&bed);
    assert!(bed.target().survey().await.unwrap().in_use_by.unwrap().contains(&pid));
    for error in [bed.target().claim().await.err(), bed.target().undo().await.err()] {
        assert!(matches!(&error, Some(TargetError::Busy { by, .. }) if by.contains(&pid)), "{error:?}");
    }
    python.kill().unwrap();
    python.wait().unwrap();
    bed.target().claim().await.unwrap();
}

#[tokio::test]
async fn a_program_that_opens_a_database_while_a_restore_or_undo_prepares_keeps_it() {
    let (bed, _place) = fresh();
    for undo in [false, true] {
        let (claim, prepared) = match undo {
            true => (None, Some(Undo::prepare(&bed.dir, &Steps::default()).unwrap())),
            false => (Some(stage(&bed.target(), "openccu-loom.db", b"new").await.0), None),
        };
        let (mut python, pid) = open_database(&bed);
        let error = match (claim, prepared) {
            (Some(claim), _) => claim.apply(&swap_of("openccu-loom.db")).await.err(),
            (_, prepared) => prepared.unwrap().make().err(),
        };
        assert!(matches!(&error, Some(TargetError::Busy { by, .. }) if by.contains(&pid)), "{error:?}");
        assert!(bed.files()["openccu-loom.db"].starts_with(b"SQLite format 3\0"));
        assert!(!bed.has_work_files());
        python.kill().unwrap();
        python.wait().unwrap();
        restore(&bed.target(), "openccu-loom.db", b"").await.unwrap();
    }
}

#[tokio::test]
async fn a_leftover_that_holds_nothing_live_is_removed_beside_others_and_blocks_nobody() {
    let (bed, _place) = fresh();
    let (mut python, _) = open_database(&bed);
    let leave = || fs::create_dir_all(bed.dir.join(".loom-restore/new")).unwrap();
    leave();
    assert!(!bed.target().survey().await.unwrap().interrupted, "no swap has begun");
    assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledBack);
    assert!(!bed.has_work_files());
    leave();
    let daemon = bed.hold_as_daemon();
    assert_eq!(bed.target().recover().await.unwrap(), Recovery::NothingToDo);
    assert!(bed.has_work_files());
    // With a journal there is something live in it.
    bed.put_file(".loom-restore/journal.json", b"{}");
    let error = bed.target().recover().await.unwrap_err();
    assert!(matches!(&error, TargetError::Busy { .. }), "{error}");
    drop(daemon);
    let error = bed.target().recover().await.unwrap_err();
    assert!(matches!(&error, TargetError::Busy { .. }), "{error}");
    assert!(bed.target().survey().await.unwrap().interrupted);
    python.kill().unwrap();
    python.wait().unwrap();
}

#[tokio::test]
async fn a_claim_that_comes_to_nothing_takes_all_folders_it_created_away() {
    let (bed, place) = fresh();
    let bed = Bed { dir: bed.dir.join("deep/a/b"), config: None };
    let above = || all(&place.path().join("data"));
    drop(bed.target().claim().await.unwrap());
    assert_eq!(above(), Vec::<PathBuf>::new());
    for step in 0..2 {
        let failing = LocalRestoreTarget { steps: Steps::failing_at(step), ..bed.target() };
        assert!(failing.claim().await.is_err());
        assert_eq!(above(), Vec::<PathBuf>::new(), "step {step}");
    }
    let claim = bed.target().claim().await.unwrap();
    fs::write(bed.dir.parent().unwrap().join("theirs"), "").unwrap();
    drop(claim);
    assert!(!bed.dir.exists() && bed.dir.with_file_name("theirs").exists());
}

#[tokio::test]
async fn a_backup_that_is_being_taken_makes_the_data_dir_busy() {
    let (bed, _place) = fresh();
    let backup = SwapLock::shared(&bed.dir).unwrap();
    let error = bed.target().claim().await.err().unwrap();
    assert!(error.to_string().contains("in use by a backup"), "{error}");
    drop(backup);
    let claim = bed.target().claim().await.unwrap();
    assert!(SwapLock::shared(&bed.dir).is_err());
    drop(claim);
}

#[test]
fn a_data_dir_that_may_not_be_written_is_named_and_can_still_be_surveyed() {
    let (bed, place) = fresh();
    bed.put_file("openccu-loom.db", b"SQLite format 3\0");
    bed.put_file("openccu-loom.lock", b"");
    bed.put_file(".loom-restore/new/leftover", b"");
    for folder in [".loom-scratch-of-root", "lost+found"] {
        fs::create_dir(bed.dir.join(folder)).unwrap();
        fs::set_permissions(bed.dir.join(folder), Permissions::from_mode(0o000)).unwrap();
    }
    for folder in [place.path(), &bed.dir] {
        fs::set_permissions(folder, Permissions::from_mode(0o555)).unwrap();
    }
    let case = "restore_target::tests::local::as_an_ordinary_user";
    let (passed, text) = run_case(case, "DATA_DIR", &bed.dir);
    fs::set_permissions(place.path(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(&bed.dir, Permissions::from_mode(0o755)).unwrap();
    assert!(passed, "{text}");
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn as_an_ordinary_user() {
    let bed = Bed { dir: PathBuf::from(std::env::var_os("DATA_DIR").unwrap()), config: None };
    assert_eq!(bed.target().survey().await.unwrap().files.len(), 1);
    assert_eq!(bed.target().recover().await.unwrap(), Recovery::NothingToDo);
    for error in [bed.target().claim().await.err(), bed.target().undo().await.err()] {
        let Some(TargetError::Unavailable { dir, source }) = error else { panic!("{error:?}") };
        assert_eq!(dir, bed.dir.display().to_string());
        assert!(source.to_string().contains("denied"), "{source}");
    }
}

#[tokio::test]
async fn what_root_restores_belongs_to_the_owner_of_the_data_dir() {
    let (bed, _place) = fresh();
    // Only root can give files away; for anybody else the owner is the same anyway.
    let owner = match rustix::process::geteuid() {
        user if user.is_root() => 65534,
        user => user.as_raw(),
    };
    std::os::unix::fs::chown(&bed.dir, Some(owner), None).unwrap();
    bed.put_file("a/b", b"old");
    for folder in [bed.dir.join("a"), bed.dir.join("a/b")] {
        std::os::unix::fs::chown(folder, Some(owner), None).unwrap();
    }
    restore(&bed.target(), "c/d/secret.key", b"AAAA").await.unwrap();
    restore(&bed.target(), "a/b", b"new").await.unwrap();
    use std::os::unix::fs::MetadataExt;
    for path in all(&bed.dir) {
        assert_eq!(path.symlink_metadata().unwrap().uid(), owner, "{}", path.display());
    }
}
