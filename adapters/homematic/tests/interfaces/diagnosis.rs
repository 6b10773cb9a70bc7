//! A diagnosis names what does not work, and what to do.

use crate::bed::{access, central, finding, firewalled, gateway};
use loom_domain::ccu::{CcuAccess, CcuPatience};
use loom_domain::ports::CcuFindingOutcome::{Broken, Fine, Odd, Skipped};
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Sim};
use tokio::net::TcpSocket;

#[tokio::test]
async fn a_healthy_central_is_fine_throughout() {
    let (_sim, gateway) = central().await;
    let findings = gateway.diagnose().await;
    assert!(findings.iter().all(|finding| finding.outcome == Fine), "{findings:#?}");
    assert_eq!(finding(&findings, "interface CUxD").detail, "answers in binary");
    assert!(finding(&findings, "log-in and rights").detail.contains("serial number"));
    gateway.farewell().await;
}

#[tokio::test]
async fn a_firewall_is_told_from_its_effects() {
    let (sim, _) = central().await;
    let (access, _held) = firewalled(&sim).await;
    let gateway = gateway(access);
    let findings = gateway.diagnose().await;
    let interface = finding(&findings, "interface HmIP-RF");
    assert_eq!(interface.outcome, Odd);
    assert!(interface.hint.as_ref().unwrap().contains("firewall"), "{interface:?}");
    gateway.farewell().await;
}

#[tokio::test]
async fn each_sickness_of_interfaces_has_its_words() {
    for (fault, words) in [
        (Fault::RpcUnauthorized, "user name and password"),
        (Fault::RpcBooting503, "not ready yet"),
        (Fault::DeepXml, "deep"),
    ] {
        let (sim, gateway) = central().await;
        sim.inject(fault);
        let findings = gateway.diagnose().await;
        let interface = finding(&findings, "interface HmIP-RF");
        assert_eq!(interface.outcome, Broken);
        assert!(interface.detail.contains(words), "{interface:?}");
        gateway.farewell().await;
    }
}

#[tokio::test]
async fn a_central_that_enforces_https_says_so_and_interfaces_are_tried_all_the_same() {
    let (sim, gateway) = central().await;
    sim.inject(Fault::RedirectToHttps);
    let findings = gateway.diagnose().await;
    assert!(finding(&findings, "web pages").hint.as_ref().unwrap().contains("`tls: true`"), "{findings:#?}");
    assert_eq!(finding(&findings, "log-in and rights").outcome, Skipped);
    assert_eq!(finding(&findings, "interface HmIP-RF").outcome, Fine);
    assert_eq!(finding(&findings, "interface BidCos-Wired").outcome, Skipped);
}

#[tokio::test]
async fn a_name_nobody_knows_ends_the_diagnosis() {
    let (sim, _) = central().await;
    let mut lost = access(&sim);
    lost.host = "no-such-central.invalid".to_owned();
    let findings = gateway(lost).diagnose().await;
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].outcome, Broken);
}

#[tokio::test]
async fn a_wrong_password_is_found_and_interfaces_are_guessed() {
    let (sim, gateway) = central().await;
    assert!(sim.set_password("Admin", "another"));
    let findings = gateway.diagnose().await;
    assert_eq!(finding(&findings, "web pages").outcome, Fine);
    assert_eq!(finding(&findings, "log-in and rights").outcome, Broken);
    assert_eq!(finding(&findings, "interface HmIP-RF").outcome, Fine);
}

#[tokio::test]
async fn with_everyday_patience_a_login_is_tried_once_and_its_refusal_told() {
    for (fault, detail, hint) in [
        (
            None,
            "the central does not let us in: the user or the password is wrong, or all its sessions are taken (code 501)",
            "check user and password of the central; if they are right, log out of its pages elsewhere, or restart it: it frees \
             sessions slowly",
        ),
        (
            Some(Fault::SessionsFull(503)),
            "the central is not ready yet: it takes no logins now, because its logic process does not run or all its sessions \
             are taken (code 503)",
            "wait some minutes; if it stays, log out of its pages elsewhere, or restart it",
        ),
    ] {
        let (sim, _) = central().await;
        let password = Some(SecretText::new("wrong"));
        if let Some(fault) = fault {
            sim.inject(fault);
        }
        let (access, _closed) = patient(&sim);
        let findings = gateway(CcuAccess { password, ..access }).diagnose().await;
        let login = finding(&findings, "log-in and rights");
        assert_eq!((login.outcome, &*login.detail, login.hint.as_deref()), (Broken, detail, Some(hint)));
        // The way round by the JSON API, for the interface that is not there, needs a login as well.
        assert_ne!(finding(&findings, "interface BidCos-Wired").outcome, Fine, "{findings:#?}");
        let seen = sim.observed();
        assert_eq!((seen.json("Session.login"), seen.open_sessions), (1, 0));
    }
}

#[tokio::test]
async fn a_diagnosis_gives_its_session_back() {
    let (sim, _) = central().await;
    let (access, _closed) = patient(&sim);
    let findings = gateway(access).diagnose().await;
    assert_eq!(finding(&findings, "log-in and rights").outcome, Fine, "{findings:#?}");
    let seen = sim.observed();
    assert_eq!((seen.logins, seen.logouts, seen.open_sessions), (1, 1, 0));
}

/// The way to a central with everyday patience. Nobody listens where its wired interface would be, as long as the socket is
/// kept.
fn patient(sim: &Sim) -> (CcuAccess, TcpSocket) {
    let mut access = CcuAccess { patience: CcuPatience::default(), ..access(sim) };
    let closed = TcpSocket::new_v4().unwrap();
    closed.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    access.ports.insert("BidCos-Wired".to_owned(), closed.local_addr().unwrap().port());
    (access, closed)
}
