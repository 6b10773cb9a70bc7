//! Going on with a restore: after an interruption, and after the daemon was started again.

use crate::bed::{Bed, SERIAL, consent, differences, doubts, facts, interruption, order};
use loom_adapter_memory::{CcuCall, MemoryClock, MemoryPauses};
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use loom_domain::ports::{CcuError, CcuRestoreError, CcuRestores};
use loom_domain::usecases::{ResumeError, ResumeOrder};
use std::sync::Arc;

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
    assert!(differences(&resumed).len() == 1 && doubts(&differences(&resumed)[0]), "{resumed:?}");
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
    assert!(differences(&resumed)[1].contains("were not compared"), "{resumed:?}");
}

/// A restore whose daemon ended after `restart` went on record and before the central was told; the central has the
/// backup. What happens during each pause can be given.
async fn ended_at_restart(
    meanwhile: impl Fn(&Bed, usize) + Send + Sync + 'static,
) -> (Bed, CcuBackup, CcuRestore) {
    let (bed, backup, ended) = interrupted_at_apply().await;
    let clock: MemoryClock = bed.clock.clone();
    let (seen, pauses) = (bed.pauses_of(Arc::default()), MemoryPauses::moving(clock));
    let pauses = pauses.with(move |before, _| meanwhile(&seen, before));
    let record = CcuRestore { state: CcuRestoreState::Running, step: CcuRestoreStep::Restart, ..ended };
    bed.store.update_ccu_restore(&record).await.unwrap();
    (bed.pauses_of(Arc::new(pauses)), backup, record)
}

impl Bed {
    /// The same bed with other pauses.
    fn pauses_of(&self, pauses: Arc<MemoryPauses>) -> Self {
        let (ccu, files, store) = (self.ccu.clone(), self.files.clone(), self.store.clone());
        let (progress, watched) = (self.progress.clone(), self.watched.clone());
        Self { ccu, files, store, clock: self.clock.clone(), pauses, progress, watched }
    }
}

#[tokio::test]
async fn a_central_that_has_restarted_meanwhile_is_not_told_again() {
    for later in [0, 3 * 24] {
        let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
        bed.ccu.restart_for_calls(0);
        bed.ccu.gateway().restart().await.unwrap();
        bed.clock.set(crate::bed::now() + jiff::SignedDuration::from_hours(later));
        let resumed = bed.restore().resume(record, resume_with(&backup)).await.unwrap();
        assert_eq!(differences(&resumed), [] as [&str; 0]);
        assert_eq!(bed.ccu.count(CcuCall::Restart), 1, "{later} hours later");
    }
}

#[tokio::test]
async fn an_unreachable_central_has_not_restarted_by_that() {
    let (bed, backup, record) = ended_at_restart(|bed, before| bed.ccu.set_unreachable(before < 4)).await;
    bed.ccu.set_unreachable(true);
    let resumed = bed.restore().resume(record, resume_with(&backup)).await.unwrap();
    assert_eq!(differences(&resumed), [] as [&str; 0]);
    assert_eq!((bed.ccu.state(), bed.ccu.count(CcuCall::Restart)), ("good times".into(), 1));
}

#[tokio::test]
async fn a_central_that_stays_unreachable_is_left_to_the_operator_and_can_be_resumed() {
    let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
    bed.ccu.set_unreachable(true);
    let ended = bed.restore().resume(record.clone(), resume_with(&backup)).await.unwrap();
    let (reason, hint) = interruption(&ended);
    assert!(
        reason.starts_with("the central did not answer within 30 minutes, so it is not known"),
        "{reason}"
    );
    assert!(hint.ends_with("then resume the restore"), "{hint}");
    assert_eq!((ended.step, ended.updated_at), (CcuRestoreStep::Restart, record.updated_at));
    bed.ccu.set_unreachable(false);
    bed.restore().resume(ended, resume_with(&backup)).await.unwrap();
    assert_eq!((bed.ccu.state(), bed.ccu.count(CcuCall::Restart)), ("good times".into(), 1));
}

#[tokio::test]
async fn a_central_that_lets_us_in_no_more_is_a_sign_of_its_restart() {
    let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
    bed.ccu.set_unauthorized(true);
    let ended = bed.restore().resume(record, resume_with(&backup)).await.unwrap();
    let (reason, hint) = interruption(&ended);
    assert!(reason.contains("a sign that it took the backup over and restarted"), "{reason}");
    assert!(hint.contains("to those from the time of the backup"), "{hint}");
    assert_eq!(bed.ccu.count(CcuCall::Restart), 0);
}

#[tokio::test]
async fn a_central_that_cannot_tell_its_uptime_is_told() {
    let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
    bed.ccu.fail(CcuCall::UpFor, || CcuError::Refused("it cannot run scripts".to_owned()));
    bed.restore().resume(record, resume_with(&backup)).await.unwrap();
    assert_eq!(bed.ccu.count(CcuCall::Restart), 1);
}

#[tokio::test]
async fn another_central_at_the_address_is_not_restarted() {
    let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
    bed.ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6.20260101"));
    // Without a configured number, that in the safety backup counts, else that in a backup of the same central.
    let of_safety = ResumeOrder { backup: None, safety: Some(&backup), serial: None };
    let of_backup = ResumeOrder { backup: Some(&backup), ..ResumeOrder::default() };
    for known in [of_safety, of_backup, resume_with(&backup)] {
        let ended = bed.restore().resume(record.clone(), known).await.unwrap();
        assert!(interruption(&ended).0.starts_with("another central answers at this address"), "{ended:?}");
    }
    assert_eq!(bed.ccu.count(CcuCall::Restart), 0);
}

#[tokio::test]
async fn another_central_that_comes_back_is_not_taken_for_the_one_of_the_safety_backup() {
    let (bed, backup, record) = ended_at_restart(|_, _| {}).await;
    bed.ccu.after_restart(|ccu| ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6.20260101")));
    let known = ResumeOrder { backup: None, safety: Some(&backup), serial: None };
    let ended = bed.restore().resume(record, known).await.unwrap();
    assert!(interruption(&ended).0.starts_with("another central answers at this address"), "{ended:?}");
}

#[tokio::test]
async fn counts_that_changed_to_those_of_the_backup_leave_no_doubt() {
    let (bed, backup, ended) = interrupted_at_apply().await;
    bed.ccu.put_interface("HmIP-RF", crate::bed::devices(1));
    let before = bed.backed_up("before").await;
    bed.ccu.after_restart(|ccu| ccu.put_interface("HmIP-RF", crate::bed::devices(4)));
    let order = ResumeOrder { safety: Some(&before), ..resume_with(&backup) };
    let resumed = bed.restore().resume(ended, order).await.unwrap();
    assert_eq!(differences(&resumed), [] as [&str; 0]);
}

#[tokio::test]
async fn a_central_that_did_not_hear_and_did_not_restart_is_told_again() {
    let clock = MemoryClock::new(crate::bed::now());
    let bed = Bed::with_pauses(clock.clone(), Arc::default());
    bed.ccu.set_state("good times");
    let backup = bed.backed_up("a").await;
    bed.ccu.set_state("bad times");
    let ccu = bed.ccu.clone();
    ccu.fail(CcuCall::Restart, || CcuError::Unavailable("no way there".into()));
    let pauses = MemoryPauses::moving(clock).with(move |before, _| {
        ccu.set_unreachable(before < 3);
        if before >= 3 {
            ccu.mend(CcuCall::Restart);
        }
    });
    let bed = bed.pauses_of(Arc::new(pauses));
    let ended = bed.restored(&backup).await;
    assert_eq!(differences(&ended), [] as [&str; 0]);
    assert_eq!((bed.ccu.state(), bed.ccu.count(CcuCall::Restart)), ("good times".into(), 2));
}
