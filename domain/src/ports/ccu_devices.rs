//! The devices role of a central: what hangs on it, as it describes it. Descriptions only, no values, no radio.
//!
//! Does NOT cache (`ports::devices`, `ports::paramsets`) and does NOT interpret descriptions.

use super::CcuError;
use async_trait::async_trait;
use serde_json::Value;

/// Reads what hangs on a central. Driven port; adapters: `homematic`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - Devices of an unknown interface are `Refused`, not an empty list.
/// - Each paramset a device names is described, said to be none, or put off; an unknown device is `Refused`.
#[async_trait]
pub trait CcuDevices: Send + Sync {
    /// Names of the interfaces in use, such as `HmIP-RF`.
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError>;
    /// Devices and channels of one interface, as the central lists them: nothing is left out, the order is its own.
    async fn list_ccu_devices(&self, interface: &str) -> Result<CcuDeviceList, CcuError>;
    /// The description of one paramset of a device or channel.
    async fn describe_paramset(
        &self,
        interface: &str,
        address: &str,
        paramset_key: &str,
    ) -> Result<ParamsetAnswer, CcuError>;
}

/// What one interface listed.
#[derive(Debug, Clone, PartialEq)]
pub struct CcuDeviceList {
    /// Devices and channels.
    pub devices: Vec<CcuDevice>,
    /// Whether types of values or whole fields got lost on the way, because only a simpler way to the central was open.
    pub simplified: bool,
}

/// One device or channel as the central describes it.
#[derive(Debug, Clone, PartialEq)]
pub struct CcuDevice {
    /// Address, unique on the interface: `ABC1234567` or `ABC1234567:1`. Never empty.
    pub address: String,
    /// Type, such as `HmIP-eTRV-2`.
    pub device_type: String,
    /// Address of the parent device; empty for a device itself.
    pub parent: String,
    /// Firmware version; empty for channels.
    pub firmware: String,
    /// Names of its paramsets, such as `MASTER`.
    pub paramset_keys: Vec<String>,
    /// The whole description, unknown keys included. Integers, floating point numbers, texts and booleans stay what
    /// they were on the wire.
    pub description: Value,
}

/// What a central says about one paramset.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamsetAnswer {
    /// Its description: a JSON object by parameter, values as they were on the wire.
    Described(Value),
    /// There is none of that name, although it was named.
    None,
    /// Not now: ask again another day. Why, in words.
    Later(String),
}
