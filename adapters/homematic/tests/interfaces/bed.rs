//! A simulated central and the way to it. Does NOT assert anything.

use loom_adapter_homematic::HomematicGateways;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuFinding, CcuGateway, CcuGateways as _};
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Flavour, Interface, Sim, SimConfig};
use std::sync::Arc;
use std::time::Duration;

/// A central with a few devices on every interface, the binary one included.
pub(crate) fn config() -> SimConfig {
    SimConfig::new(Flavour::OpenCcu).devices_of(Interface::CuxD, 3)
}

/// The way to a central, in a hurry.
pub(crate) fn access(sim: &Sim) -> CcuAccess {
    let ports = sim.rpc_addrs().iter().map(|(name, at)| (name.name().to_owned(), at.port()));
    CcuAccess {
        central: CentralName::parse("house").unwrap(),
        host: sim.web_addr().ip().to_string(),
        web_port: Some(sim.web_addr().port()),
        json_port: None,
        username: Some("Admin".to_owned()),
        password: Some(SecretText::new("secret")),
        tls: CcuTls::Off,
        interfaces: Vec::new(),
        ports: ports.collect(),
        patience: CcuPatience {
            connect: Duration::from_millis(500),
            answer: Duration::from_secs(2),
            idle: Duration::from_millis(500),
            retry_after: Duration::from_millis(1),
            ..CcuPatience::default()
        },
    }
}

/// The way to a central that speaks TLS, with these certificates accepted.
pub(crate) fn secret_access(sim: &Sim, tls: CcuTls) -> CcuAccess {
    let ports = Interface::XML.iter().filter_map(|name| Some((*name, sim.rpc_tls_addr(*name)?)));
    CcuAccess {
        web_port: Some(sim.web_tls_addr().unwrap().port()),
        tls,
        ports: ports.map(|(name, at)| (name.name().to_owned(), at.port())).collect(),
        ..access(sim)
    }
}

pub(crate) fn gateway(access: CcuAccess) -> Arc<dyn CcuGateway> {
    HomematicGateways.gateway(access)
}

/// A central and a gateway to it.
pub(crate) async fn central() -> (Sim, Arc<dyn CcuGateway>) {
    let sim = Sim::start(config()).await.unwrap();
    let gateway = gateway(access(&sim));
    (sim, gateway)
}

/// The finding whose subject begins with these words.
#[track_caller]
pub(crate) fn finding<'a>(findings: &'a [CcuFinding], subject: &str) -> &'a CcuFinding {
    findings.iter().find(|finding| finding.subject.starts_with(subject)).unwrap()
}
