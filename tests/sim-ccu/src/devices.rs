//! Made-up devices: the same seed gives the same ones. Does NOT hold descriptions in memory; they are worked
//! out when asked for.

mod catalogue;
mod parameter;

pub(crate) use catalogue::{entries, entry};

use serde::{Deserialize, Serialize};

/// A process of the central that has devices of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Interface {
    /// `rfd`, XML-RPC.
    BidCosRf,
    /// `HmIPServer`, XML-RPC.
    HmIpRf,
    /// Heating groups, XML-RPC below `/groups`.
    VirtualDevices,
    /// The add-on CUxD, BIN-RPC only.
    CuxD,
}

impl Interface {
    /// Those that speak XML-RPC.
    pub const XML: [Self; 3] = [Self::BidCosRf, Self::HmIpRf, Self::VirtualDevices];

    /// The name a central uses.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::BidCosRf => "BidCos-RF",
            Self::HmIpRf => "HmIP-RF",
            Self::VirtualDevices => "VirtualDevices",
            Self::CuxD => "CUxD",
        }
    }

    /// The path of the XML-RPC server.
    #[must_use]
    pub fn path(self) -> &'static str {
        if self == Self::VirtualDevices { "/groups" } else { "/" }
    }

    /// The plain port of a real central.
    #[must_use]
    pub fn real_port(self) -> u16 {
        match self {
            Self::BidCosRf => 2001,
            Self::HmIpRf => 2010,
            Self::VirtualDevices => 9292,
            Self::CuxD => 8701,
        }
    }
}

/// One device, without its descriptions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// The serial, which is its address.
    pub address: String,
    /// Its type, such as `HmIP-BSM`.
    pub kind: String,
    /// Its firmware.
    pub firmware: String,
}

/// The first `count` devices of an interface for that seed.
#[must_use]
pub fn devices(interface: Interface, count: usize, seed: u64) -> Vec<Device> {
    let kinds = catalogue::kinds(interface);
    let device = |at: usize| Device {
        address: address(interface, at, seed),
        kind: kinds[at % kinds.len()].to_owned(),
        firmware: format!("1.{}.{}", at % 7, seed % 10),
    };
    (0..count).map(device).collect()
}

// Ascending, so that lists have one order everywhere.
fn address(interface: Interface, at: usize, seed: u64) -> String {
    let batch = seed % 100;
    match interface {
        Interface::BidCosRf => format!("NEQ{batch:02}{at:06}"),
        Interface::HmIpRf => format!("000A{batch:02X}{at:08X}"),
        Interface::VirtualDevices => format!("INT{batch:02}{at:05}"),
        Interface::CuxD => format!("CUX28{batch:02}{at:05}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_devices() {
        let [first, again] = [devices(Interface::HmIpRf, 9, 3), devices(Interface::HmIpRf, 9, 3)];
        assert_eq!(first, again);
        assert_ne!(first, devices(Interface::HmIpRf, 9, 4));
        assert!(first.iter().zip(&first[1..]).all(|(a, b)| a.address < b.address));
    }
}
