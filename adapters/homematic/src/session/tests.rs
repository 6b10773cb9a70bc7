//! Renewal of sessions, which takes a minute and a half to become due outside of tests, and centrals that differ from real
//! ones.

use super::*;
use crate::http::HttpClient;
use crate::http::tests::listener;
use loom_domain::ccu::{CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Flavour, Sim, SimConfig};

/// A session that is due for renewal with each use.
async fn restless() -> (Sim, Session) {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let session = restless_at(sim.web_addr().port());
    (sim, session)
}

fn restless_at(port: u16) -> Session {
    let access = CcuAccess {
        central: CentralName::parse("house").unwrap(),
        host: "127.0.0.1".to_owned(),
        web_port: Some(port),
        json_port: None,
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        tls: CcuTls::Off,
        interfaces: Vec::new(),
        ports: std::collections::BTreeMap::new(),
        patience: CcuPatience { retry_after: Duration::from_millis(1), ..CcuPatience::default() },
    };
    let mut session = Session::new(&access, JsonRpc::new(HttpClient::new(&access)));
    session.renew_after = Duration::ZERO;
    session
}

/// An answer of the JSON API.
fn json(body: &str) -> &'static [u8] {
    let length = body.len();
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
    answer.leak().as_bytes()
}

/// Method and session of a request, as `method(session)`.
fn asked(request: &str) -> String {
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    let session = body["params"]["_session_id_"].as_str().unwrap_or_default();
    format!("{}({session})", body["method"].as_str().unwrap())
}

#[tokio::test]
async fn an_idle_session_is_renewed_before_it_is_used() {
    let (sim, session) = restless().await;
    let first = session.id().await.unwrap();
    assert_eq!(session.id().await.unwrap(), first);
    session.ask("CCU.getVersion", Map::new()).await.unwrap();
    let seen = sim.observed();
    assert_eq!((seen.logins, seen.json("Session.renew")), (1, 2));
}

#[tokio::test]
async fn a_session_that_cannot_be_renewed_is_replaced_before_it_is_used() {
    let (sim, session) = restless().await;
    let first = session.id().await.unwrap();
    sim.drop_sessions();
    assert_ne!(session.id().await.unwrap(), first);
    let seen = sim.observed();
    assert_eq!((seen.logins, seen.json("Session.renew"), seen.open_sessions), (2, 1, 1));
}

#[tokio::test]
async fn a_forgotten_session_is_not_given_back() {
    let (sim, session) = restless().await;
    session.id().await.unwrap();
    session.forget().await;
    session.end().await;
    drop(session);
    assert_eq!(sim.observed().json("Session.logout"), 0);
}

#[tokio::test]
async fn a_renewal_that_replaces_the_id_costs_one_more_login_and_leaves_nothing_known_behind() {
    for lost in [
        r#"{"error":{"code":400,"message":"access denied"}}"#,
        r#"{"error":{"code":-32001,"message":"Session expired or invalid"}}"#,
    ] {
        let (at, _, seen) = listener(vec![
            json(r#"{"result":"0123456789abcdef0123456789abcdef"}"#),
            json(r#"{"result":true}"#),
            json(lost),
            json(r#"{"result":true}"#),
            json(r#"{"result":"second"}"#),
            json(r#"{"result":"3.87.6"}"#),
            json(r#"{"result":true}"#),
        ])
        .await;
        let session = restless_at(at.port());
        session.id().await.unwrap();
        assert_eq!(session.ask("CCU.getVersion", Map::new()).await.unwrap(), "3.87.6");
        session.end().await;
        let seen: Vec<String> = seen.await.unwrap().iter().map(|request| asked(request)).collect();
        let first = "0123456789abcdef0123456789abcdef";
        assert_eq!(
            seen,
            [
                "Session.login()".to_owned(),
                format!("Session.renew({first})"),
                format!("CCU.getVersion({first})"),
                format!("Session.logout({first})"),
                "Session.login()".to_owned(),
                "CCU.getVersion(second)".to_owned(),
                "Session.logout(second)".to_owned(),
            ]
        );
    }
}

#[tokio::test]
async fn a_login_that_brings_an_empty_session_is_refused() {
    let (at, _, seen) = listener(vec![json(r#"{"result":""}"#); 4]).await;
    let error = restless_at(at.port()).id().await.unwrap_err();
    assert!(matches!(error, CcuError::Unauthorized(_)), "{error}");
    assert!(error.to_string().contains("the user or the password is wrong"), "{error}");
    let seen: Vec<String> = seen.await.unwrap().iter().map(|request| asked(request)).collect();
    assert_eq!(seen, ["Session.login()"; 4]);
}
