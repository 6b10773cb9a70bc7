//! Restores that end anywhere, by the daemon's end or a full store: the record is never behind what was done, never claims
//! what is not so, and going on from it ends well.

use crate::bed::{Bed, Safety, consent, doubts, failure, interruption, order};
use crate::dying::{Dying, End};
use loom_adapter_memory::CcuCall;
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};
use loom_domain::ports::CcuRestores;
use loom_domain::usecases::{RefreshMemory, RefreshMode, ResumeOrder, Resumption, after_daemon_restart};
use std::sync::Arc;

/// Writes of a restore that succeeds: one per step, and the end.
const WRITES: usize = CcuRestoreStep::ALL.len() + 1;

/// A central in bad times with something cached of it, and a backup from good ones.
async fn bad_times() -> (Bed, CcuBackup) {
    let bed = Bed::new();
    bed.ccu.set_state("good times");
    let backup = bed.backed_up("a").await;
    bed.ccu.set_state("bad times");
    let central = crate::bed::central();
    bed.refresh().run(&central, &mut RefreshMemory::default(), RefreshMode::Full).await.unwrap();
    (bed, backup)
}

/// Nothing was done that the record does not know of, and nothing is claimed that is not so.
async fn agrees(bed: &Bed, at: &str) {
    let record = bed.stored_restore().await;
    let deeds = [
        (CcuCall::OfferSystemBackup, CcuRestoreStep::Offer),
        (CcuCall::ApplyOffer, CcuRestoreStep::Apply),
        (CcuCall::Restart, CcuRestoreStep::Restart),
    ];
    for (call, step) in deeds {
        assert!(bed.ccu.count(call) == 0 || record.step >= step, "{at}: {call:?} at {:?}", record.step);
    }
    assert!(bed.files.ids().len() < 2 || record.step >= CcuRestoreStep::SafetyBackup, "{at}");
    let cached = bed.cached("HmIP-RF").await;
    assert!(!cached.is_empty() || record.step == CcuRestoreStep::DropCaches, "{at}");
    if matches!(record.state, CcuRestoreState::Completed { .. }) {
        assert_eq!((bed.ccu.state(), cached.len()), ("good times".into(), 0), "{at}: claimed too early");
    }
}

/// What the daemon does with the record when it starts again, and the operator after that.
async fn goes_on(bed: &Bed, backup: &CcuBackup, at: &str) {
    let record = bed.stored_restore().await;
    let applied = bed.ccu.count(CcuCall::ApplyOffer) > 0;
    let record = match after_daemon_restart(&record) {
        Resumption::Nothing => return,
        Resumption::GoOn => record,
        Resumption::End(state) => CcuRestore { state, ..record },
    };
    bed.store.update_ccu_restore(&record).await.unwrap();
    if let CcuRestoreState::Failed(_) = record.state {
        assert!(failure(&record).reason.contains("nothing was changed") && !applied, "{at}");
        assert_eq!(bed.ccu.state(), "bad times", "{at}");
        return;
    }
    let nobody_knows = record.step == CcuRestoreStep::Apply;
    let resume = ResumeOrder { backup: Some(backup), ..ResumeOrder::default() };
    let ended = bed.restore().resume(record, resume).await.unwrap();
    let CcuRestoreState::Completed { differences } = ended.state else { panic!("{at}: {ended:?}") };
    // Whether an apply was sent, nobody knows: the operator who resumed all the same gets no false word.
    assert_eq!(differences.len(), usize::from(nobody_knows), "{at}: {differences:?}");
    assert!(differences.iter().all(|difference| doubts(difference)), "{at}: {differences:?}");
    assert_eq!(ended.step, CcuRestoreStep::DropCaches, "{at}");
    let came_back = if applied { "good times" } else { "bad times" };
    assert_eq!((bed.ccu.state(), bed.cached("HmIP-RF").await.len()), (came_back.into(), 0), "{at}");
    assert!(!bed.ccu.is_stopped(), "{at}");
}

#[tokio::test]
async fn the_daemon_may_end_at_any_write() {
    for end in [End::DeadBefore, End::DeadAfter] {
        for write in 0..=WRITES {
            let at = format!("{end:?} at write {write}");
            let (bed, backup) = bad_times().await;
            let restores: Arc<dyn CcuRestores> = bed.store.clone();
            let dying = Dying::new(restores, write, end);
            let (consent, safety) = (consent(), Safety(&bed));
            let record = bed.queued_restore(&backup).await;
            let restore = bed.restore_on(dying.clone());
            let outcome = dying.run(restore.run(record, order(&backup, &consent, Some(&safety)))).await;
            assert_eq!(outcome.is_some(), write == WRITES, "{at}");
            agrees(&bed, &at).await;
            goes_on(&bed, &backup, &at).await;
        }
    }
}

#[tokio::test]
async fn the_daemon_may_end_at_any_call_to_the_central() {
    for call in [
        CcuCall::HasSecurityKey,
        CcuCall::CreateSystemBackup,
        CcuCall::OfferSystemBackup,
        CcuCall::ApplyOffer,
        CcuCall::Restart,
        CcuCall::IsReady,
    ] {
        let at = format!("{call:?}");
        let (bed, backup) = bad_times().await;
        let calls = bed.ccu.count(call);
        bed.ccu.hang(call);
        let (consent, safety) = (consent(), Safety(&bed));
        let record = bed.queued_restore(&backup).await;
        let restore = bed.restore();
        tokio::select! {
            biased;
            outcome = restore.run(record, order(&backup, &consent, Some(&safety))) => panic!("{at}: {outcome:?}"),
            () = bed.ccu.until_called(call, calls + 1) => {}
        }
        bed.ccu.let_go(call);
        agrees(&bed, &at).await;
        if call == CcuCall::ApplyOffer {
            // It was asked and held up: nobody knows, so nobody but the operator goes on.
            let record = bed.stored_restore().await;
            let Resumption::End(state) = after_daemon_restart(&record) else { panic!("{record:?}") };
            interruption(&CcuRestore { state, ..record });
            assert_eq!(bed.ccu.state(), "bad times");
        } else {
            goes_on(&bed, &backup, &at).await;
        }
    }
}

#[tokio::test]
async fn a_full_store_stops_the_restore_and_the_error_says_how_far_it_got() {
    for write in 0..WRITES {
        let at = format!("full at write {write}");
        let (bed, backup) = bad_times().await;
        let restores: Arc<dyn CcuRestores> = bed.store.clone();
        let full = Dying::new(restores, write, End::Full);
        let (consent, safety) = (consent(), Safety(&bed));
        let record = bed.queued_restore(&backup).await;
        let restore = bed.restore_on(full);
        let error = restore.run(record, order(&backup, &consent, Some(&safety))).await.unwrap_err();
        let stored = bed.stored_restore().await;
        assert_eq!(
            *error.record,
            CcuRestore { safety_backup: error.record.safety_backup.clone(), ..stored },
            "{at}"
        );
        let unchanged =
            error.to_string().contains("nothing was changed") || error.to_string().contains("did not begin");
        assert_eq!(unchanged, error.record.step < CcuRestoreStep::Apply, "{error}");
        assert_eq!(bed.ccu.sessions(), 0, "{at}");
        agrees(&bed, &at).await;
        goes_on(&bed, &backup, &at).await;
    }
}

#[tokio::test]
async fn the_doubt_outlasts_the_daemon_and_the_central_restarts_once() {
    // One write per step from `restart` on, and the end.
    for (end, write) in
        [End::DeadBefore, End::DeadAfter].into_iter().flat_map(|end| (0..5).map(move |write| (end, write)))
    {
        let at = format!("{end:?} at write {write}");
        let (bed, backup) = bad_times().await;
        bed.ccu.hang(CcuCall::ApplyOffer);
        let (consent, record) = (consent(), bed.queued_restore(&backup).await);
        let restore = bed.restore();
        tokio::select! {
            biased;
            outcome = restore.run(record, order(&backup, &consent, None)) => panic!("{at}: {outcome:?}"),
            () = bed.ccu.until_called(CcuCall::ApplyOffer, 1) => {}
        }
        bed.ccu.let_go(CcuCall::ApplyOffer);
        let restores: Arc<dyn CcuRestores> = bed.store.clone();
        let dying = Dying::new(restores, write, end);
        let resume = ResumeOrder { backup: Some(&backup), ..ResumeOrder::default() };
        let interrupted = taken_up(&bed).await.unwrap();
        let dead = dying.run(bed.restore_on(dying.clone()).resume(interrupted, resume)).await;
        assert!(dead.is_none(), "{at}: {dead:?}");
        if let Some(interrupted) = taken_up(&bed).await {
            assert_eq!(interrupted.step, CcuRestoreStep::Apply, "{at}");
            bed.restore().resume(interrupted, resume).await.unwrap();
        }
        let CcuRestoreState::Completed { differences } = bed.stored_restore().await.state else {
            panic!("{at}")
        };
        assert!(differences.len() == 1 && doubts(&differences[0]), "{at}: {differences:?}");
        assert_eq!(bed.ccu.count(CcuCall::Restart), 1, "{at}");
    }
}

/// The record as the start of the daemon leaves it, if the operator has to decide.
async fn taken_up(bed: &Bed) -> Option<CcuRestore> {
    let record = bed.stored_restore().await;
    match after_daemon_restart(&record) {
        Resumption::End(state) => Some(CcuRestore { state, ..record }),
        Resumption::Nothing => None,
        Resumption::GoOn => panic!("{record:?}"),
    }
}
