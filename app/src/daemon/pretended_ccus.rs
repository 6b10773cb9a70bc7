//! Pretended centrals: every configured central is there, in memory, with one interface and a state of its own.
//!
//! Does NOT touch the network, and nothing of it outlives the process.

use loom_adapter_memory::{MemoryCcu, MemoryCcus};
use loom_domain::ccu::{CcuAccess, CcuFacts};
use loom_domain::ports::{CcuGateway, CcuGateways};
use std::sync::Arc;

/// Makes a central whenever one is asked for that is not there yet.
#[derive(Debug, Default)]
pub(super) struct PretendedCcus(MemoryCcus);

impl CcuGateways for PretendedCcus {
    fn gateway(&self, access: CcuAccess) -> Arc<dyn CcuGateway> {
        let name = access.central;
        let central = self.0.get(&name).unwrap_or_else(|| {
            let central = MemoryCcu::new(CcuFacts {
                serial: format!("PRETENDED-{name}"),
                product: "pretended".to_owned(),
                firmware: "3.87.6".to_owned(),
                host_name: name.to_string(),
            });
            central.set_state(name.to_string());
            central.put_interface("HmIP-RF", Vec::new());
            self.0.put(name, central.clone());
            central
        });
        central.gateway()
    }
}
