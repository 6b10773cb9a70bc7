//! A simulated central and the way to it. Does NOT assert anything.

use loom_adapter_homematic::HomematicGateways;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuFinding, CcuGateway, CcuGateways as _};
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A central with a few devices on every interface, the binary one included.
pub(crate) fn config() -> SimConfig {
    SimConfig::new(Flavour::OpenCcu).devices_of(Interface::CuxD, 3)
}

/// What a busy machine may take. A case about a limit lets the time fly, or sets a short one of its own.
const LONG: Duration = Duration::from_secs(60);

/// The way to a central.
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
            connect: LONG,
            answer: LONG,
            idle: LONG,
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

/// Closes the interfaces as a firewall does, and returns the way to the central, with little patience for a connection.
/// Nobody gets through while the streams are kept.
pub(crate) async fn firewalled(sim: &Sim) -> (CcuAccess, Vec<TcpStream>) {
    sim.inject(Fault::RpcPortsSilent);
    let mut held = Vec::new();
    for at in sim.rpc_addrs().values() {
        // Until connecting hangs, the port is on its way to be closed.
        while let Ok(connected) = timeout(Duration::from_millis(100), TcpStream::connect(at)).await {
            held.extend(connected);
        }
    }
    let mut access = access(sim);
    access.patience.connect = Duration::from_secs(2);
    (access, held)
}

/// Waits until the interface is being asked.
pub(crate) async fn asked(sim: &Sim, interface: Interface) {
    let waiting = async {
        while !sim.observed().most_at_once.contains_key(interface.name()) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(120), waiting).await.unwrap();
}

/// The finding whose subject begins with these words.
#[track_caller]
pub(crate) fn finding<'a>(findings: &'a [CcuFinding], subject: &str) -> &'a CcuFinding {
    findings.iter().find(|finding| finding.subject.starts_with(subject)).unwrap()
}
