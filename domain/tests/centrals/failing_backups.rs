//! Backups that fail: nothing is kept, the record says why and what to do, and only what passes is tried again.

use crate::bed::{Bed, SERIAL, id};
use bytes::Bytes;
use loom_adapter_memory::{Announcement, CcuCall, FaultPlan, Faulty};
use loom_contract::sbk_samples;
use loom_domain::ccu_backup::CcuBackupState;
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::ports::{CcuBackupFiles, CcuError};
use loom_domain::usecases::{BackUpCentral, BackUpCentralError};
use std::sync::Arc;

impl Bed {
    /// Backs up although nothing may come of it; the words on record.
    async fn fails(&self) -> CcuFailure {
        let error = self.back_up().run(self.queued("a").await, Some(SERIAL), None).await.unwrap_err();
        assert_eq!(self.files.ids(), [], "{error}");
        assert_eq!(self.ccu.sessions(), 0, "{error}");
        let stored = self.stored_backup("a").await;
        let CcuBackupState::Failed(failure) = stored.state else { panic!("{:?}", stored.state) };
        assert_eq!(failure, error.failure());
        assert_eq!((stored.contents, stored.filename), (None, None));
        failure
    }

    fn attempts(&self) -> usize {
        self.pauses.made().len() + 1
    }
}

#[tokio::test]
async fn every_damage_fails_with_its_words_and_keeps_nothing() {
    for (bytes, part, attempts) in [
        (sbk_samples::login_page(), "web page", 1),
        (sbk_samples::error_text(), "ERROR: creating backup", 1),
        (sbk_samples::cut_inner("3.87.6"), "was cut off on the CCU", 1),
        (sbk_samples::no_regadom("3.87.6"), "homematic.regadom", 1),
        (sbk_samples::escaping("3.87.6"), "not below", 1),
        (sbk_samples::damaged_inner("3.87.6"), "is damaged", 2),
        (sbk_samples::bad_sha256(), "sha256 mismatch", 2),
        (Vec::new(), "empty", 2),
    ] {
        let bed = Bed::new();
        bed.ccu.send_instead(Some(Bytes::from(bytes)));
        let failure = bed.fails().await;
        assert!(failure.reason.contains(part), "{}", failure.reason);
        assert_eq!(failure.kind, CcuFailureKind::Damaged);
        assert_eq!(bed.attempts(), attempts, "{}", failure.reason);
    }
}

#[tokio::test]
async fn a_page_is_not_fetched_to_its_end() {
    let bed = Bed::new();
    let mut page = sbk_samples::login_page();
    page.resize(10 << 20, b' ');
    bed.ccu.send_instead(Some(page.into()));
    bed.fails().await;
    assert!(bed.ccu.count(CcuCall::NextChunk) < 5);
}

#[tokio::test]
async fn a_cut_connection_is_tried_once_more_after_the_central_had_its_rest() {
    let bed = Bed::new();
    bed.ccu.cut_backups_after(Some(1000));
    let failure = bed.fails().await;
    assert_eq!(failure.kind, CcuFailureKind::Central);
    assert_eq!(bed.pauses.made(), [BackUpCentral::RETRY_AFTER]);
    assert_eq!(bed.ccu.count(CcuCall::CreateSystemBackup), 2);
    assert_eq!(bed.ccu.count(CcuCall::Farewell), 2, "no session is held during the pause");

    // Without a size nobody notices but the judge.
    let bed = Bed::new();
    bed.ccu.announce(Announcement::Nothing);
    bed.ccu.cut_backups_after(Some(1000));
    let failure = bed.fails().await;
    assert!(failure.reason.contains("cut off at byte 1000"), "{}", failure.reason);
    assert_eq!(bed.attempts(), 2);
}

#[tokio::test]
async fn the_second_attempt_may_succeed() {
    let bed = Bed::new();
    let ccu = bed.ccu.clone();
    ccu.cut_backups_after(Some(1000));
    let clock = bed.clock.clone();
    let pauses = loom_adapter_memory::MemoryPauses::moving(clock.clone())
        .with(move |_, _| ccu.cut_backups_after(None));
    let bed = Bed { pauses: Arc::new(pauses), ..bed };
    let done = bed.backed_up("a").await;
    assert!(done.filename.unwrap().ends_with("-0420.sbk"), "it tells when the second attempt began");
    assert_eq!(bed.files.ids(), [id("a")]);
}

#[tokio::test]
async fn nobody_tries_a_wrong_password_twice() {
    let bed = Bed::new();
    bed.ccu.set_unauthorized(true);
    assert!(bed.fails().await.reason.contains("does not let us in"));
    assert_eq!((bed.attempts(), bed.ccu.count(CcuCall::Identity)), (1, 1));
}

#[tokio::test]
async fn a_central_that_is_away_is_tried_twice() {
    for away in [Bed::new(), Bed::new()].into_iter().zip([true, false]) {
        let (bed, unreachable) = away;
        if unreachable {
            bed.ccu.set_unreachable(true)
        } else {
            bed.ccu.set_booting(true)
        }
        assert_eq!(bed.fails().await.kind, CcuFailureKind::Central);
        assert_eq!(bed.attempts(), 2);
    }
}

#[tokio::test]
async fn another_central_at_the_address_is_not_backed_up() {
    let bed = Bed::new();
    let error =
        bed.back_up().run(bed.queued("a").await, Some("3014F711A0001F0000000002"), None).await.unwrap_err();
    assert!(matches!(error, BackUpCentralError::AnotherCentral { .. }), "{error}");
    assert!(error.to_string().contains("another central answers at this address"), "{error}");
    assert_eq!(bed.ccu.count(CcuCall::CreateSystemBackup), 0);
}

#[tokio::test]
async fn a_central_that_says_no_is_not_asked_again() {
    let bed = Bed::new();
    bed.ccu.fail(CcuCall::CreateSystemBackup, || CcuError::Refused("not now\nhint: free space".to_owned()));
    let failure = bed.fails().await;
    assert_eq!(failure.hint.as_deref(), Some("free space"));
    assert_eq!(bed.attempts(), 1);
}

#[tokio::test]
async fn any_failure_of_the_place_for_files_is_a_failure_of_storage() {
    for method in ["CcuBackupFiles::begin", "SbkStaging::write", "SbkStaging::judge", "SbkStaging::commit"] {
        let bed = Bed::new();
        let plan = FaultPlan::fail(method, 0);
        let inner: Arc<dyn CcuBackupFiles> = Arc::new(bed.files.clone());
        let files = Arc::new(Faulty::new(inner, plan.clone()));
        let record = bed.queued("a").await;
        let error =
            bed.back_up_on(bed.store.clone(), files).run(record, Some(SERIAL), None).await.unwrap_err();
        assert!(plan.happened(), "{method}");
        assert_eq!(error.failure().kind, CcuFailureKind::Storage, "{method}");
        let stored = bed.stored_backup("a").await;
        assert_eq!(stored.state, CcuBackupState::Failed(error.failure()), "{method}");
        assert_eq!((bed.files.ids(), bed.ccu.sessions()), (Vec::new(), 0), "{method}");
        if method == "CcuBackupFiles::begin" {
            assert_eq!(bed.ccu.count(CcuCall::CreateSystemBackup), 0, "the central was bothered in vain");
        }
    }
}
