//! What hangs on a central in memory.
//!
//! Does NOT make descriptions up: it says what it was given.

use super::CcuCall;
use super::gateway::MemoryGateway;
use async_trait::async_trait;
use loom_domain::ports::{CcuDeviceList, CcuDevices, CcuError, ParamsetAnswer};

#[async_trait]
impl CcuDevices for MemoryGateway {
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError> {
        self.enter(CcuCall::ListInterfaces).await?;
        Ok(self.lock().interfaces.keys().cloned().collect())
    }

    async fn list_ccu_devices(&self, interface: &str) -> Result<CcuDeviceList, CcuError> {
        self.enter(CcuCall::ListCcuDevices).await?;
        let ccu = self.lock();
        let devices = ccu.interfaces.get(interface).cloned().ok_or_else(|| no_interface(interface))?;
        Ok(CcuDeviceList { devices, simplified: ccu.simplified })
    }

    async fn describe_paramset(
        &self,
        interface: &str,
        address: &str,
        paramset_key: &str,
    ) -> Result<ParamsetAnswer, CcuError> {
        self.enter(CcuCall::DescribeParamset).await?;
        let ccu = self.lock();
        let devices = ccu.interfaces.get(interface).ok_or_else(|| no_interface(interface))?;
        if !devices.iter().any(|device| device.address == address) {
            return Err(CcuError::Refused(format!("`{interface}` has no device `{address}`")));
        }
        let place = (interface.to_owned(), address.to_owned(), paramset_key.to_owned());
        Ok(ccu.paramsets.get(&place).cloned().unwrap_or(ParamsetAnswer::None))
    }
}

fn no_interface(interface: &str) -> CcuError {
    CcuError::Refused(format!("it has no interface `{interface}`"))
}
