//! Devices come over whichever way is open, one question at a time, however the interface feels today.

use crate::bed::{access, asked, central, config, firewalled, gateway};
use futures_util::future::join_all;
use loom_domain::ports::{CcuError, ParamsetAnswer};
use loom_sim_ccu::{Fault, Interface, Sim, devices};
use std::time::Duration;

#[tokio::test]
async fn every_device_of_every_interface_is_listed_as_it_is() {
    let (sim, gateway) = central().await;
    let mut names = gateway.list_interfaces().await.unwrap();
    names.sort();
    assert_eq!(names, ["BidCos-RF", "CUxD", "HmIP-RF", "VirtualDevices"]);
    for interface in [Interface::BidCosRf, Interface::HmIpRf, Interface::VirtualDevices, Interface::CuxD] {
        let list = gateway.list_ccu_devices(interface.name()).await.unwrap();
        assert!(!list.simplified);
        let listed: Vec<_> = list.devices.iter().filter(|device| device.parent.is_empty()).collect();
        assert_eq!(listed.len(), sim.device_count(interface), "{}", interface.name());
        for wanted in devices(interface, sim.device_count(interface), 1) {
            let device = listed.iter().find(|device| device.address == wanted.address).unwrap();
            assert_eq!((&device.device_type, &device.firmware), (&wanted.kind, &wanted.firmware));
        }
        assert!(list.devices.iter().all(|device| device.description["FLAGS"].is_i64()));
        assert!(
            list.devices.iter().any(|device| !device.parent.is_empty() && !device.paramset_keys.is_empty())
        );
    }
    assert_eq!(sim.observed().violations, Vec::<String>::new());
}

#[tokio::test]
async fn one_question_at_a_time_goes_to_an_interface_on_kept_connections() {
    let (sim, gateway) = central().await;
    let list = gateway.list_ccu_devices("HmIP-RF").await.unwrap().devices;
    let channel = list.iter().find(|device| device.paramset_keys.contains(&"MASTER".to_owned())).unwrap();
    // More than one connection of a central lasts for.
    let calls = (0..120).map(|_| gateway.describe_paramset("HmIP-RF", &channel.address, "MASTER"));
    for answer in join_all(calls).await {
        assert!(matches!(answer, Ok(ParamsetAnswer::Described(_))), "{answer:?}");
    }
    let observed = sim.observed();
    assert_eq!(observed.most_at_once["HmIP-RF"], 1);
    assert_eq!(observed.rpc(Interface::HmIpRf, "getParamsetDescription"), 120);
    assert_eq!(observed.violations, Vec::<String>::new());
}

#[tokio::test]
async fn a_login_that_is_refused_once_is_tried_again() {
    let (sim, gateway) = central().await;
    sim.inject_once(Fault::RpcUnauthorized);
    gateway.list_ccu_devices("BidCos-RF").await.unwrap();
    sim.inject(Fault::RpcUnauthorized);
    let error = gateway.list_ccu_devices("BidCos-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::Unauthorized(_)), "{error}");
}

#[tokio::test]
async fn interfaces_that_ask_for_a_user_get_one() {
    let sim = Sim::start(config().rpc_auth()).await.unwrap();
    gateway(access(&sim)).list_ccu_devices("HmIP-RF").await.unwrap();
    let mut nobody = access(&sim);
    (nobody.username, nobody.password) = (None, None);
    let error = gateway(nobody).list_ccu_devices("HmIP-RF").await.unwrap_err();
    assert!(error.to_string().contains("set `username` and `password`"), "{error}");
}

#[tokio::test]
async fn a_booting_interface_is_not_ready() {
    let (sim, gateway) = central().await;
    sim.inject(Fault::RpcBooting503);
    let error = gateway.list_ccu_devices("HmIP-RF").await.unwrap_err();
    assert!(matches!(error, CcuError::NotReady(_)), "{error}");
    sim.heal();
    gateway.list_ccu_devices("HmIP-RF").await.unwrap();
}

#[tokio::test]
async fn behind_a_firewall_the_central_answers_for_its_interfaces() {
    let (sim, open) = central().await;
    let direct = open.list_ccu_devices("HmIP-RF").await.unwrap();
    let (access, _held) = firewalled(&sim).await;
    let gateway = gateway(access);
    let list = gateway.list_ccu_devices("HmIP-RF").await.unwrap();
    assert!(list.simplified);
    let addresses = |list: &loom_domain::ports::CcuDeviceList| {
        list.devices.iter().map(|device| device.address.clone()).collect::<Vec<_>>()
    };
    assert_eq!(addresses(&list), addresses(&direct));
    for device in &list.devices {
        for key in &device.paramset_keys {
            gateway.describe_paramset("HmIP-RF", &device.address, key).await.unwrap();
        }
    }
    let error = gateway.describe_paramset("HmIP-RF", "NOSUCH0001:1", "MASTER").await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
}

#[tokio::test]
async fn a_binary_port_that_stays_silent_is_passed_by() {
    for rega_runs in [true, false] {
        let (sim, gateway) = central().await;
        sim.inject(Fault::BinRpcSilent);
        if !rega_runs {
            sim.inject(Fault::RegaDown);
        }
        let silence = async {
            asked(&sim, Interface::CuxD).await;
            tokio::time::pause();
            // Longer than any first byte is waited for; what comes after it takes the time it takes.
            tokio::time::advance(Duration::from_secs(60)).await;
            tokio::time::resume();
        };
        let (listed, ()) = tokio::join!(gateway.list_ccu_devices("CUxD"), silence);
        match listed {
            Ok(list) => assert!(list.simplified && rega_runs),
            Err(error) => assert!(error.may_pass() && !rega_runs, "{error}"),
        }
    }
}

#[tokio::test]
async fn an_empty_and_a_short_list_are_told_as_they_are() {
    let (sim, gateway) = central().await;
    sim.inject_once(Fault::EmptyDeviceList);
    assert!(gateway.list_ccu_devices("HmIP-RF").await.unwrap().devices.is_empty());
    sim.inject_once(Fault::ShortDeviceList(2));
    let short = gateway.list_ccu_devices("HmIP-RF").await.unwrap().devices;
    assert_eq!(short.iter().filter(|device| device.parent.is_empty()).count(), 2);
}
