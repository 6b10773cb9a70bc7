//! TLS with a certificate as centrals make it: their own, signed by itself, made for an authority.

use crate::bed::{config, finding, gateway, secret_access};
use loom_domain::ccu::CcuTls;
use loom_domain::ports::{CcuError, CcuFindingOutcome};
use loom_sim_ccu::Sim;

async fn central() -> Sim {
    let mut config = config();
    config.tls = true;
    Sim::start(config).await.unwrap()
}

#[tokio::test]
async fn the_pinned_certificate_is_accepted_for_pages_and_interfaces() {
    let sim = central().await;
    let pin = CcuTls::Pinned(sim.tls_fingerprint().unwrap().to_owned());
    let gateway = gateway(secret_access(&sim, pin));
    gateway.identity().await.unwrap();
    assert!(!gateway.list_ccu_devices("HmIP-RF").await.unwrap().simplified);
    let findings = gateway.diagnose().await;
    assert_eq!(finding(&findings, "TLS certificate").detail, "is the pinned one");
    assert!(findings.iter().all(|finding| finding.outcome != CcuFindingOutcome::Broken), "{findings:#?}");
    gateway.farewell().await;
}

#[tokio::test]
async fn another_certificate_is_refused_and_both_are_shown() {
    let sim = central().await;
    let (got, want) = (sim.tls_fingerprint().unwrap(), "ab".repeat(32));
    let gateway = gateway(secret_access(&sim, CcuTls::Pinned(want.clone())));
    let error = gateway.identity().await.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)), "{error}");
    let findings = gateway.diagnose().await;
    let page = finding(&findings, "web pages");
    assert_eq!(page.outcome, CcuFindingOutcome::Broken);
    for words in [error.to_string(), page.detail.clone()] {
        assert!(words.contains(got) && words.contains(&want), "{words}");
    }
    assert_eq!(sim.observed().json_calls.len(), 0);
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_comes_with_its_fingerprint() {
    let sim = central().await;
    let gateway = gateway(secret_access(&sim, CcuTls::Verified));
    let error = gateway.identity().await.unwrap_err().to_string();
    let findings = gateway.diagnose().await;
    assert_eq!(finding(&findings, "web pages").outcome, CcuFindingOutcome::Broken);
    assert!(findings.iter().all(|finding| finding.subject != "TLS certificate"), "{findings:#?}");
    assert!(error.contains("no public authority vouches") && error.contains("`tls_fingerprint`"), "{error}");
    assert!(error.contains(sim.tls_fingerprint().unwrap()), "{error}");
}

#[tokio::test]
async fn whoever_accepts_any_certificate_is_told_which_one_it_is() {
    let sim = central().await;
    let gateway = gateway(secret_access(&sim, CcuTls::Insecure));
    gateway.identity().await.unwrap();
    let findings = gateway.diagnose().await;
    let certificate = finding(&findings, "TLS certificate");
    assert_eq!(certificate.outcome, CcuFindingOutcome::Odd);
    assert!(certificate.detail.contains(sim.tls_fingerprint().unwrap()), "{certificate:?}");
    gateway.farewell().await;
}
