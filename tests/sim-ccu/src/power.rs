//! Rebooting: ports gone, web port back, RPC ports back, ready. Does NOT open or close ports; they watch the
//! phase.

use crate::ccu::{Ccu, Phase};
use crate::fault::Fault;
use std::sync::Arc;
use tokio::time::sleep;

/// Goes down and comes back with what a restore prepared.
pub(crate) async fn reboot(ccu: Arc<Ccu>) {
    sleep(ccu.config.reboot_delay).await;
    ccu.phase.send_replace(Phase::Off);
    sleep(ccu.config.down_for).await;
    ccu.faults.healed(&Fault::NeverComesBack).await;
    let apply = !ccu.faults.hits(&Fault::RestoreNothingChanged);
    let applied = ccu.world().boot(apply);
    ccu.notebook.note(|seen| {
        seen.boots += 1;
        seen.restores_applied += u64::from(applied);
    });
    ccu.phase.send_replace(Phase::Booting);
    sleep(ccu.config.booting_for).await;
    ccu.phase.send_replace(Phase::Ready);
}
