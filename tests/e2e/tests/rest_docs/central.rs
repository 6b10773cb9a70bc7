//! The central of the document: a simulated one, on ports the system chose.
//!
//! Does NOT answer for the others in the document: those lead nowhere.

use loom_sim_ccu::{Flavour, Interface, Sim, SimConfig};
use std::time::Duration;
use tokio::runtime::Runtime;

/// What a daemon needs to be told, so that it does not wait for minutes for what takes moments here.
pub(crate) const PATIENCE: &str = r#"{"reliability": {
  "connect_timeout": "200ms", "retry_pause": "20ms", "settle_timeout": "0s"
}}"#;

/// A running central.
pub(crate) struct Central {
    sim: Sim,
    _runtime: Runtime,
}

impl Central {
    pub(crate) fn start() -> Self {
        let mut config = SimConfig::new(Flavour::OpenCcu);
        config.devices.clear();
        let mut config = config.devices_of(Interface::HmIpRf, 2).hostname("garage-ccu");
        config.booting_for = Duration::ZERO;
        let runtime = Runtime::new().unwrap();
        let sim = runtime.block_on(Sim::start(config)).unwrap();
        Self { sim, _runtime: runtime }
    }

    /// What the document prints, and what stands for it here. Addresses of people's homes are called by nobody.
    pub(crate) fn stand_ins(&self) -> Vec<(String, String)> {
        let rpc = self.sim.rpc_addr(Interface::HmIpRf).unwrap();
        let pairs = [
            ("192.168.1.40", "127.0.0.1".to_owned()),
            ("8080", self.sim.web_addr().port().to_string()),
            ("42010", rpc.port().to_string()),
            ("192.168.1.", "192.0.2.".to_owned()),
        ];
        pairs.map(|(printed, here)| (printed.to_owned(), here)).to_vec()
    }
}
