//! What root's restore leaves when it dies, and the daemon's user finds who may not write the folder of the config file.
//!
//! Does NOT start the daemon.

use super::*;
use crate::ordinary_user::{USER, run_case};
use std::os::unix::fs::chown;
use std::path::Path;

const CASES: &str = "restore_target::tests::config::another_user::";

/// A restore that died after `is_left` became true of its config folder's names, in a data dir of another user's.
async fn died_when(is_left: impl Fn(&Bed, &[String]) -> bool) -> (Bed, PathBuf, TempDir) {
    for step in 0.. {
        let (bed, config, place) = with_config();
        put_old(&bed, &config);
        if rustix::process::geteuid().is_root() {
            for path in all(&bed.dir).iter().chain([&bed.dir]) {
                chown(path, Some(USER), None).unwrap();
            }
        }
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        assert!(restore_both(&dying).await.is_err(), "no step leaves this");
        if is_left(&bed, &names(&config)) {
            open_to_all(place.path(), 0o755);
            open_to_all(config.parent().unwrap(), 0o555);
            return (bed, config, place);
        }
    }
    unreachable!()
}

fn names(config: &Path) -> Vec<String> {
    let names = config.parent().unwrap().read_dir().unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

fn open_to_all(folder: &Path, mode: u32) {
    fs::set_permissions(folder, Permissions::from_mode(mode)).unwrap();
}

fn bed_of_case() -> Bed {
    let dir = PathBuf::from(std::env::var_os("DATA_DIR").unwrap());
    let config = dir.with_file_name("etc").join("config.yaml");
    Bed { dir, config: Some(config) }
}

#[tokio::test]
async fn what_only_root_may_remove_is_named_and_nothing_else_stays() {
    let (bed, config, _place) =
        died_when(|bed, names| !bed.dir.join(".loom-restore/journal.json").exists() && names.len() == 3)
            .await;
    let (passed, text) = run_case(&format!("{CASES}leaves_only_the_note"), "DATA_DIR", &bed.dir);
    assert!(passed, "{text}");
    open_to_all(config.parent().unwrap(), 0o755);
    assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledBack);
    assert_eq!(bed.target().leftover(), Vec::<PathBuf>::new());
    assert_eq!((names(&config), state(&bed)), (vec!["config.yaml".to_owned()], both("old", "old config")));
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn leaves_only_the_note() {
    let bed = bed_of_case();
    let note = bed.dir.join(".loom-restore/staged-config");
    let beside = |what: &str| bed.config.clone().unwrap().with_file_name(format!(".loom-{what}-config.yaml"));
    for _ in 0..2 {
        assert_eq!(bed.target().recover().await.unwrap(), Recovery::NothingToDo);
        assert_eq!(all(&bed.dir.join(".loom-restore")), std::slice::from_ref(&note));
        assert_eq!(bed.target().leftover(), [beside("new"), beside("old")]);
    }
    for error in [bed.target().claim().await.err(), bed.target().undo().await.err()] {
        let error = error.unwrap().to_string();
        assert!(
            error.contains(".loom-new-config.yaml` is in the way: an interrupted restore left it"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_swap_that_only_root_may_complete_says_so() {
    let is_amid = |bed: &Bed, config: &str| {
        bed.dir.join(".loom-restore/journal.json").exists() && state(bed) == both("new", config)
    };
    for (edited, amid) in [(false, true), (true, true), (false, false)] {
        let (bed, config, _place) = died_when(|bed, names| match amid {
            true => is_amid(bed, "old config"),
            // Its copy has yet to get its last name.
            false => is_amid(bed, "new config") && names.contains(&".loom-old-config.yaml".to_owned()),
        })
        .await;
        if edited {
            fs::write(&config, "edited").unwrap();
        }
        let (passed, text) = run_case(&format!("{CASES}waits_for_root"), "DATA_DIR", &bed.dir);
        assert!(passed, "{text}");
        open_to_all(config.parent().unwrap(), 0o755);
        assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledForward);
        assert_eq!(state(&bed), both("new", "new config"));
    }
}

#[tokio::test]
#[ignore = "runs as the child of another test"]
async fn waits_for_root() {
    let bed = bed_of_case();
    let config = bed.config.clone().unwrap();
    for target in [bed.target(), LocalRestoreTarget::new(&bed.dir, None)] {
        let error = target.recover().await.unwrap_err();
        let TargetError::Waits { path, reason, mend } = &error else { panic!("{error}") };
        assert_eq!(*path, config.display().to_string());
        let dir = bed.dir.display();
        let command = format!(
            "run `OPENCCU_LOOM_DATA_DIR={dir} openccu-loom backup create --config {path}` as a user who may (root)"
        );
        let folder = format!("may not write `{}`", config.parent().unwrap().display());
        assert!(mend.contains(&command) && reason.contains(&folder), "{error}");
    }
}
