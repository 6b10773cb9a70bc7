//! The memory central keeps the contract of the gateway.

use loom_adapter_memory::MemoryCcu;
use loom_contract::ccu_gateway::CcuBed;
use loom_domain::ports::{CcuFacts, CcuGateway};
use std::sync::Arc;

struct Bed(MemoryCcu);

fn fresh() -> (Arc<Bed>, ()) {
    let ccu = MemoryCcu::new(CcuFacts {
        serial: "3014F711A0001F0000000000".to_owned(),
        product: "OpenCCU".to_owned(),
        firmware: "3.83.6".to_owned(),
    });
    ccu.put_interface("HmIP-RF", Vec::new());
    ccu.set_state("programs and links");
    (Arc::new(Bed(ccu)), ())
}

impl CcuBed for Bed {
    fn port(&self) -> Arc<dyn CcuGateway> {
        Arc::new(self.0.clone())
    }

    fn set_booting(&self, booting: bool) {
        self.0.set_booting(booting);
    }

    fn state(&self) -> String {
        format!("{:?}", self.0.state())
    }

    fn change_state(&self) {
        self.0.set_state("other programs and links");
    }
}

loom_contract::ccu_gateway_contract!(fresh());
