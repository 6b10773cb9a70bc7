//! The config file of a restore: swapped with the data dir, kept beside itself, crash-safe with everything else.

mod another_user;
mod outside;
mod unmounted;

use super::bed::{Bed, all, fresh};
use crate::restore_target::LocalRestoreTarget;
use crate::swap::Steps;
use bytes::Bytes;
use jiff::Timestamp;
use loom_contract::restore_target::TargetBed;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Recovery, RestoreTarget, TargetError};
use loom_domain::restore_plan::{Destination, Install, Swap};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use tempfile::TempDir;

fn with_config() -> (Bed, PathBuf, TempDir) {
    let (bed, place) = fresh();
    let config = place.path().join("etc/config.yaml");
    let bed = Bed { dir: bed.dir.clone(), config: Some(config.clone()) };
    (bed, config, place)
}

fn path(text: &str) -> MemberPath {
    MemberPath::parse(text.as_bytes()).unwrap()
}

async fn restore(
    target: &LocalRestoreTarget,
    staged: &[(&str, Destination, &str)],
) -> Result<(), TargetError> {
    let mut claim = target.claim().await?;
    let at = Timestamp::UNIX_EPOCH;
    let mut swap = Swap { at, install: vec![], folders: vec![], set_aside: vec![], copies: vec![] };
    for (member, to, bytes) in staged {
        claim.begin_file(&path(member), bytes.len() as u64).await?;
        claim.write(Bytes::copy_from_slice(bytes.as_bytes())).await?;
        claim.end_file().await?;
        swap.install.push(Install { member: path(member), to: to.clone() });
        if let Destination::DataDir(path) = to {
            swap.set_aside.push(path.clone());
        }
    }
    claim.apply(&swap).await.map(drop)
}

async fn restore_both(target: &LocalRestoreTarget) -> Result<(), TargetError> {
    let database = Destination::DataDir(path("openccu-loom.db"));
    restore(
        target,
        &[("config.yaml", Destination::Config, "new config"), ("state/openccu-loom.db", database, "new")],
    )
    .await
}

fn put_old(bed: &Bed, config: &PathBuf) {
    bed.put_file("openccu-loom.db", b"old");
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(config, "old config").unwrap();
}

/// Database and config file.
fn state(bed: &Bed) -> [Option<String>; 2] {
    let config = bed.config.clone().unwrap();
    [bed.dir.join("openccu-loom.db"), config].map(|path| fs::read_to_string(path).ok())
}

fn both(database: &str, config: &str) -> [Option<String>; 2] {
    [Some(database.to_owned()), Some(config.to_owned())]
}

#[tokio::test]
async fn the_old_config_file_is_kept_beside_the_new_one_and_comes_back() {
    let (bed, config, _place) = with_config();
    put_old(&bed, &config);
    fs::set_permissions(&config, Permissions::from_mode(0o640)).unwrap();
    assert_eq!(bed.target().survey().await.unwrap().config_exists, Some(true));
    restore_both(&bed.target()).await.unwrap();
    assert_eq!(state(&bed), both("new", "new config"));
    assert_eq!(config.metadata().unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(fs::read_to_string(config.with_file_name(".loom-undo-config.yaml")).unwrap(), "old config");
    for _ in 0..2 {
        bed.target().undo().await.unwrap();
        assert_eq!(state(&bed), both("old", "old config"));
        bed.target().undo().await.unwrap();
        assert_eq!(state(&bed), both("new", "new config"));
    }
    assert_eq!(all(config.parent().unwrap()).len(), 2);
}

#[tokio::test]
async fn an_undo_brings_the_state_back_where_the_old_config_file_is_gone() {
    let (bed, config, _place) = with_config();
    put_old(&bed, &config);
    restore_both(&bed.target()).await.unwrap();
    fs::remove_file(config.with_file_name(".loom-undo-config.yaml")).unwrap();
    let undone = bed.target().undo().await.unwrap();
    assert_eq!(undone.config_stays, Some(config.display().to_string()));
    assert_eq!(state(&bed), both("old", "new config"));
    let undone = bed.target().undo().await.unwrap();
    assert_eq!((undone.config_stays, state(&bed)), (None, both("new", "new config")));
}

#[tokio::test]
async fn a_config_file_that_is_a_link_comes_back_as_that_link() {
    let (bed, config, _place) = with_config();
    let shared = config.with_file_name("shared.yaml");
    put_old(&bed, &shared);
    std::os::unix::fs::symlink("shared.yaml", &config).unwrap();
    restore_both(&bed.target()).await.unwrap();
    for _ in 0..2 {
        assert!(!config.is_symlink());
        assert_eq!(state(&bed), both("new", "new config"));
        bed.target().undo().await.unwrap();
        assert_eq!(fs::read_link(&config).unwrap(), PathBuf::from("shared.yaml"));
        assert_eq!(state(&bed), both("old", "old config"));
        bed.target().undo().await.unwrap();
    }
    assert_eq!(fs::read_to_string(&shared).unwrap(), "old config");
}

#[tokio::test]
async fn a_config_file_where_none_was_is_private_and_undone_by_its_absence() {
    let (bed, config, _place) = with_config();
    assert_eq!(bed.target().survey().await.unwrap().config_exists, Some(false));
    restore_both(&bed.target()).await.unwrap();
    assert_eq!(state(&bed), both("new", "new config"));
    assert_eq!(config.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let folder = config.parent().unwrap().metadata().unwrap().permissions().mode();
    assert_eq!(folder & 0o011, 0o011, "a daemon of another user gets to the file");
    bed.target().undo().await.unwrap();
    assert_eq!(state(&bed), [None, None]);
    bed.target().undo().await.unwrap();
    assert_eq!(state(&bed), both("new", "new config"));
    assert_eq!(all(config.parent().unwrap()), [config]);
}

#[tokio::test]
async fn a_later_restore_without_a_config_file_forgets_the_kept_one() {
    let (bed, config, _place) = with_config();
    put_old(&bed, &config);
    restore_both(&bed.target()).await.unwrap();
    let database = Destination::DataDir(path("openccu-loom.db"));
    restore(&bed.target(), &[("state/openccu-loom.db", database, "newer")]).await.unwrap();
    assert_eq!(all(config.parent().unwrap()), [config]);
    bed.target().undo().await.unwrap();
    assert_eq!(state(&bed), both("new", "new config"));
}

#[tokio::test]
async fn a_config_file_in_the_data_dir_is_written_once() {
    let (bed, _place) = fresh();
    let config = bed.dir.join("config.yaml");
    let bed = Bed { dir: bed.dir.clone(), config: Some(config.clone()) };
    fs::write(&config, "old").unwrap();
    let inside = Destination::DataDir(path("config.yaml"));
    let staged = [("config.yaml", Destination::Config, "new"), ("state/config.yaml", inside, "new")];
    restore(&bed.target(), &staged).await.unwrap();
    assert_eq!(fs::read_to_string(&config).unwrap(), "new");
    bed.target().undo().await.unwrap();
    assert_eq!(fs::read_to_string(&config).unwrap(), "old");
    for step in 0.. {
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        let done = restore(&dying, &staged).await.is_ok();
        assert!(config.exists(), "step {step}");
        bed.target().recover().await.unwrap();
        if done {
            break;
        }
    }
}

#[tokio::test]
async fn a_folder_of_the_data_dir_that_is_made_for_a_config_file_belongs_to_the_data_dir_s_owner() {
    for folder in ["conf", "conf/deep"] {
        let (bed, _place) = fresh();
        if rustix::process::geteuid().is_root() {
            std::os::unix::fs::chown(&bed.dir, Some(65534), None).unwrap();
        }
        let config = bed.dir.join(folder).join("config.yaml");
        let bed = Bed { dir: bed.dir.clone(), config: Some(config.clone()) };
        let inside = Destination::DataDir(path(&format!("{folder}/config.yaml")));
        let member = format!("state/{folder}/config.yaml");
        let staged = [("config.yaml", Destination::Config, "new"), (&*member, inside, "new")];
        restore(&bed.target(), &staged).await.unwrap();
        assert_eq!(fs::read_to_string(&config).unwrap(), "new");
        let owner = bed.dir.metadata().unwrap().uid();
        for made in all(&bed.dir) {
            assert_eq!(made.symlink_metadata().unwrap().uid(), owner, "{}", made.display());
        }
        bed.target().undo().await.unwrap();
        assert!(!config.exists());
        bed.target().undo().await.unwrap();
        assert_eq!(fs::read_to_string(&config).unwrap(), "new");
    }
}

/// Once a config file was set aside before another one took its place.
#[tokio::test]
async fn a_restore_that_an_earlier_version_left_without_a_config_file_is_completed() {
    let (bed, config, _place) = with_config();
    let beside = |what: &str| config.with_file_name(format!(".loom-{what}-config.yaml"));
    fs::create_dir_all(config.parent().unwrap()).unwrap();
    fs::write(beside("old"), "old config").unwrap();
    fs::write(beside("new"), "new config").unwrap();
    let account =
        r#"{"format":1,"replaced_at":"2026-01-01T00:00:00Z","replaced":[],"installed":[],"config":null}"#;
    bed.put_file(".loom-restore/old/undo.json", account.as_bytes());
    let journal = format!(
        r#"{{"format":1,"moves":[{{"live":{config:?},"old":{old:?},"new":{new:?}}}],
            "folders":[],"keep":[{old:?},{kept:?}],"discard":null}}"#,
        old = beside("old"),
        new = beside("new"),
        kept = beside("undo"),
    );
    bed.put_file(".loom-restore/journal.json", journal.as_bytes());
    let target = LocalRestoreTarget::new(&bed.dir, None);
    assert_eq!(target.recover().await.unwrap(), Recovery::RolledForward);
    assert_eq!(fs::read_to_string(&config).unwrap(), "new config");
    assert_eq!(fs::read_to_string(beside("undo")).unwrap(), "old config");
    assert_eq!(all(config.parent().unwrap()).len(), 2);
}

#[tokio::test]
async fn a_folder_in_the_config_file_s_place_blocks_and_nothing_is_touched() {
    let (bed, config, _place) = with_config();
    fs::create_dir_all(&config).unwrap();
    bed.put_file("openccu-loom.db", b"old");
    let error = restore_both(&bed.target()).await.unwrap_err();
    assert!(matches!(error, TargetError::Blocked { .. }), "{error}");
    assert_eq!(bed.files()["openccu-loom.db"], b"old");
    assert_eq!(all(config.parent().unwrap()), [config]);
}

#[tokio::test]
async fn a_crash_at_any_step_leaves_data_dir_and_config_file_both_old_or_both_new() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    let mut ends = [0, 0];
    for step in 0.. {
        put_old(&bed, &config);
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        let done = restore_both(&dying).await.is_ok();
        // The command that recovers has to read it first.
        assert!(
            ["old config", "new config"].contains(&&*fs::read_to_string(&config).unwrap()),
            "step {step}"
        );
        // Recovery does not know the config file: another command may not have named it.
        LocalRestoreTarget::new(&bed.dir, None).recover().await.unwrap();
        let found = state(&bed);
        assert!(found == old || found == new, "step {step}: {found:?}");
        ends[usize::from(found == new)] += 1;
        let names = all(config.parent().unwrap());
        assert!(
            names.iter().all(|path| !path.to_str().unwrap().contains(".loom-new")),
            "step {step}: {names:?}"
        );
        assert!(
            names.iter().all(|path| !path.to_str().unwrap().contains(".loom-old")),
            "step {step}: {names:?}"
        );
        if done {
            break;
        }
    }
    assert!(ends.iter().all(|count| *count > 3), "{ends:?}");
}

#[tokio::test]
async fn a_failure_at_any_step_leaves_the_old_state_or_is_none() {
    let (bed, config, _place) = with_config();
    let mut ends = [0, 0];
    for step in 0.. {
        put_old(&bed, &config);
        let everything = (bed.everything(), all(config.parent().unwrap()));
        let failing = LocalRestoreTarget { steps: Steps::failing_at(step), ..bed.target() };
        match restore_both(&failing).await {
            Err(error) => {
                assert_eq!(state(&bed), both("old", "old config"), "step {step}: {error}");
                let found = (bed.everything(), all(config.parent().unwrap()));
                assert!(bed.has_work_files() || found == everything, "step {step}: {found:?}");
                bed.target().recover().await.unwrap();
                assert_eq!(state(&bed), both("old", "old config"), "step {step}: {error}");
                ends[0] += 1;
            }
            Ok(()) => {
                assert_eq!(state(&bed), both("new", "new config"), "step {step}");
                bed.target().undo().await.unwrap();
                assert_eq!(state(&bed), both("old", "old config"), "step {step}");
                ends[1] += 1;
                fs::remove_dir_all(&bed.dir).unwrap();
                fs::create_dir(&bed.dir).unwrap();
                // More steps than there are: none failed.
                if step > 200 {
                    break;
                }
            }
        }
    }
    assert!(ends.iter().all(|count| *count > 3), "{ends:?}");
}

#[tokio::test]
async fn a_failure_at_any_step_of_an_undo_can_be_tried_again() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    let mut ends = [0, 0];
    for step in 0..200 {
        put_old(&bed, &config);
        restore_both(&bed.target()).await.unwrap();
        let failing = LocalRestoreTarget { steps: Steps::failing_at(step), ..bed.target() };
        let done = failing.undo().await.is_ok();
        assert_eq!(state(&bed), if done { old.clone() } else { new.clone() }, "step {step}");
        bed.target().undo().await.unwrap();
        assert_eq!(state(&bed), if done { new.clone() } else { old.clone() }, "step {step}");
        ends[usize::from(done)] += 1;
    }
    assert!(ends.iter().all(|count| *count > 3), "{ends:?}");
}

#[tokio::test]
async fn a_crash_at_any_step_of_the_recovery_is_recovered_too() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    let mut crashes = 0;
    for (step, again) in (0_usize..).flat_map(|step| (0..60).map(move |again| (step, again))) {
        if again == 0 {
            crashes = 0;
        }
        // Recoveries with fewer steps than `again` are the same each time.
        if again > crashes {
            continue;
        }
        put_old(&bed, &config);
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        let done = restore_both(&dying).await.is_ok();
        let begun = bed.dir.join(".loom-restore/journal.json").exists();
        let dying = LocalRestoreTarget { steps: Steps::dying_before(again), ..bed.target() };
        // Before the journal there are only files to remove; one crash amid that is enough.
        crashes += usize::from(dying.recover().await.is_err() && (begun || again == 0));
        bed.target().recover().await.unwrap();
        let found = state(&bed);
        assert!(found == old || found == new, "steps {step}, {again}: {found:?}");
        assert!(!bed.has_work_files(), "steps {step}, {again}");
        if done {
            break;
        }
    }
}

#[tokio::test]
async fn a_crash_at_any_step_of_an_undo_leaves_both_old_or_both_new() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    for step in 0.. {
        put_old(&bed, &config);
        restore_both(&bed.target()).await.unwrap();
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        let done = dying.undo().await.is_ok();
        assert!(
            ["old config", "new config"].contains(&&*fs::read_to_string(&config).unwrap()),
            "step {step}"
        );
        LocalRestoreTarget::new(&bed.dir, None).recover().await.unwrap();
        let found = state(&bed);
        assert!(found == old || found == new, "step {step}: {found:?}");
        bed.target().undo().await.unwrap();
        assert_eq!(state(&bed), if found == old { new.clone() } else { old.clone() }, "step {step}");
        if done {
            break;
        }
    }
}
