//! How sessions end by themselves.

use crate::bed::{Bed, is_unauthorized, recorded};
use jiff::SignedDuration;
use loom_domain::account::Role;
use loom_domain::usecases::accounts::*;

fn idle_after(minutes: i64) -> AccountRules {
    AccountRules { session_idle: Some(SignedDuration::from_mins(minutes)), ..AccountRules::default() }
}

#[tokio::test]
async fn a_session_ends_after_twelve_hours_however_much_it_is_used() {
    let bed = Bed::with(idle_after(90));
    bed.user("anna", Role::Viewer).await;
    let LoggedIn { cookie, identity } = bed.log_in("anna").await;
    for _ in 0..11 {
        bed.pass(SignedDuration::from_hours(1));
        bed.accounts.identify.by_session(&cookie).await.unwrap();
    }
    bed.pass(SignedDuration::from_hours(1));
    assert!(is_unauthorized(bed.accounts.identify.by_session(&cookie).await));
    assert!(!bed.accounts.identify.still_valid(&identity).await.unwrap());
}

#[tokio::test]
async fn a_session_left_alone_ends_for_good() {
    let bed = Bed::with(idle_after(30));
    bed.user("anna", Role::Viewer).await;
    let LoggedIn { cookie, identity } = bed.log_in("anna").await;
    bed.pass(SignedDuration::from_mins(30));
    assert!(bed.accounts.identify.by_session(&cookie).await.is_ok());
    bed.pass(SignedDuration::from_mins(29));
    assert!(bed.accounts.identify.still_valid(&identity).await.unwrap(), "looking is no use");
    bed.pass(SignedDuration::from_mins(2));
    assert!(!bed.accounts.identify.still_valid(&identity).await.unwrap());
    for _ in 0..2 {
        assert!(is_unauthorized(bed.accounts.identify.by_session(&cookie).await));
    }
    let later = bed.restarted(idle_after(30));
    assert!(is_unauthorized(later.accounts.identify.by_session(&cookie).await));
}

#[tokio::test]
async fn a_restart_starts_the_idle_time_anew() {
    let bed = Bed::with(idle_after(30));
    bed.user("anna", Role::Viewer).await;
    let cookie = bed.log_in("anna").await.cookie;
    bed.pass(SignedDuration::from_mins(40));
    let later = bed.restarted(idle_after(30));
    assert!(later.accounts.identify.by_session(&cookie).await.is_ok());
    later.pass(SignedDuration::from_mins(31));
    assert!(is_unauthorized(later.accounts.identify.by_session(&cookie).await));
}

#[tokio::test]
async fn a_session_nobody_used_since_the_start_is_idle_once_the_start_is_long_ago() {
    let bed = Bed::with(idle_after(30));
    bed.user("anna", Role::Viewer).await;
    let (used, unused) = (bed.log_in("anna").await, bed.log_in("anna").await);
    let later = bed.restarted(idle_after(30));
    later.pass(SignedDuration::from_mins(30));
    assert!(later.accounts.identify.by_session(&used.cookie).await.is_ok());
    assert!(later.accounts.identify.still_valid(&unused.identity).await.unwrap());
    later.pass(SignedDuration::from_secs(1));
    assert!(!later.accounts.identify.still_valid(&unused.identity).await.unwrap());
    assert!(is_unauthorized(later.accounts.identify.by_session(&unused.cookie).await));
    assert!(!later.session_is_stored(&unused.cookie).await, "it ended for good");
    assert!(later.accounts.identify.by_session(&used.cookie).await.is_ok());
}

#[tokio::test]
async fn the_oldest_session_of_a_user_ends_when_they_open_too_many() {
    let bed = Bed::new();
    bed.user("anna", Role::Viewer).await;
    bed.user("bernd", Role::Viewer).await;
    let other = bed.log_in("bernd").await.cookie;
    let oldest = bed.log_in("anna").await;
    let second = bed.log_in("anna").await.cookie;
    for _ in 2..100 {
        bed.log_in("anna").await;
    }
    // One that was ended does not count any more.
    let ended = bed.log_in("anna").await.cookie;
    assert!(!bed.session_is_stored(&oldest.cookie).await);
    assert!(!bed.accounts.identify.still_valid(&oldest.identity).await.unwrap());
    recorded(bed.accounts.logins.log_out(&ended).await.unwrap().unwrap());
    bed.log_in("anna").await;
    assert!(bed.accounts.identify.by_session(&second).await.is_ok());

    bed.log_in("anna").await;
    assert!(is_unauthorized(bed.accounts.identify.by_session(&second).await));
    assert!(bed.accounts.identify.by_session(&other).await.is_ok());
}

#[tokio::test]
async fn a_limit_of_zero_is_none() {
    let bed = Bed::with(idle_after(0));
    bed.user("anna", Role::Viewer).await;
    let cookie = bed.log_in("anna").await.cookie;
    bed.pass(SignedDuration::from_hours(11));
    assert!(bed.accounts.identify.by_session(&cookie).await.is_ok());
}

#[tokio::test]
async fn housekeeping_clears_expired_and_idle_sessions_and_no_others() {
    let bed = Bed::with(idle_after(30));
    bed.user("anna", Role::Viewer).await;
    let idle = bed.log_in("anna").await.cookie;
    bed.pass(SignedDuration::from_mins(31));
    let used = bed.log_in("anna").await.cookie;
    assert_eq!(bed.accounts.housekeeping.run().await.unwrap(), 0);
    assert!(!bed.session_is_stored(&idle).await);
    assert!(bed.session_is_stored(&used).await);

    // Never used since the restart, so only its end is known.
    let later = bed.restarted(idle_after(30));
    later.pass(SignedDuration::from_hours(12));
    assert_eq!(later.accounts.housekeeping.run().await.unwrap(), 1);
    assert!(!later.session_is_stored(&used).await);
}
