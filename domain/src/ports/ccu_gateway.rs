//! CcuGateway: one Homematic central, as the state plane needs it.
//!
//! Does NOT name a protocol; Homematic's words stay in the adapter. Roles: identity, backups, devices.

use super::{BoxError, Content};
use crate::device::{Device, Paramset};
use async_trait::async_trait;

/// Who a central is and whether it can be asked. Driven port; adapters: `memory`, Homematic RPC to come.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - Two calls to one central give one serial number.
/// - A central that boots is `NotReady`, never an empty answer.
#[async_trait]
pub trait CcuIdentity: Send + Sync {
    /// Serial number, product and firmware.
    async fn identity(&self) -> Result<CcuFacts, CcuError>;
}

/// Takes and brings back the central's own system backup. Driven port.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - What was created is what is restored: the bytes handed to `restore_system_backup` arrive whole or it fails.
/// - A restore of bytes that are no system backup is `Refused`, and the central keeps its state.
#[async_trait]
pub trait CcuSystemBackup: Send + Sync {
    /// Has the central make a system backup (`.sbk`); may take many minutes before the first byte.
    async fn create_system_backup(&self) -> Result<Box<dyn Content>, CcuError>;
    /// Gives a system backup of `bytes` bytes back to the central, which restarts with it.
    async fn restore_system_backup(
        &self,
        bytes: u64,
        content: Box<dyn Content>,
        security_key: Option<&crate::secret::SecretText>,
    ) -> Result<(), CcuError>;
}

/// Reads what hangs on a central. Driven port.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - Devices of an unknown interface are `Refused`, not an empty list.
#[async_trait]
pub trait CcuDevices: Send + Sync {
    /// Names of the interfaces the central has.
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError>;
    /// Devices and channels of one interface.
    async fn list_ccu_devices(&self, interface: &str) -> Result<Vec<Device>, CcuError>;
    /// The paramset descriptions of one channel.
    async fn paramset_descriptions(&self, interface: &str, channel: &str) -> Result<Vec<Paramset>, CcuError>;
}

/// Every role of a central at once.
pub trait CcuGateway: CcuIdentity + CcuSystemBackup + CcuDevices {}

impl<T: CcuIdentity + CcuSystemBackup + CcuDevices> CcuGateway for T {}

/// Who a central is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuFacts {
    /// Serial number; binds a system backup to its origin.
    pub serial: String,
    /// Product name.
    pub product: String,
    /// Firmware version.
    pub firmware: String,
}

/// Why a central did not do it. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuError {
    /// It starts or is busy: try again later.
    #[error("the central is not ready yet: {0}")]
    NotReady(String),
    /// It understood and said no.
    #[error("the central refused: {0}")]
    Refused(String),
    /// It does not accept the credentials.
    #[error("the central does not accept the user or password")]
    Unauthorized,
    /// It cannot be reached, or what it says makes no sense.
    #[error("the central cannot be reached: {0}")]
    Unavailable(#[source] BoxError),
}
