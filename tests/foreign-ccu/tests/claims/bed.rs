//! Ways to foreign centrals. Does NOT claim anything.

use loom_adapter_homematic::HomematicGateways;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuGateway, CcuGateways as _};
use loom_domain::secret::SecretText;
use loom_foreign_ccu::OldCentral;
use loom_sim_ccu::{Flavour, Sim, SimConfig};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The one interface a foreign central has.
pub(crate) const INTERFACE: &str = "BidCos-RF";

/// The way to a central with these ports.
pub(crate) fn access(web_port: u16, interface_port: u16) -> CcuAccess {
    CcuAccess {
        central: CentralName::parse("foreign").unwrap(),
        host: "127.0.0.1".to_owned(),
        web_port: Some(web_port),
        json_port: None,
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        tls: CcuTls::Off,
        interfaces: vec![INTERFACE.to_owned()],
        ports: BTreeMap::from([(INTERFACE.to_owned(), interface_port)]),
        patience: CcuPatience {
            answer: Duration::from_secs(30),
            retry_after: Duration::from_millis(1),
            ..CcuPatience::default()
        },
    }
}

pub(crate) fn gateway(access: CcuAccess) -> Arc<dyn CcuGateway> {
    HomematicGateways.gateway(access)
}

/// A foreign central without web pages, one of our own that has them, and a gateway to the two as if they were one.
pub(crate) struct Bed {
    pub(crate) foreign: OldCentral,
    pub(crate) gateway: Arc<dyn CcuGateway>,
    _pages: Sim,
}

impl Bed {
    pub(crate) async fn new() -> Self {
        let foreign = OldCentral::start().unwrap();
        let pages = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
        let gateway = gateway(access(pages.web_addr().port(), foreign.port()));
        Self { foreign, gateway, _pages: pages }
    }
}
