//! Going on with a restore: after an interruption, and after the daemon was started again.

use crate::bed::{Bed, SERIAL, consent, differences, interruption, order};
use loom_adapter_memory::CcuCall;
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use loom_domain::ports::{CcuError, CcuRestoreError, CcuRestores};
use loom_domain::usecases::{ResumeError, ResumeOrder};

/// A restore that was interrupted at apply; the central has the backup.
async fn interrupted_at_apply() -> (Bed, CcuBackup, CcuRestore) {
    let bed = Bed::new();
    bed.ccu.set_state("good times");
    let backup = bed.backed_up("a").await;
    bed.ccu.set_state("bad times");
    let unknown = CcuRestoreError::Unknown("the line broke".to_owned());
    bed.ccu.fail_restoring(CcuCall::ApplyOffer, unknown, true);
    let consent = consent();
    let record = bed.queued_restore(&backup).await;
    let ended = bed.restore().run(record, order(&backup, &consent, None)).await.unwrap();
    interruption(&ended);
    (bed, backup, ended)
}

fn resume_with(backup: &CcuBackup) -> ResumeOrder<'_> {
    ResumeOrder { backup: Some(backup), safety: None, serial: Some(SERIAL) }
}

#[tokio::test]
async fn an_unknown_apply_is_resumed_with_a_restart() {
    let (bed, backup, ended) = interrupted_at_apply().await;
    let resumed = bed.restore().resume(ended, resume_with(&backup)).await.unwrap();
    assert_eq!(differences(&resumed), [] as [&str; 0]);
    assert_eq!((bed.ccu.state(), bed.ccu.count(CcuCall::Restart)), ("good times".into(), 1));
    assert_eq!((bed.stored_restore().await, bed.ccu.sessions()), (resumed, 0));
}

#[tokio::test]
async fn a_central_that_restarts_already_is_not_told_again() {
    let (bed, backup, ended) = interrupted_at_apply().await;
    bed.ccu.restart_for_calls(5);
    bed.ccu.gateway().restart().await.unwrap();
    bed.restore().resume(ended, resume_with(&backup)).await.unwrap();
    assert_eq!(bed.ccu.count(CcuCall::Restart), 1);
}

#[tokio::test]
async fn a_central_with_a_new_password_is_resumed_on_its_way_back() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.after_restart(|ccu| ccu.set_unauthorized(true));
    let ended = bed.restored(&backup).await;
    bed.ccu.set_unauthorized(false);
    let resumed = bed.restore().resume(ended, resume_with(&backup)).await.unwrap();
    assert_eq!(differences(&resumed), [] as [&str; 0]);
    assert_eq!(bed.ccu.count(CcuCall::Restart), 1);
}

#[tokio::test]
async fn a_central_that_does_not_restart_is_told_twice_and_left_to_the_operator() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.fail(CcuCall::Restart, || CcuError::Misbehaved("a page".to_owned()));
    let ended = bed.restored(&backup).await;
    assert!(
        interruption(&ended).0.starts_with("the central has the backup, but does not restart"),
        "{ended:?}"
    );
    assert_eq!((ended.step, bed.ccu.count(CcuCall::Restart)), (CcuRestoreStep::Restart, 2));
    bed.ccu.mend(CcuCall::Restart);
    let resumed = bed.restore().resume(ended, resume_with(&backup)).await.unwrap();
    assert!(differences(&resumed).is_empty());
}

#[tokio::test]
async fn what_has_ended_or_not_begun_is_not_resumed() {
    let (bed, backup, ended) = interrupted_at_apply().await;
    let states = [
        (CcuRestoreState::Completed { differences: Vec::new() }, CcuRestoreStep::DropCaches),
        (CcuRestoreState::Queued, CcuRestoreStep::Preflight),
        (CcuRestoreState::Running, CcuRestoreStep::Apply),
        (ended.state.clone(), CcuRestoreStep::Offer),
    ];
    for (state, step) in states {
        let record = CcuRestore { state, step, ..ended.clone() };
        let error = bed.restore().resume(record, resume_with(&backup)).await.unwrap_err();
        assert!(matches!(error, ResumeError::NothingToResume { .. }), "{error}");
    }
    assert_eq!(bed.ccu.count(CcuCall::Restart), 0);
    assert_eq!(bed.stored_restore().await, ended);
}

#[tokio::test]
async fn differences_are_worked_out_again_when_only_the_caches_were_left() {
    let (bed, backup, ended) = interrupted_at_apply().await;
    bed.ccu.gateway().restart().await.unwrap();
    bed.ccu.remove_interface("BidCos-RF");
    let record = CcuRestore { state: CcuRestoreState::Running, step: CcuRestoreStep::DropCaches, ..ended };
    bed.store.update_ccu_restore(&record).await.unwrap();
    let resumed = bed.restore().resume(record, resume_with(&backup)).await.unwrap();
    assert!(differences(&resumed)[0].contains("no interface `BidCos-RF`"), "{resumed:?}");
    let steps: Vec<_> = bed.watched.restores.lock().unwrap().iter().rev().take(3).map(|r| r.step).collect();
    assert_eq!(steps, [CcuRestoreStep::DropCaches; 3], "a step on record never goes back");
}

#[tokio::test]
async fn a_restore_whose_backup_is_gone_can_be_resumed() {
    let (bed, _, ended) = interrupted_at_apply().await;
    let resumed = bed.restore().resume(ended, ResumeOrder::default()).await.unwrap();
    assert!(differences(&resumed)[0].contains("were not compared"), "{resumed:?}");
}
