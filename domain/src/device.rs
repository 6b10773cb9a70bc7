//! Devices and paramsets: the cached description of what hangs on a central.
//!
//! Does NOT read them from a central (`ports::ccu_gateway`); it says what is stored and when two contents are one.

use crate::central::CentralName;
use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Where a device is reached: the central and one of its interfaces.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InterfaceRef {
    /// The central.
    pub central: CentralName,
    /// The interface id on that central.
    pub interface_id: String,
}

/// What is remembered of an interface whose devices are cached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CachedInterface {
    /// Which one.
    pub interface: InterfaceRef,
    /// Firmware version of the central when its descriptions were read; another one makes them stale.
    pub firmware: String,
    /// Serial number of the central they were read from.
    pub serial: String,
    /// Whether they were read over a way on which types of values or fields get lost.
    pub simplified: bool,
    /// When all of them were last read afresh.
    pub read_at: Timestamp,
    /// When the list of devices was last compared with the central's.
    pub compared_at: Timestamp,
}

/// One device or channel as the central described it.
#[derive(Debug, Clone, PartialEq)]
pub struct Device {
    /// Where it is reached.
    pub interface: InterfaceRef,
    /// Address, unique on the interface: `ABC1234567` or `ABC1234567:1`.
    pub address: String,
    /// Type, such as `HmIP-eTRV-2`.
    pub device_type: String,
    /// Address of the parent device; empty for a device itself.
    pub parent: String,
    /// Firmware version.
    pub firmware: String,
    /// Model name.
    pub model: String,
    /// Manufacturer.
    pub manufacturer: String,
    /// Product group.
    pub product_group: String,
    /// Hash of the description, as the daemon computed it.
    pub hash: String,
    /// The whole description.
    pub description: Value,
    /// When it was read.
    pub updated_at: Timestamp,
}

/// The place of one paramset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ParamsetId {
    /// Where the channel is reached.
    pub interface: InterfaceRef,
    /// Address of the channel.
    pub channel_address: String,
    /// `MASTER`, `VALUES` or `LINK`.
    pub paramset_key: String,
}

/// One cached paramset. Equal contents are stored once, however many channels share them.
#[derive(Debug, Clone, PartialEq)]
pub struct Paramset {
    /// Its place.
    pub id: ParamsetId,
    /// The content as JSON text, kept byte for byte.
    pub content: String,
    /// When it was read.
    pub updated_at: Timestamp,
}

impl Paramset {
    /// The content's name: SHA-256 of its bytes as 64 lower-case hex digits.
    pub fn content_hash(&self) -> String {
        crate::archive::hex(&Sha256::digest(self.content.as_bytes()))
    }
}
