//! Booting: what answers when.

use crate::browser::{admin, call, client, login};
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn while_it_boots_the_web_port_answers_and_rpc_ports_say_503() {
    let mut config = SimConfig::new(Flavour::OpenCcu);
    // Long enough for a few questions on a busy machine.
    config.booting_for = Duration::from_secs(5);
    let sim = Sim::start(config).await.unwrap();
    let old = admin(&sim).await;
    // It stays away until that was seen.
    sim.inject(Fault::NeverComesBack);
    let watching = async {
        while client().get(sim.web_url()).send().await.is_ok() {}
        sim.heal();
        while client().get(sim.web_url()).send().await.is_err() {}
        let rpc = format!("http://{}/", sim.rpc_addr(Interface::BidCosRf).unwrap());
        let answer = client().post(rpc).body("<methodCall/>").send().await.unwrap();
        assert_eq!(answer.status(), 503);
        assert_eq!(answer.text().await.unwrap(), "CCU not ready yet");
        assert_eq!(call(&sim, "ReGa.isPresent", json!({})).await, Ok(json!(false)));
        assert_eq!(login(&sim, "Admin", "secret").await, Err(503));
    };
    let both = async { tokio::join!(sim.reboot(), watching) };
    tokio::time::timeout(Duration::from_secs(60), both).await.unwrap();
    assert_eq!(call(&sim, "CCU.getVersion", json!({"_session_id_": old})).await, Err(400));
    assert_eq!(sim.observed().boots, 1);
}

#[tokio::test]
async fn a_mute_central_accepts_and_says_nothing() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    sim.inject(Fault::Mute);
    let asking = client().get(sim.web_url()).send();
    assert!(tokio::time::timeout(Duration::from_millis(100), asking).await.is_err());
    sim.heal();
    assert!(client().get(sim.web_url()).send().await.is_ok());
}

#[tokio::test]
async fn a_lost_session_is_lost_for_good() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let id = admin(&sim).await;
    sim.inject_once(Fault::SessionLost);
    for _ in 0..2 {
        assert_eq!(call(&sim, "CCU.getVersion", json!({"_session_id_": id})).await, Err(400));
    }
    let again = admin(&sim).await;
    assert!(call(&sim, "CCU.getVersion", json!({"_session_id_": again})).await.is_ok());
}
