//! A restore or undo that died, and a folder of the config file that is not mounted when it is brought to its end.
//!
//! Does NOT mount anything: the folder has another name meanwhile.

use super::*;

/// A data dir and config file that a restore, or the undo of one, is about to change; and how.
struct About {
    had_config: bool,
    undo: bool,
}

impl About {
    async fn begin(&self, bed: &Bed, config: &PathBuf) {
        put_old(bed, config);
        if !self.had_config {
            fs::remove_file(config).unwrap();
        }
        if self.undo {
            restore_both(&bed.target()).await.unwrap();
        }
    }

    async fn go_on(&self, target: &LocalRestoreTarget) -> bool {
        if self.undo { target.undo().await.is_ok() } else { restore_both(target).await.is_ok() }
    }

    fn end(&self) -> [Option<String>; 2] {
        match (self.undo, self.had_config) {
            (false, _) => both("new", "new config"),
            (true, true) => both("old", "old config"),
            (true, false) => [Some("old".to_owned()), None],
        }
    }
}

#[tokio::test]
async fn a_swap_whose_config_file_is_not_there_waits_for_it() {
    let kinds = [(true, false), (false, false), (true, true), (false, true)];
    for (about, leaves_folder) in kinds
        .map(|(had_config, undo)| About { had_config, undo })
        .iter()
        .flat_map(|about| [(about, false), (about, true)])
    {
        let mut waited = 0;
        for step in 0.. {
            let (bed, config, place) = with_config();
            let (mounted, elsewhere) = (config.parent().unwrap(), place.path().join("elsewhere"));
            about.begin(&bed, &config).await;
            let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
            if about.go_on(&dying).await {
                break;
            }
            if !bed.dir.join(".loom-restore/journal.json").exists() {
                continue;
            }
            fs::rename(mounted, &elsewhere).unwrap();
            if leaves_folder {
                fs::create_dir(mounted).unwrap();
            }
            for _ in 0..2 {
                let error = bed.target().recover().await.unwrap_err();
                let TargetError::Waits { path, reason, mend } = &error else {
                    panic!("step {step}: {error}")
                };
                assert_eq!(*path, config.display().to_string());
                assert!(reason.contains("is not there") && mend.contains("mount"), "{error}");
            }
            if leaves_folder {
                assert_eq!(all(mounted), Vec::<PathBuf>::new(), "step {step}");
                fs::remove_dir(mounted).unwrap();
            }
            fs::rename(&elsewhere, mounted).unwrap();
            assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledForward, "step {step}");
            assert_eq!(state(&bed), about.end(), "step {step}");
            waited += 1;
        }
        assert!(waited > 3, "{waited}");
    }
}

#[tokio::test]
async fn a_staged_config_file_that_somebody_removed_is_replaced_by_one_of_its_name() {
    let mut met = false;
    for step in 0.. {
        let (bed, config, _place) = with_config();
        put_old(&bed, &config);
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        if restore_both(&dying).await.is_ok() {
            break;
        }
        let staged = config.with_file_name(".loom-new-config.yaml");
        if !bed.dir.join(".loom-restore/journal.json").exists() || !staged.exists() {
            continue;
        }
        fs::remove_file(&staged).unwrap();
        fs::remove_file(config.with_file_name(".loom-old-config.yaml")).unwrap();
        let error = bed.target().recover().await.unwrap_err().to_string();
        assert!(error.contains(staged.to_str().unwrap()), "{error}");
        fs::write(&staged, "typed anew").unwrap();
        assert_eq!(bed.target().recover().await.unwrap(), Recovery::RolledForward);
        assert_eq!(state(&bed), both("new", "typed anew"));
        met = true;
    }
    assert!(met, "no step lies between the journal and the config file");
}
