//! Restores that are not carried out: before anything is changed, and in the middle, where the central needs care.

use crate::bed::{Bed, consent, facts, failure, id, interruption, order};
use async_trait::async_trait;
use loom_adapter_memory::CcuCall;
use loom_contract::sbk_samples;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupState};
use loom_domain::ccu_failure::CcuFailureKind;
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreStep};
use loom_domain::ports::{CcuError, CcuRestoreError};
use loom_domain::secret::SecretText;
use loom_domain::usecases::{BackUpCentralError, RestoreConsent, RestoreOrder, SafetyBackup};

impl Bed {
    /// Tries a restore that must change nothing.
    async fn refused(&self, order: RestoreOrder<'_>) -> CcuRestore {
        let (state, applies) = (self.ccu.state(), self.ccu.count(CcuCall::ApplyOffer));
        let record = self.queued_restore(order.backup).await;
        let ended = self.restore().run(record, order).await.unwrap();
        assert!(failure(&ended).reason.ends_with("; nothing was changed on the central"), "{ended:?}");
        assert_eq!((self.ccu.state(), self.ccu.count(CcuCall::ApplyOffer)), (state, applies));
        assert_eq!(self.ccu.sessions(), 0);
        assert_eq!(self.stored_restore().await, ended);
        ended
    }
}

#[tokio::test]
async fn without_consent_the_central_is_not_even_asked() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    let before = bed.ccu.count(CcuCall::Identity);
    let ended = bed.refused(order(&backup, &RestoreConsent::default(), None)).await;
    assert!(failure(&ended).hint.as_ref().unwrap().contains("type `ccu`"));
    assert_eq!(bed.ccu.count(CcuCall::Identity), before);
}

#[tokio::test]
async fn a_backup_of_another_unit_is_refused_by_what_the_central_says() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6.20260101"));
    let consent = consent();
    let unknown = RestoreOrder { serial: None, ..order(&backup, &consent, None) };
    assert!(failure(&bed.refused(unknown).await).reason.contains("the unit with serial number"));
}

#[tokio::test]
async fn another_central_than_the_known_one_is_left_alone() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6.20260101"));
    let ended = bed.refused(order(&backup, &consent(), None)).await;
    assert!(failure(&ended).reason.contains("another central answers"), "{ended:?}");
}

#[tokio::test]
async fn the_file_is_judged_again_before_it_goes_anywhere() {
    type Plant = fn() -> Vec<u8>;
    let cases: [(Plant, &str); 3] = [
        (|| sbk_samples::cut_inner("3.87.6"), "is damaged"),
        (|| sbk_samples::good_sbk("3.87.6"), "its SHA-256 is another"),
        (|| sbk_samples::commanding(), "as a command"),
    ];
    for (plant, part) in cases {
        let bed = Bed::new();
        let backup = bed.backed_up("a").await;
        bed.files.put_bytes(id("a"), plant());
        let ended = bed.refused(order(&backup, &consent(), None)).await;
        assert!(failure(&ended).reason.contains(part), "{ended:?}");
        assert_eq!(failure(&ended).kind, CcuFailureKind::Damaged);
        assert_eq!(bed.ccu.count(CcuCall::OfferSystemBackup), 0);
    }
}

#[tokio::test]
async fn a_backup_that_is_not_there_or_not_completed_is_refused() {
    let bed = Bed::new();
    let mut backup = bed.queued("a").await;
    assert!(failure(&bed.refused(order(&backup, &consent(), None)).await).reason.contains("not completed"));
    let bed = Bed::new();
    backup.state = CcuBackupState::Completed { size_bytes: 1, sha256: "0".repeat(64) };
    assert!(failure(&bed.refused(order(&backup, &consent(), None)).await).reason.contains("does not exist"));
}

#[tokio::test]
async fn a_backup_of_newer_firmware_is_refused() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_facts(facts(crate::bed::SERIAL, "3.85.7"));
    let ended = bed.refused(order(&backup, &consent(), None)).await;
    assert!(failure(&ended).hint.as_ref().unwrap().contains("update the central's firmware"), "{ended:?}");
}

#[tokio::test]
async fn a_missing_or_wrong_key_is_refused_before_anything_is_sent() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_security_key(Some("Geheim_123"));
    let ended = bed.refused(order(&backup, &consent(), None)).await;
    assert!(failure(&ended).reason.contains("has a security key of its own"), "{ended:?}");

    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_security_key(Some("Geheim_123"));
    let (consent, wrong) = (consent(), SecretText::new("Falsch_123"));
    let with_key = RestoreOrder { security_key: Some(&wrong), ..order(&backup, &consent, None) };
    let ended = bed.refused(with_key).await;
    assert!(failure(&ended).reason.contains("is not the one of the central"), "{ended:?}");
    assert_eq!(bed.ccu.count(CcuCall::OfferSystemBackup), 0);
}

#[tokio::test]
async fn a_key_only_the_central_asks_for_stops_before_apply() {
    let bed = Bed::new();
    // Its own words say that it has no key; to the central its signature is another.
    bed.files.put_bytes(id("a"), sbk_samples::good_sbk("3.87.6"));
    bed.take_up().run(&[crate::bed::central()]).await.unwrap();
    let mut backup = bed.stored_backup("a").await;
    backup.central = Some(crate::bed::central());
    let ended = bed.refused(order(&backup, &consent(), None)).await;
    assert_eq!(ended.step, CcuRestoreStep::Offer);
    assert!(
        failure(&ended).hint.as_ref().unwrap().contains("the backup is damaged: use another one"),
        "{ended:?}"
    );
}

#[tokio::test]
async fn no_safety_backup_no_restore() {
    struct Never;
    #[async_trait]
    impl SafetyBackup for Never {
        async fn take(&self) -> Result<CcuBackup, BackUpCentralError> {
            Err(CcuError::Refused("no\nhint: free space on the central".to_owned()).into())
        }
    }
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    let ended = bed.refused(order(&backup, &consent(), Some(&Never))).await;
    assert!(
        failure(&ended).reason.starts_with("no safety backup of the central could be taken"),
        "{ended:?}"
    );
    assert_eq!(failure(&ended).hint.as_deref(), Some("free space on the central"));
    assert_eq!(ended.step, CcuRestoreStep::SafetyBackup);
}

#[tokio::test]
async fn what_the_central_does_not_accept_changes_nothing() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    let error = CcuRestoreError::NotAccepted("no".to_owned());
    bed.ccu.fail_restoring(CcuCall::OfferSystemBackup, error, false);
    let ended = bed.refused(order(&backup, &consent(), None)).await;
    assert!(failure(&ended).reason.contains("does not accept the file"), "{ended:?}");
    assert_eq!(bed.ccu.count(CcuCall::Revive), 0, "nothing was stopped");
}

/// A bed where applying ends in `error`, and how the restore ended.
async fn apply_ends_in(error: CcuRestoreError, although_done: bool) -> (Bed, CcuRestore) {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.set_state("bad times");
    bed.ccu.fail_restoring(CcuCall::ApplyOffer, error, although_done);
    let ended = bed.restored(&backup).await;
    assert_eq!(ended.step, CcuRestoreStep::Apply);
    assert_eq!(bed.ccu.count(CcuCall::Restart), 0);
    (bed, ended)
}

#[tokio::test]
async fn what_was_stopped_in_vain_is_started_again() {
    let (bed, ended) = apply_ends_in(not_applied(), false).await;
    assert!(failure(&ended).reason.ends_with("the central keeps its state"), "{ended:?}");
    assert_eq!(failure(&ended).hint.as_deref(), Some("make room"));
    assert!(!bed.ccu.is_stopped());
    assert_eq!(bed.ccu.count(CcuCall::Revive), 1);
}

fn not_applied() -> CcuRestoreError {
    CcuRestoreError::NotApplied { reason: "no space\nhint: make room".to_owned(), pending: false }
}

#[tokio::test]
async fn what_is_refused_first_stops_nothing() {
    for error in [
        CcuRestoreError::NotTheKeyOfTheBackup,
        CcuRestoreError::NotTheKeyOfTheCentral,
        CcuRestoreError::FirmwareTooOld,
        CcuRestoreError::NotAccepted("no".to_owned()),
    ] {
        let (bed, ended) = apply_ends_in(error, false).await;
        assert!(failure(&ended).reason.ends_with("; nothing was changed on the central"), "{ended:?}");
        assert!(failure(&ended).hint.is_some());
        assert!(!bed.ccu.is_stopped());
        assert_eq!(bed.ccu.count(CcuCall::Revive), 0, "that would be minutes without HmIP");
    }
}

#[tokio::test]
async fn a_central_of_old_firmware_may_not_keep_its_state() {
    let bed = Bed::new();
    bed.ccu.set_facts(facts(crate::bed::SERIAL, "2.61.7"));
    let backup = bed.backed_up("a").await;
    bed.ccu.fail_restoring(CcuCall::ApplyOffer, not_applied(), false);
    let ended = bed.restored(&backup).await;
    let reason = &failure(&ended).reason;
    assert!(reason.contains("it is unknown whether the central keeps its state"), "{reason}");
}

#[tokio::test]
async fn a_backup_that_stays_pending_is_told() {
    let error = CcuRestoreError::NotApplied { reason: "no coprocessor".to_owned(), pending: true };
    let (bed, ended) = apply_ends_in(error, true).await;
    assert!(failure(&ended).reason.contains("its next restart may apply it"), "{ended:?}");
    assert!(!bed.ccu.is_stopped() && bed.ccu.has_pending());
}

#[tokio::test]
async fn a_central_that_stays_stopped_is_told() {
    let bed = Bed::new();
    let backup = bed.backed_up("a").await;
    bed.ccu.fail_restoring(CcuCall::ApplyOffer, not_applied(), false);
    bed.ccu.fail(CcuCall::Revive, || CcuError::Refused("no".to_owned()));
    let ended = bed.restored(&backup).await;
    assert!(
        failure(&ended).reason.contains("could not be started again: the central refused: no"),
        "{ended:?}"
    );
    assert!(failure(&ended).hint.as_ref().unwrap().contains("restart the central"));
}

#[tokio::test]
async fn an_apply_nobody_knows_the_end_of_is_left_to_the_operator() {
    for error in [
        CcuRestoreError::Unknown("the line broke".to_owned()),
        CcuError::Unavailable("the line broke".into()).into(),
        CcuError::Misbehaved("a page".to_owned()).into(),
    ] {
        let (bed, ended) = apply_ends_in(error, true).await;
        assert!(interruption(&ended).1.contains("resume the restore"), "{ended:?}");
        assert_eq!(bed.ccu.count(CcuCall::Revive), 0, "it may be at it");
    }
}

#[tokio::test]
async fn a_central_that_was_not_asked_to_apply_is_not_meddled_with() {
    let not_asked: [fn() -> CcuError; 3] = [
        || CcuError::NotReady("it is busy".to_owned()),
        || CcuError::Unavailable("no way there".into()),
        || CcuError::Misbehaved("the session could not be renewed".to_owned()),
    ];
    for error in not_asked {
        let bed = Bed::new();
        let backup = bed.backed_up("a").await;
        bed.ccu.fail(CcuCall::ApplyOffer, error);
        let ended = bed.restored(&backup).await;
        assert!(failure(&ended).reason.ends_with("nothing was changed on the central"), "{ended:?}");
        assert_eq!(bed.ccu.count(CcuCall::Revive), 0);
    }
}
