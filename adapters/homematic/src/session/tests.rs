//! Renewal of sessions, which takes a minute and a half to become due outside of tests.

use super::*;
use crate::http::HttpClient;
use loom_domain::ccu::{CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Flavour, Sim, SimConfig};

/// A session that is due for renewal with each use.
async fn restless() -> (Sim, Session) {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let access = CcuAccess {
        central: CentralName::parse("house").unwrap(),
        host: sim.web_addr().ip().to_string(),
        web_port: Some(sim.web_addr().port()),
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
    (sim, session)
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
