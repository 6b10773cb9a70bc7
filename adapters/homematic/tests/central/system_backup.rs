//! Fetching a system backup: whole, or an error with words of its own for each way a central lies.

use crate::bed::{Bed, FLAVOURS, assert_says, assert_unauthorized, read};
use loom_domain::ports::CcuError;
use loom_domain::sbk::{SbkDamage, SbkJudge, SbkLimits, SbkVerdict};
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Flavour, SimConfig, UserLevel};
use std::time::Duration;

/// The error of a backup that does not even begin, with this fault on.
async fn refused(flavour: Flavour, fault: Fault) -> (Bed, CcuError) {
    let bed = Bed::new(flavour).await;
    bed.sim.inject(fault);
    let gateway = bed.gateway();
    let error = gateway.create_system_backup().await.unwrap_err();
    gateway.farewell().await;
    assert_eq!(bed.sim.observed().open_sessions, 0, "{error}");
    (bed, error)
}

fn judged(bytes: &[u8], announced: Option<u64>) -> SbkVerdict {
    let mut judge = SbkJudge::new(SbkLimits::default());
    let _hopeless = judge.push(bytes);
    judge.finish(announced)
}

#[tokio::test]
async fn a_backup_comes_whole() {
    for (flavour, announces) in [(Flavour::Stock, false), (Flavour::OpenCcu, true)] {
        let bed = Bed::with(SimConfig::new(flavour).backup_size_mib(3)).await;
        let gateway = bed.gateway();
        let backup = gateway.create_system_backup().await.unwrap();
        let announced = backup.announced_bytes;
        assert_eq!(announced.is_some(), announces);
        let bytes = read(backup).await.unwrap();
        assert!(bytes.len() > 3 << 20);
        assert!(announced.is_none_or(|announced| announced == bytes.len() as u64));
        let verdict = judged(&bytes, announced);
        assert!(verdict.is_good(), "{:?}", verdict.damages);
        let seen = bed.sim.observed();
        assert_eq!((seen.backups_created, seen.logins), (1, 1));
        assert_eq!(seen.violations, Vec::<String>::new());
        // No script may hold the logic process for as long as a backup takes.
        assert!(seen.scripts.is_empty(), "{:?}", seen.scripts);
    }
}

#[tokio::test]
async fn a_backup_that_takes_its_time_is_waited_for() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    // Longer than any pause and any answer may take.
    bed.sim.inject(Fault::SlowFirstByte(Duration::from_secs(10 * 60)));
    let gateway = bed.gateway_with(|access| {
        access.patience.backup_first_byte = Duration::from_secs(20 * 60);
        access.patience.backup_total = Duration::from_secs(60 * 60);
    });
    let silence = bed.silence_after(|sim| sim.observed().page("GET create_backup") == 1);
    let (backup, ()) = tokio::join!(gateway.create_system_backup(), silence);
    tokio::time::resume();
    read(backup.unwrap()).await.unwrap();
}

#[tokio::test]
async fn a_login_page_once_is_answered_with_a_new_session() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let gateway = bed.gateway();
        gateway.has_security_key().await.unwrap();
        bed.sim.drop_sessions();
        read(gateway.create_system_backup().await.unwrap()).await.unwrap();
        let seen = bed.sim.observed();
        assert_eq!((seen.logins, seen.page("GET create_backup")), (2, 2));
    }
}

#[tokio::test]
async fn a_login_page_twice_is_a_lack_of_rights() {
    for flavour in FLAVOURS {
        let (bed, error) = refused(flavour, Fault::LoginPage).await;
        assert_unauthorized(&error);
        assert_says(&error, &["its login page came instead of the system backup", "administrator"]);
        assert_eq!(bed.sim.observed().page("GET create_backup"), 2);
    }
}

#[tokio::test]
async fn a_user_without_rights_gets_no_backup() {
    let bed = Bed::with(SimConfig::new(Flavour::Stock).user("Guest", "g", UserLevel::Guest)).await;
    let gateway = bed.gateway_with(|access| {
        access.username = Some("Guest".to_owned());
        access.password = Some(SecretText::new("g"));
    });
    let error = gateway.create_system_backup().await.unwrap_err();
    assert_unauthorized(&error);
    assert_says(&error, &["administrator"]);
}

#[tokio::test]
async fn the_centrals_own_error_text_is_passed_on() {
    for flavour in FLAVOURS {
        let (bed, error) = refused(flavour, Fault::ErrorText(2)).await;
        assert!(matches!(error, CcuError::Misbehaved(_)));
        assert_says(
            &error,
            &[
                "could not make the system backup: `ERROR: creating backup returned unexpected error code 2`",
                "make room",
            ],
        );
        assert_eq!(bed.sim.observed().page("GET create_backup"), 1);
    }
}

#[tokio::test]
async fn a_page_that_crashed_is_told_from_a_login_page() {
    for flavour in FLAVOURS {
        let (bed, error) = refused(flavour, Fault::InternalErrorPage).await;
        assert!(matches!(error, CcuError::Misbehaved(_)) && error.may_pass());
        assert_says(&error, &["the page of an internal error came instead of the system backup"]);
        assert_eq!(bed.sim.observed().logins, 1);
    }
}

#[tokio::test]
async fn an_empty_backup_is_none() {
    for flavour in FLAVOURS {
        let (_bed, error) = refused(flavour, Fault::EmptyBody).await;
        assert_says(&error, &["nothing came instead of the system backup"]);
    }
}

#[tokio::test]
async fn a_central_that_enforces_https_gives_no_backup() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    bed.sim.inject(Fault::RedirectToHttps);
    let error = gateway.create_system_backup().await.unwrap_err();
    assert_says(&error, &["on to HTTPS"]);
    assert_eq!(bed.sim.observed().backups_created, 0);
}

#[tokio::test]
async fn a_central_that_never_sends_a_byte_is_given_up() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::HangBeforeFirstByte);
    let gateway = bed.gateway();
    let silence = bed.silence_after(|sim| sim.observed().page("GET create_backup") == 1);
    let (backup, ()) = tokio::join!(gateway.create_system_backup(), silence);
    let error = backup.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)) && error.may_pass());
    assert_says(&error, &["no byte of the system backup came within 60 s", "wait some minutes"]);
}

#[tokio::test]
async fn a_cut_backup_of_a_known_size_is_an_error() {
    for fault in [Fault::CutOuter(9_000), Fault::WrongContentLength(77)] {
        let bed = Bed::new(Flavour::OpenCcu).await;
        bed.sim.inject(fault.clone());
        let backup = bed.gateway().create_system_backup().await.unwrap();
        let words = read(backup).await.unwrap_err().to_string();
        assert!(
            words.contains("`the system backup` cannot be read") && words.contains("cut off"),
            "{fault:?}: {words}"
        );
    }
}

#[tokio::test]
async fn a_cut_backup_of_an_unknown_size_is_left_to_the_judge() {
    let bed = Bed::new(Flavour::Stock).await;
    bed.sim.inject(Fault::CutOuter(9_000));
    let backup = bed.gateway().create_system_backup().await.unwrap();
    assert_eq!(backup.announced_bytes, None);
    let bytes = read(backup).await.unwrap();
    let verdict = judged(&bytes, None);
    assert!(matches!(verdict.damages[..], [SbkDamage::CutOuter { .. }, ..]), "{:?}", verdict.damages);
}

#[tokio::test]
async fn a_backup_that_stops_half_way_is_an_error() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        bed.sim.inject(Fault::HangMidway);
        let backup = bed.gateway().create_system_backup().await.unwrap();
        tokio::time::pause();
        let words = read(backup).await.unwrap_err().to_string();
        tokio::time::resume();
        assert!(words.contains("fell silent"), "{words}");
    }
}

#[tokio::test]
async fn a_backup_without_end_ends_with_patience() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::EndlessBody);
    let mut content = bed.gateway().create_system_backup().await.unwrap().content;
    tokio::time::pause();
    let error = loop {
        match content.next_chunk().await {
            Ok(chunk) => {
                assert!(chunk.is_some(), "it ended");
                tokio::time::advance(Duration::from_secs(60)).await;
            }
            Err(error) => break error.to_string(),
        }
    };
    assert!(error.contains("did not finish its answer in time"), "{error}");
}
