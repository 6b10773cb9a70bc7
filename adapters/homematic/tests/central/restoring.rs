//! Giving a system backup back: each answer of a central becomes an error of its own, or the next step.

use crate::bed::{Bed, FLAVOURS, assert_says, assert_unauthorized, content};
use loom_contract::ccu_gateway::CcuBed as _;
use loom_domain::ports::{CcuError, CcuGateway, CcuRestoreError, OfferedSystemBackup};
use loom_sim_ccu::{Fault, Flavour, SimConfig};
use std::time::Duration;

async fn offer(gateway: &dyn CcuGateway, backup: &[u8]) -> Result<OfferedSystemBackup, CcuRestoreError> {
    gateway.offer_system_backup(backup.len() as u64, content(backup)).await
}

/// The error of applying a good backup with this fault on.
async fn not_applied(flavour: Flavour, fault: Fault) -> (Bed, CcuRestoreError) {
    let bed = Bed::new(flavour).await;
    let backup = bed.backup().await;
    let gateway = bed.gateway();
    offer(&*gateway, &backup).await.unwrap();
    bed.sim.inject(fault);
    let error = gateway.apply_offer(None).await.unwrap_err();
    gateway.farewell().await;
    (bed, error)
}

#[tokio::test]
async fn a_large_backup_goes_back_in_one_session() {
    for flavour in FLAVOURS {
        let bed = Bed::with(SimConfig::new(flavour).backup_size_mib(3)).await;
        let backup = bed.backup().await;
        bed.change_state().await;
        let logins = bed.sim.observed().logins;
        let gateway = bed.gateway();
        assert!(!offer(&*gateway, &backup).await.unwrap().wants_key);
        gateway.apply_offer(None).await.unwrap();
        gateway.restart().await.unwrap();
        bed.back_after_restart().await;
        let seen = bed.sim.observed();
        assert_eq!(bed.state().await, "10 devices");
        assert_eq!((seen.restores_applied, seen.boots, seen.logins - logins), (1, 1, 1));
        assert_eq!(seen.violations, Vec::<String>::new());
        let uploads = if flavour == Flavour::OpenCcu { "POST fileupload.ccc" } else { "POST backup_upload" };
        assert_eq!(seen.page(uploads), 1);
    }
}

#[tokio::test]
async fn a_file_the_central_refuses_is_not_accepted() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let backup = bed.backup().await;
        bed.sim.inject(Fault::RestoreInvalidFile);
        let error = offer(&*bed.gateway(), &backup).await.unwrap_err();
        assert!(matches!(error, CcuRestoreError::NotAccepted(_)));
        assert_says(&error, &["does not accept the file as a system backup"]);
    }
}

#[tokio::test]
async fn a_session_that_got_lost_before_an_upload_is_replaced_before_it() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let backup = bed.backup().await;
        let gateway = bed.gateway();
        gateway.has_security_key().await.unwrap();
        bed.sim.drop_sessions();
        offer(&*gateway, &backup).await.unwrap();
    }
}

#[tokio::test]
async fn a_login_page_during_an_offer_is_a_lack_of_rights() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let backup = bed.backup().await;
        bed.sim.inject(Fault::LoginPage);
        let error = offer(&*bed.gateway(), &backup).await.unwrap_err();
        let CcuRestoreError::Ccu(error) = error else { panic!("{error}") };
        assert_unauthorized(&error);
        assert_says(&error, &["its login page came instead of"]);
    }
}

#[tokio::test]
async fn a_session_that_is_lost_during_an_offer_is_replaced() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let backup = bed.backup().await;
    // The page of uploads does not know this fault, so the first page after it does.
    bed.sim.inject_once(Fault::LoginPage);
    let gateway = bed.gateway();
    offer(&*gateway, &backup).await.unwrap();
    gateway.apply_offer(None).await.unwrap();
    gateway.farewell().await;
    let seen = bed.sim.observed();
    assert_eq!((seen.page("POST fileupload.ccc"), seen.open_sessions), (1, 0));
}

#[tokio::test]
async fn a_newer_backup_needs_newer_firmware() {
    for flavour in FLAVOURS {
        let (bed, error) = not_applied(flavour, Fault::RestoreNeedsFirmware).await;
        assert!(matches!(error, CcuRestoreError::FirmwareTooOld));
        assert_says(&error, &["update the central's firmware"]);
        assert!(bed.sim.hmip_runs());
    }
}

#[tokio::test]
async fn the_two_errors_of_keys_are_told_apart() {
    for flavour in FLAVOURS {
        let (_, error) = not_applied(flavour, Fault::RestoreKeyError1).await;
        assert!(matches!(error, CcuRestoreError::NotTheKeyOfTheCentral), "{error}");
        let (_, error) = not_applied(flavour, Fault::RestoreKeyError2).await;
        assert!(matches!(error, CcuRestoreError::NotTheKeyOfTheBackup), "{error}");
    }
}

#[tokio::test]
async fn each_failure_of_hmip_has_its_words_and_hmip_can_be_revived() {
    for flavour in FLAVOURS {
        for (code, means) in [
            (9, "could not run"),
            (11, "not complete"),
            (12, "key server did not answer"),
            (13, "key server does not know"),
            (14, "cannot be read"),
            (15, "brought to this firmware"),
            (16, "the backup needs is missing"),
            (17, "could not be started"),
            (18, "is not supported"),
            (99, "does not know"),
        ] {
            let (bed, error) = not_applied(flavour, Fault::RestoreHmIp(code)).await;
            assert_says(&error, &[means, &format!("(code {code})")]);
            let CcuRestoreError::NotApplied { pending, .. } = error else { panic!("{error}") };
            assert!(pending, "a boot may put it in place all the same");
            assert!(!bed.sim.hmip_runs());
            let gateway = bed.gateway();
            gateway.revive().await.unwrap();
            gateway.farewell().await;
            assert!(bed.sim.hmip_runs() && bed.sim.observed().open_sessions == 0);
        }
    }
}

#[tokio::test]
async fn what_nobody_can_know_is_unknown_and_not_repeated() {
    for flavour in FLAVOURS {
        for (fault, words) in [
            (Fault::RestoreUnknownPage, "a page nobody knows"),
            (Fault::CrashDuringGo, "broke off before the answer"),
            (Fault::LoginPage, "its login page"),
            (Fault::InternalErrorPage, "the page of an internal error"),
        ] {
            let (bed, error) = not_applied(flavour, fault).await;
            assert!(matches!(error, CcuRestoreError::Unknown(_)), "{error}");
            assert_says(&error, &[words, "look at the central"]);
            assert_eq!(bed.sim.observed().page("POST backup_restore_go"), 1);
        }
    }
}

#[tokio::test]
async fn a_central_that_takes_too_long_leaves_it_unknown() {
    let mut config = SimConfig::new(Flavour::OpenCcu);
    config.restore_takes = Duration::from_secs(60 * 60);
    let bed = Bed::with(config).await;
    let backup = bed.backup().await;
    let gateway = bed.gateway();
    offer(&*gateway, &backup).await.unwrap();
    let silence = bed.silence_after(|sim| sim.observed().page("POST backup_restore_go") == 1);
    let (applied, ()) = tokio::join!(gateway.apply_offer(None), silence);
    let error = applied.unwrap_err();
    assert_says(&error, &["no answer came within 60 s"]);
    assert!(matches!(error, CcuRestoreError::Unknown(_)), "{error}");
}

#[tokio::test]
async fn a_central_that_is_away_was_not_told_to_apply() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let backup = bed.backup().await;
    let gateway = bed.gateway();
    offer(&*gateway, &backup).await.unwrap();
    drop(bed);
    // A connection that was open yet would leave it unknown.
    gateway.is_ready().await.unwrap_err();
    let error = gateway.apply_offer(None).await.unwrap_err();
    assert!(matches!(error, CcuRestoreError::NotAsked(CcuError::Unavailable(_))), "{error}");
}

#[tokio::test]
async fn a_restart_is_refused_without_rights() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::LoginPage);
    let error = bed.gateway().restart().await.unwrap_err();
    assert_unauthorized(&error);
    assert_eq!(bed.sim.observed().boots, 0);
}

#[tokio::test]
async fn what_tells_of_no_restart_is_no_restart_and_keeps_the_session() {
    for (fault, words) in [
        (Fault::InternalErrorPage, "the page of an internal error came instead of a restart"),
        (Fault::RedirectToHttps, "sends every question on to HTTPS"),
    ] {
        let bed = Bed::new(Flavour::OpenCcu).await;
        let gateway = bed.gateway();
        gateway.has_security_key().await.unwrap();
        bed.sim.inject(fault);
        assert_says(&gateway.restart().await.unwrap_err(), &[words]);
        bed.sim.heal();
        gateway.farewell().await;
        let seen = bed.sim.observed();
        assert_eq!((seen.boots, seen.open_sessions, seen.logins), (0, 0, 1));
    }
}

#[tokio::test]
async fn a_central_that_falls_silent_after_it_was_told_is_taken_at_its_silence() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    bed.sim.inject(Fault::Mute);
    tokio::time::pause();
    gateway.restart().await.unwrap();
    tokio::time::resume();
    bed.sim.heal();
    gateway.farewell().await;
    assert_eq!(bed.sim.observed().open_sessions, 0, "nobody saw it go, so its session was given back");
}
