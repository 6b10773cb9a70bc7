//! The one session: taken late, kept alive, replaced when it is lost, never left behind and never shown.

use crate::bed::{Bed, FLAVOURS, PASSWORD, assert_says, assert_unauthorized};
use loom_domain::ports::CcuError;
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Flavour, SimConfig};
use std::time::Duration;

#[tokio::test]
async fn many_calls_share_one_session() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    assert_eq!(bed.sim.observed().logins, 0);
    let calls = (0..12).map(|_| gateway.has_security_key());
    for answer in futures_util::future::join_all(calls).await {
        assert!(!answer.unwrap());
    }
    let seen = bed.sim.observed();
    assert_eq!((seen.logins, seen.open_sessions), (1, 1));
    assert!(seen.most_at_once["web"] <= 3, "{:?}", seen.most_at_once);
}

#[tokio::test]
async fn a_session_that_got_lost_is_replaced_once() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let gateway = bed.gateway();
        gateway.has_security_key().await.unwrap();
        bed.sim.inject_once(Fault::SessionLost);
        gateway.has_security_key().await.unwrap();
        bed.sim.drop_sessions();
        gateway.has_security_key().await.unwrap();
        let seen = bed.sim.observed();
        assert_eq!((seen.logins, seen.open_sessions), (3, 1));
    }
}

#[tokio::test]
async fn calls_that_lose_a_session_together_fetch_one_new() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    bed.sim.drop_sessions();
    for answer in futures_util::future::join_all((0..6).map(|_| gateway.has_security_key())).await {
        answer.unwrap();
    }
    let seen = bed.sim.observed();
    assert_eq!((seen.logins, seen.open_sessions), (2, 1));
}

#[tokio::test]
async fn a_call_that_fails_for_lack_of_the_logic_process_is_not_taken_for_missing_rights() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    bed.sim.inject(Fault::RegaDown);
    let error = gateway.has_security_key().await.unwrap_err();
    assert!(matches!(error, CcuError::NotReady(_)), "{error}");
    assert_says(&error, &["takes no logins now", "(code 503)"]);
}

#[tokio::test]
async fn a_full_session_table_is_waited_for() {
    for (flavour, code) in [(Flavour::Stock, 501), (Flavour::OpenCcu, 503)] {
        let bed = Bed::new(flavour).await;
        bed.sim.inject_times(Fault::SessionsFull(code), 2);
        bed.gateway().has_security_key().await.unwrap();
        let seen = bed.sim.observed();
        assert_eq!((seen.refused_logins, seen.logins), (2, 1));
    }
}

#[tokio::test]
async fn a_session_table_that_stays_full_is_told_after_a_few_attempts() {
    let bed = Bed::with({
        let mut config = SimConfig::new(Flavour::OpenCcu);
        config.max_sessions = 1;
        config
    })
    .await;
    let other = bed.gateway();
    other.has_security_key().await.unwrap();
    let error = bed.gateway().has_security_key().await.unwrap_err();
    assert!(matches!(error, CcuError::NotReady(_)), "{error}");
    assert_says(&error, &["all its sessions are taken", "(code 503)", "log out"]);
    assert_eq!(bed.sim.observed().refused_logins, 4);
    other.farewell().await;
    bed.gateway().has_security_key().await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_is_told_and_never_shown() {
    for flavour in FLAVOURS {
        let bed = Bed::new(flavour).await;
        let gateway = bed.gateway_with(|access| access.password = Some(SecretText::new("Wrong_Pass_9")));
        let error = gateway.identity().await.unwrap_err();
        assert_unauthorized(&error);
        assert_says(&error, &["the user or the password is wrong", "(code 501)"]);
        assert!(!format!("{error:?} {error}").contains("Wrong_Pass_9"));
        assert_eq!(bed.sim.observed().refused_logins, 4);
    }
}

#[tokio::test]
async fn without_a_user_nothing_is_sent() {
    let bed = Bed::new(Flavour::Stock).await;
    let error = bed.gateway_with(|access| access.username = None).has_security_key().await.unwrap_err();
    assert_unauthorized(&error);
    assert_says(&error, &["no user is configured", "`username`"]);
    assert!(bed.sim.observed().json_calls.is_empty());
}

#[tokio::test]
async fn a_gateway_that_is_dropped_leaves_no_session() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = bed.gateway();
    gateway.has_security_key().await.unwrap();
    assert_eq!(bed.sim.observed().open_sessions, 1);
    drop(gateway);
    bed.until(|sim| sim.observed().open_sessions == 0).await;
}

#[tokio::test]
async fn work_that_is_given_up_during_the_login_leaves_no_session() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    for micros in (0..3_000).step_by(150) {
        let gateway = bed.gateway();
        let _cut = tokio::time::timeout(Duration::from_micros(micros), gateway.has_security_key()).await;
        drop(gateway);
    }
    bed.until(|sim| sim.observed().open_sessions == 0).await;
    // What is on its way yet arrives before this does.
    bed.gateway().is_ready().await.unwrap();
    bed.until(|sim| sim.observed().open_sessions == 0).await;
}

#[tokio::test]
async fn a_mute_central_does_not_hold_a_call_for_ever() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    bed.sim.inject(Fault::Mute);
    let gateway = bed.gateway();
    tokio::time::pause();
    let error = gateway.has_security_key().await.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)) && error.may_pass(), "{error}");
}

#[tokio::test]
async fn a_gateway_shows_no_secret() {
    let bed = Bed::new(Flavour::OpenCcu).await;
    let gateway = loom_adapter_homematic::HomematicGateway::new(bed.access());
    let shown = format!("{gateway:?}");
    assert!(shown.contains("house") && !shown.contains(PASSWORD), "{shown}");
}
