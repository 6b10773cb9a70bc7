//! The refresh of one interface: list, plan, store, ask.
//!
//! Does NOT decide (`plan`).

use super::bounds::left_out;
use super::describing::Describing;
use super::memory::Memory;
use super::plan::{Before, Changes, Plan};
use super::{Calls, InterfaceReport, RefreshDevices, RefreshMode};
use crate::ccu::CcuFacts;
use crate::device::InterfaceRef;
use crate::ports::StoreError;
use crate::words::in_one_line;

impl RefreshDevices {
    pub(super) async fn refresh_interface(
        &self,
        interface: &InterfaceRef,
        facts: &CcuFacts,
        memory: &mut Memory,
        mode: RefreshMode,
        calls: &Calls,
    ) -> Result<InterfaceReport, StoreError> {
        let mut report =
            InterfaceReport { interface_id: interface.interface_id.clone(), ..InterfaceReport::default() };
        let list = match calls.counted(self.gateway.list_ccu_devices(&interface.interface_id)).await {
            Ok(list) => list,
            Err(error) => {
                report.error = Some(in_one_line(&error));
                return Ok(report);
            }
        };
        report.listed = list.devices.len() as u64;
        report.simplified = list.simplified;
        let before = Before {
            interface,
            facts,
            remembered: self.interfaces.find_interface(interface).await?,
            cached: self.devices.list_devices(interface).await?,
            mode,
            now: self.clock.now(),
        };
        match before.plan(list, memory) {
            Plan::Keep(reason) => report.kept = Some(reason),
            Plan::Refresh(changes) => self.carry_out(*changes, calls, &mut report).await?,
        }
        Ok(report)
    }

    async fn carry_out(
        &self,
        changes: Changes,
        calls: &Calls,
        report: &mut InterfaceReport,
    ) -> Result<(), StoreError> {
        let Changes { afresh, remove, rows, remember, too_large, describe } = changes;
        report.afresh = afresh;
        report.error = too_large.first().map(|address| left_out(address));
        for address in &remove {
            report.removed += self.devices.remove_device(&remember.interface, address).await?;
        }
        // In this order: an interface that is remembered with a firmware has no row left from an older one with a hash.
        if !rows.is_empty() {
            self.devices.put_devices(&rows).await?;
        }
        drop(rows);
        self.interfaces.put_interface(&remember).await?;
        Describing::new(self, &remember.interface, calls, report).all(describe).await
    }
}
