//! Backups that end anywhere, by the daemon's end, a full store or a cancel: the next start finds out what is true.

use crate::bed::{Bed, SERIAL, central, id};
use crate::dying::{Dying, End};
use loom_adapter_memory::CcuCall;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::central::CentralName;
use loom_domain::ports::CcuBackups;
use loom_domain::usecases::{BackUpCentralError, TakenUp};
use std::sync::Arc;

/// Writes of a backup that succeeds: running, what is known, completed.
const WRITES: usize = 3;

#[tokio::test]
async fn whichever_write_ends_it_record_and_file_agree_after_the_next_start() {
    for end in [End::Full, End::DeadBefore, End::DeadAfter] {
        for at in 0..=WRITES {
            let bed = Bed::new();
            let records: Arc<dyn CcuBackups> = bed.store.clone();
            let dying = Dying::new(records, at, end);
            let record = bed.queued("a").await;
            let back_up = bed.back_up_on(dying.clone(), Arc::new(bed.files.clone()));
            let outcome = dying.run(back_up.run(record, Some(SERIAL), None)).await;
            assert_eq!(dying.came_to_it(), at < WRITES, "{end:?} {at}");

            let state = bed.stored_backup("a").await.state;
            let has_file = bed.files.ids() == [id("a")];
            if matches!(state, CcuBackupState::Completed { .. }) {
                assert!(has_file, "{end:?} {at}: completed without a file");
            }
            match outcome {
                Some(Ok(_)) => assert_eq!(at, WRITES),
                Some(Err(BackUpCentralError::RecordLags { .. })) => assert!(has_file && at == WRITES - 1),
                Some(Err(error)) => {
                    assert!(!has_file, "{end:?} {at}: {error}");
                    assert!(error.to_string().contains("the record could not be written either"), "{error}");
                    assert_eq!(bed.ccu.sessions(), 0);
                }
                None => assert_ne!(end, End::Full),
            }

            bed.take_up().run(&[central()]).await.unwrap();
            let record = bed.stored_backup("a").await;
            match record.state {
                CcuBackupState::Completed { size_bytes, .. } => {
                    assert_eq!(bed.files.bytes(&id("a")).unwrap().len() as u64, size_bytes);
                    assert_eq!(record.contents.unwrap().devices.len(), 2, "{end:?} {at}");
                    assert!(record.filename.is_some());
                }
                CcuBackupState::Failed(_) => assert_eq!(bed.files.ids(), [], "{end:?} {at}"),
                other => panic!("{end:?} {at}: {other:?}"),
            }
            assert_eq!(has_file, bed.files.ids() == [id("a")], "{end:?} {at}: a good file went");
        }
    }
}

#[tokio::test]
async fn a_record_that_lags_is_completed_without_a_start_and_its_file_stays() {
    let bed = Bed::new();
    let records: Arc<dyn CcuBackups> = bed.store.clone();
    let full = Dying::new(records, WRITES - 1, End::Full);
    let back_up = bed.back_up_on(full, Arc::new(bed.files.clone()));
    let outcome = back_up.run(bed.queued("a").await, Some(SERIAL), None).await;
    assert!(matches!(outcome, Err(BackUpCentralError::RecordLags { .. })), "{outcome:?}");
    bed.queued("b").await;
    let next = bed.queued("c").await;

    let taken = bed.take_up().close_what_broke_off(&next, &broke_off()).await.unwrap();
    assert_eq!((taken.completed.len(), taken.cut_off.len(), taken.problems.len()), (1, 1, 0));
    assert!(matches!(bed.stored_backup("a").await.state, CcuBackupState::Completed { .. }));
    assert_eq!(bed.stored_backup("b").await.state, CcuBackupState::Failed(broke_off()));
    assert_eq!(bed.stored_backup("c").await, next);
    assert_eq!(bed.files.ids(), [id("a")]);
}

#[tokio::test]
async fn what_broke_off_at_another_central_is_left_alone() {
    let bed = Bed::new();
    let record = bed.queued("a").await;
    let another = CentralName::parse("another").unwrap();
    let next = CcuBackup { id: id("b"), central: Some(another), ..record.clone() };
    let taken = bed.take_up().close_what_broke_off(&next, &broke_off()).await.unwrap();
    assert_eq!(taken, TakenUp::default());
    assert_eq!(bed.stored_backup("a").await, record);
}

#[tokio::test]
async fn a_cancel_at_any_call_to_the_central_leaves_no_file_and_a_record_that_says_so() {
    for call in [
        CcuCall::Identity,
        CcuCall::ListInterfaces,
        CcuCall::ListCcuDevices,
        CcuCall::CreateSystemBackup,
        CcuCall::NextChunk,
    ] {
        let bed = Bed::new();
        bed.ccu.hang(call);
        let back_up = bed.back_up();
        let record = bed.queued("a").await;
        tokio::select! {
            biased;
            outcome = back_up.run(record, Some(SERIAL), None) => panic!("{outcome:?}"),
            () = bed.ccu.until_called(call, 1) => {}
        }
        assert_eq!(bed.stored_backup("a").await.state, CcuBackupState::Running, "{call:?}");
        let given_up = bed.give_up().run(&id("a"), cancelled()).await.unwrap();
        assert_eq!(given_up.unwrap().state, CcuBackupState::Failed(cancelled()));
        assert_eq!(bed.stored_backup("a").await.state, CcuBackupState::Failed(cancelled()), "{call:?}");
        assert_eq!(bed.files.ids(), [], "{call:?}");
    }
}

#[tokio::test]
async fn giving_up_removes_a_file_that_was_just_committed() {
    let bed = Bed::new();
    let mut record = bed.backed_up("a").await;
    record.state = CcuBackupState::Running;
    bed.store.update_ccu_backup(&record).await.unwrap();
    bed.give_up().run(&id("a"), cancelled()).await.unwrap().unwrap();
    assert_eq!(bed.files.ids(), []);
}

#[tokio::test]
async fn what_has_ended_cannot_be_given_up() {
    let bed = Bed::new();
    let done = bed.backed_up("a").await;
    assert_eq!(bed.give_up().run(&id("a"), cancelled()).await.unwrap(), None);
    assert_eq!(bed.give_up().run(&id("unknown"), cancelled()).await.unwrap(), None);
    assert_eq!((bed.stored_backup("a").await, bed.files.ids()), (done, vec![id("a")]));
}

fn broke_off() -> CcuFailure {
    CcuFailure { kind: CcuFailureKind::Other, reason: "the job broke off".to_owned(), hint: None }
}

fn cancelled() -> CcuFailure {
    CcuFailure { kind: CcuFailureKind::Cancelled, reason: "cancelled by `anna`".to_owned(), hint: None }
}
