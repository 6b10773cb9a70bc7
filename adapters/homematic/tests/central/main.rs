//! Conversations with a simulated central, in both flavours of firmware: what works, and each way it can fail.
//!
//! Does NOT test RPC ports, TLS or diagnoses.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod bed;
mod identity;
mod restoring;
mod session;
mod system_backup;

use bed::fresh;
use loom_sim_ccu::Flavour;

mod stock {
    use super::{Flavour, fresh};

    loom_contract::ccu_gateway_contract!(fresh(Flavour::Stock).await);
    loom_contract::ccu_restoring_contract!(fresh(Flavour::Stock).await);
}

mod openccu {
    use super::{Flavour, fresh};

    loom_contract::ccu_gateway_contract!(fresh(Flavour::OpenCcu).await);
    loom_contract::ccu_restoring_contract!(fresh(Flavour::OpenCcu).await);
}
