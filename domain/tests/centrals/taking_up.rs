//! What an earlier run of the daemon, or another program, left in the folder of CCU backups.

use crate::bed::{Bed, central, id, now};
use async_trait::async_trait;
use loom_contract::sbk_samples;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_failure::CcuFailureKind;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuBackups, CcuFilesError};
use loom_domain::sbk::SbkVerdict;
use loom_domain::usecases::TakeUpCcuBackups;
use std::sync::Arc;

#[tokio::test]
async fn what_waited_or_ran_is_failed_with_advice() {
    let bed = Bed::new();
    bed.queued("a").await;
    let mut running = bed.queued("b").await;
    running.state = CcuBackupState::Running;
    bed.store.update_ccu_backup(&running).await.unwrap();

    let taken = bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!(taken.cut_off.len(), 2);
    for record in bed.store.list_ccu_backups().await.unwrap() {
        let CcuBackupState::Failed(failure) = record.state else { panic!("{:?}", record.state) };
        assert!(failure.reason.starts_with("the daemon ended while"), "{}", failure.reason);
        assert_eq!(failure.hint.as_deref(), Some("start it again"));
    }
    let again = bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!(again, Default::default());
}

#[tokio::test]
async fn files_of_another_program_get_records() {
    let bed = Bed::new();
    bed.files.put_bytes(id("ccu-20260608-123456"), sbk_samples::good_sbk("3.87.6"));
    bed.files.put_bytes(id("other-20260609-000000"), sbk_samples::no_hmip_identity("3.87.6"));
    bed.files.put_bytes(id("upload-20260610-111213.987"), sbk_samples::good_sbk("3.87.6"));
    bed.files.put_bytes(id("my old backup"), sbk_samples::good_sbk("3.87.6"));

    let taken = bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!((taken.adopted.len(), taken.problems.len()), (4, 0));
    let of = async |name: &str| bed.stored_backup(name).await;
    let own = of("ccu-20260608-123456").await;
    assert_eq!((own.central, own.created_at), (Some(central()), "2026-06-08T12:34:56Z".parse().unwrap()));
    assert_eq!(own.contents.unwrap().firmware.as_deref(), Some("3.87.6"));
    let other = of("other-20260609-000000").await;
    assert_eq!(other.central, None);
    assert_eq!(other.contents.unwrap().warnings.len(), 1);
    let upload = of("upload-20260610-111213.987").await;
    assert_eq!((upload.central, upload.created_at), (None, "2026-06-10T11:12:13Z".parse().unwrap()));
    assert_eq!(of("my old backup").await.created_at, now());
    assert!(bed.store.list_ccu_backups().await.unwrap().iter().all(is_completed));
    assert_eq!(bed.take_up().run(&[central()]).await.unwrap(), Default::default());
}

#[tokio::test]
async fn a_damaged_file_of_another_program_is_told_and_stays() {
    let bed = Bed::new();
    bed.files.put_bytes(id("ccu-20260608-123456"), sbk_samples::cut_outer("3.87.6"));
    for _ in 0..2 {
        bed.take_up().run(&[central()]).await.unwrap();
        let CcuBackupState::Failed(failure) = bed.stored_backup("ccu-20260608-123456").await.state else {
            panic!()
        };
        assert_eq!(failure.kind, CcuFailureKind::Damaged);
        assert!(failure.reason.contains("cut off"), "{}", failure.reason);
        assert_eq!(bed.files.ids().len(), 1);
    }
}

#[tokio::test]
async fn leftovers_of_what_was_given_up_go_and_completed_records_without_a_file_stay() {
    let bed = Bed::new();
    let done = bed.backed_up("a").await;
    let bytes = bed.files.bytes(&id("a")).unwrap();
    let completed = CcuBackup { id: id("b"), ..done };
    bed.store.create_ccu_backup(&completed).await.unwrap();
    bed.queued("c").await;
    bed.take_up().run(&[central()]).await.unwrap();
    bed.files.put_bytes(id("c"), bytes);

    bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!(bed.files.ids(), [id("a")]);
    assert_eq!(bed.stored_backup("b").await, completed);
}

#[tokio::test]
async fn a_running_record_with_a_file_that_is_not_good_is_failed_and_the_file_goes() {
    let bed = Bed::new();
    let mut running = bed.queued("a").await;
    running.state = CcuBackupState::Running;
    bed.store.update_ccu_backup(&running).await.unwrap();
    bed.files.put_bytes(id("a"), sbk_samples::cut_inner("3.87.6"));
    let taken = bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!((taken.cut_off.len(), taken.completed.len()), (1, 0));
    assert_eq!(bed.files.ids(), []);
}

#[tokio::test]
async fn a_committed_file_is_completed_even_if_its_folder_was_away_at_first() {
    for away_at_first in [false, true] {
        let (bed, done) = cut_off_after_the_commit().await;
        let bytes = bed.files.bytes(&id("a")).unwrap();
        if away_at_first {
            bed.files.remove(&id("a")).await.unwrap();
            let taken = bed.take_up().run(&[central()]).await.unwrap();
            assert_eq!((taken.cut_off.len(), taken.completed.len()), (1, 0));
            let failed = bed.stored_backup("a").await;
            assert!(matches!(failed.state, CcuBackupState::Failed(_)));
            assert_eq!((&failed.contents, &failed.filename), (&done.contents, &done.filename));
            assert_eq!(bed.take_up().run(&[central()]).await.unwrap(), Default::default());
            bed.files.put_bytes(id("a"), bytes.clone());
        }
        let taken = bed.take_up().run(&[central()]).await.unwrap();
        assert_eq!((taken.cut_off.len(), taken.completed.len()), (0, 1), "{away_at_first}");
        assert_eq!(bed.files.bytes(&id("a")), Some(bytes));
        assert_eq!(bed.stored_backup("a").await, done);
        assert_eq!(bed.take_up().run(&[central()]).await.unwrap(), Default::default());
    }
}

#[tokio::test]
async fn a_committed_file_that_got_damaged_is_told_and_stays() {
    for away_at_first in [false, true] {
        let (bed, done) = cut_off_after_the_commit().await;
        if away_at_first {
            bed.files.remove(&id("a")).await.unwrap();
            bed.take_up().run(&[central()]).await.unwrap();
        }
        bed.files.put_bytes(id("a"), sbk_samples::cut_outer("3.87.6"));
        for failed in [1, 0] {
            let taken = bed.take_up().run(&[central()]).await.unwrap();
            assert_eq!((taken.cut_off.len(), taken.completed.len()), (failed, 0));
            let record = bed.stored_backup("a").await;
            let CcuBackupState::Failed(failure) = record.state else { panic!("{:?}", record.state) };
            assert_eq!(failure.kind, CcuFailureKind::Damaged);
            assert_eq!((record.contents, bed.files.ids()), (done.contents.clone(), vec![id("a")]));
        }
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_ends_the_record_and_is_taken_up_by_a_later_start() {
    let (bed, done) = cut_off_after_the_commit().await;
    let unreadable = TakeUpCcuBackups { judging: Arc::new(Unreadable), ..bed.take_up() };
    for failed in [1, 0] {
        let taken = unreadable.run(&[central()]).await.unwrap();
        assert_eq!((taken.cut_off.len(), taken.problems.len()), (failed, 1));
        let CcuBackupState::Failed(failure) = bed.stored_backup("a").await.state else { panic!() };
        assert_eq!(failure.kind, CcuFailureKind::Cancelled);
        assert_eq!(bed.files.ids(), [id("a")]);
    }
    let taken = bed.take_up().run(&[central()]).await.unwrap();
    assert_eq!(taken.completed.len(), 1);
    assert_eq!(bed.stored_backup("a").await, done);
}

/// A disk that cannot be read.
struct Unreadable;

#[async_trait]
impl CcuBackupJudging for Unreadable {
    async fn judge(&self, id: &CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
        Err(CcuFilesError::Changed(id.clone()))
    }
}

/// The daemon ended between the commit of `a` and its last record: what there is, and what the record should be.
async fn cut_off_after_the_commit() -> (Bed, CcuBackup) {
    let bed = Bed::new();
    let done = bed.backed_up("a").await;
    let running = CcuBackup { state: CcuBackupState::Running, ..done.clone() };
    bed.store.update_ccu_backup(&running).await.unwrap();
    (bed, done)
}

fn is_completed(record: &CcuBackup) -> bool {
    matches!(record.state, CcuBackupState::Completed { .. })
}
