//! What happens to a config file from outside while a restore replaces it: it refuses, or somebody writes it.
//!
//! Does NOT test a restore that nobody disturbs (`config`).

use super::*;

#[tokio::test]
async fn a_failure_for_good_leaves_the_old_state_or_ends_when_it_is_mended() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    let (mut ends, mut spared) = ([0, 0], false);
    for step in 0..200 {
        put_old(&bed, &config);
        restore_both(&bed.target()).await.unwrap();
        put_old(&bed, &config);
        let failing = LocalRestoreTarget { steps: Steps::failing_for_good_at(step), ..bed.target() };
        let error = restore_both(&failing).await.err().map(|error| error.to_string());
        let begun = bed.dir.join(".loom-restore/journal.json").exists();
        if failing.steps.fail_for_good_at(&config) {
            let error = error.as_deref().unwrap_or_default();
            assert!(!begun && error.contains("/config.yaml`"), "step {step}: {error}");
            spared = true;
        }
        assert!(begun || error.is_none() || state(&bed) == old, "step {step}");
        bed.target().recover().await.unwrap();
        let found = state(&bed);
        assert!(found == old || found == new, "step {step}: {found:?}");
        ends[usize::from(found == new)] += 1;
        assert_eq!(bed.target().undo().await.unwrap().config_stays, None, "step {step}");
        assert_eq!(state(&bed), old, "step {step}");
    }
    assert!(spared, "no step replaces the config file");
    assert!(ends.iter().all(|count| *count > 3), "{ends:?}");
}

#[tokio::test]
async fn a_crash_while_a_config_file_that_refuses_is_given_up_is_recovered() {
    let (bed, config, _place) = with_config();
    let [old, new] = [both("old", "old config"), both("new", "new config")];
    let mut ends = [0, 0];
    for (step, undo) in (0..200).flat_map(|step| [(step, false), (step, true)]) {
        put_old(&bed, &config);
        restore_both(&bed.target()).await.unwrap();
        if !undo {
            put_old(&bed, &config);
        }
        let before = state(&bed);
        let target =
            LocalRestoreTarget { steps: Steps::dying_before(step).refusing(&config), ..bed.target() };
        let done = if undo { target.undo().await.is_ok() } else { restore_both(&target).await.is_ok() };
        assert!(!done, "step {step}");
        bed.target().recover().await.unwrap();
        let found = state(&bed);
        assert!(found == old || found == new, "step {step}: {found:?}");
        assert!(!bed.has_work_files(), "step {step}");
        ends[usize::from(found != before)] += 1;
        bed.target().undo().await.unwrap();
        assert_eq!(state(&bed), if undo && found == old { new.clone() } else { old.clone() }, "step {step}");
    }
    assert!(ends.iter().all(|count| *count > 3), "{ends:?}");
}

#[tokio::test]
async fn what_was_written_after_a_crash_is_kept_like_any_replaced_config_file() {
    let (bed, config, _place) = with_config();
    let mut kept = 0;
    for (step, again) in (0..200).flat_map(|step| [0, 1, 2, 3, 4].map(|again| (step, again))) {
        put_old(&bed, &config);
        let dying = LocalRestoreTarget { steps: Steps::dying_before(step), ..bed.target() };
        _ = restore_both(&dying).await;
        if !bed.dir.join(".loom-restore/journal.json").exists() || state(&bed) != both("new", "old config") {
            bed.target().recover().await.unwrap();
            continue;
        }
        fs::write(&config, "edited").unwrap();
        let dying = LocalRestoreTarget { steps: Steps::dying_before(again), ..bed.target() };
        _ = dying.recover().await;
        bed.target().recover().await.unwrap();
        assert_eq!(state(&bed), both("new", "new config"));
        let beside = config.with_file_name(".loom-undo-config.yaml");
        assert_eq!(fs::read_to_string(beside).unwrap(), "edited", "steps {step}, {again}");
        kept += 1;
    }
    assert!(kept > 4, "{kept}");
}
