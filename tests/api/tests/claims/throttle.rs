//! Guessing passwords and asking too often.
//!
//! Does NOT look at buckets beyond what callers notice.

use loom_api_tests::{Answer, Backend, Session, TestDaemon, on_each_backend};
use serde_json::json;

on_each_backend! {
    five_wrong_logins_close_the_door_for_a_moment,
    wrong_basic_credentials_count_like_logins,
    a_right_password_in_each_request_costs_nothing,
    what_a_header_says_of_the_source_does_not_count,
    requests_are_not_limited_by_themselves,
    requests_of_one_identity_are_limited_where_the_operator_says_so,
}

const PASSWORD: &str = "correct horse";

#[track_caller]
fn told_to_wait(answer: Answer) {
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=5).contains(&wait), "{wait}");
    answer.problem(429, "rate_limited");
}

/// Wrong logins until one is refused unseen; there must be at least five, and not many more even on a slow machine.
async fn guess(guess: impl AsyncFn() -> Answer) {
    for number in 0..12 {
        let answer = guess().await;
        if answer.status == 429 {
            assert!(number >= 5, "only {number} guesses");
            return told_to_wait(answer);
        }
        answer.problem(401, "unauthorized");
    }
    panic!("nobody was stopped");
}

async fn five_wrong_logins_close_the_door_for_a_moment(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    let wrong = json!({ "username": "ada", "password": "wrong" });
    guess(async || daemon.anonymous().post("/auth/login", &wrong).await).await;
    // Others are not kept out by it, and who has a session or token goes on.
    let right = json!({ "username": "ada", "password": PASSWORD });
    daemon.anonymous().from_address(2).post("/auth/login", &right).await.expect(200);
    daemon.as_viewer().get("/auth/me").await.expect(200);
}

async fn wrong_basic_credentials_count_like_logins(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "admin").await;
    let paths = ["/devices", "/auth/me"];
    let at = std::cell::Cell::new(0);
    guess(async || {
        at.set(at.get() + 1);
        daemon.basic("ada", "wrong").get(paths[at.get() % 2]).await
    })
    .await;
}

async fn a_right_password_in_each_request_costs_nothing(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    daemon.add_user("ada", PASSWORD, "viewer").await;
    for _ in 0..20 {
        daemon.basic("ada", PASSWORD).get("/auth/me").await.expect(200);
    }
    for _ in 0..8 {
        Session::open(&daemon, "ada", PASSWORD).await;
    }
}

async fn what_a_header_says_of_the_source_does_not_count(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    let number = std::cell::Cell::new(0);
    guess(async || {
        number.set(number.get() + 1);
        let address = format!("192.0.2.{}", number.get());
        let request = daemon.anonymous().request("POST", "/auth/login");
        let request =
            request.header("X-Forwarded-For", &address).header("Forwarded", format!("for={address}"));
        Answer::of(request.json(&json!({ "username": "ada", "password": "wrong" }))).await
    })
    .await;
}

async fn requests_are_not_limited_by_themselves(backend: Backend) {
    let daemon = TestDaemon::start(backend).await;
    for _ in 0..100 {
        daemon.as_viewer().get("/auth/me").await.expect(200);
    }
}

async fn requests_of_one_identity_are_limited_where_the_operator_says_so(backend: Backend) {
    let limit = json!({ "enabled": true, "requests_per_second": 1, "burst": 3 });
    let settings = json!({ "north": { "rest": { "rate_limit": limit } } });
    let daemon = TestDaemon::with(backend, settings).await;
    for number in 0..50 {
        let answer = daemon.as_viewer().get("/auth/me").await;
        if answer.status == 429 {
            assert!(number >= 3, "only {number} requests");
            told_to_wait(answer);
            // Who is not known has no bucket.
            daemon.anonymous().get("/info").await.expect(200);
            return;
        }
        answer.expect(200);
    }
    panic!("nobody was stopped");
}
