//! The memory central keeps the contract of the gateway.

#![expect(clippy::unwrap_used, reason = "a bed that cannot be made fails the case")]

use async_trait::async_trait;
use loom_adapter_memory::{MemoryCcu, MemoryCcus};
use loom_contract::ccu_gateway::CcuBed;
use loom_domain::ccu::{CcuAccess, CcuFacts, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuDevice, CcuError, CcuGateway, CcuGateways, ParamsetAnswer};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

struct Bed(MemoryCcu);

fn fresh() -> (Arc<Bed>, ()) {
    (Arc::new(Bed(central())), ())
}

fn central() -> MemoryCcu {
    let ccu = MemoryCcu::new(CcuFacts {
        serial: "3014F711A0001F0000000000".to_owned(),
        product: "OpenCCU".to_owned(),
        firmware: "3.83.6".to_owned(),
        host_name: "ccu-küche".to_owned(),
    });
    let valve = CcuDevice {
        address: "ABC1234567:1".to_owned(),
        device_type: "HEATING_CLIMATECONTROL_TRANSCEIVER".to_owned(),
        parent: "ABC1234567".to_owned(),
        firmware: String::new(),
        paramset_keys: vec!["MASTER".to_owned(), "VALUES".to_owned(), "LINK".to_owned()],
        description: json!({ "ADDRESS": "ABC1234567:1" }),
    };
    ccu.put_interface("HmIP-RF", vec![valve]);
    ccu.put_interface("VirtualDevices", Vec::new());
    let described = ParamsetAnswer::Described(json!({ "LEVEL": { "TYPE": "FLOAT" } }));
    ccu.put_paramset("HmIP-RF", "ABC1234567:1", "VALUES", described);
    let later = ParamsetAnswer::Later("the device sleeps".to_owned());
    ccu.put_paramset("HmIP-RF", "ABC1234567:1", "MASTER", later);
    ccu.set_state("programs and links");
    ccu
}

#[async_trait]
impl CcuBed for Bed {
    fn port(&self) -> Arc<dyn CcuGateway> {
        self.0.gateway()
    }

    async fn set_booting(&self, booting: bool) {
        self.0.set_booting(booting);
    }

    async fn lock_us_out(&self, locked: bool) {
        self.0.set_unauthorized(locked);
    }

    async fn held(&self) -> usize {
        self.0.sessions()
    }

    async fn state(&self) -> String {
        format!("{:?}", self.0.state())
    }

    async fn change_state(&self) {
        self.0.set_state("other programs and links");
    }

    async fn set_security_key(&self, key: Option<&str>) {
        self.0.set_security_key(key);
    }

    async fn cut_backups(&self, cut: bool) {
        self.0.cut_backups_after(cut.then_some(700));
    }

    async fn back_after_restart(&self) {
        self.0.set_booting(false);
    }
}

loom_contract::ccu_gateway_contract!(fresh());
loom_contract::ccu_restoring_contract!(fresh());

fn access(name: &str) -> CcuAccess {
    CcuAccess {
        central: CentralName::parse(name).unwrap(),
        host: "192.0.2.7".to_owned(),
        web_port: None,
        json_port: None,
        username: None,
        password: None,
        tls: CcuTls::Off,
        interfaces: Vec::new(),
        ports: BTreeMap::new(),
        patience: CcuPatience::default(),
    }
}

#[tokio::test]
async fn a_central_that_was_not_put_there_cannot_be_reached() {
    let ccus = MemoryCcus::new();
    ccus.put(access("house").central, central());
    ccus.gateway(access("house")).identity().await.unwrap();
    let error = ccus.gateway(access("shed")).identity().await.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)), "{error}");
    assert_eq!(ccus.get(&access("house").central).unwrap().sessions(), 1);
}

#[tokio::test]
async fn after_a_restart_it_is_back_once_it_was_seen_booting() {
    let ccu = central();
    ccu.after_restart(|ccu| ccu.remove_interface("VirtualDevices"));
    let port = ccu.gateway();
    port.restart().await.unwrap();
    assert!(matches!(port.is_ready().await, Err(CcuError::NotReady(_))));
    assert_eq!(port.list_interfaces().await.unwrap(), ["HmIP-RF"]);
}
