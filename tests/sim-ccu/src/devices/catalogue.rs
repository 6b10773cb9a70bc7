//! Which kinds of devices there are, with their channels and paramsets. Does NOT know which central has which
//! device.

use super::parameter::shared;
use super::{Device, Interface};
use crate::value::Value;

/// One line of a device list.
pub(crate) struct Entry {
    pub(crate) address: String,
    pub(crate) description: Value,
    channel: Channel,
}

impl Entry {
    /// The description of a paramset; none where the list promises one that is not there, and for names
    /// nobody promised.
    pub(crate) fn paramset(&self, key: &str) -> Option<Value> {
        let (_, name) = self.channel.paramsets.iter().find(|(known, _)| *known == key)?;
        shared(name)
    }
}

#[derive(Clone, Copy)]
struct Channel {
    kind: &'static str,
    /// Key, and the name of the description; `missing` has none.
    paramsets: &'static [(&'static str, &'static str)],
}

struct Kind {
    name: &'static str,
    device: Channel,
    channels: &'static [Channel],
}

const fn channel(kind: &'static str, paramsets: &'static [(&'static str, &'static str)]) -> Channel {
    Channel { kind, paramsets }
}

const BIDCOS_DEVICE: Channel = channel("", &[("MASTER", "bidcos device")]);
const BIDCOS_MAINTENANCE: Channel =
    channel("MAINTENANCE", &[("MASTER", "empty"), ("VALUES", "bidcos contact")]);
const HMIP_DEVICE: Channel = channel("", &[("MASTER", "hmip device"), ("SERVICE", "missing")]);
const HMIP_MAINTENANCE: Channel = channel(
    "MAINTENANCE",
    &[("MASTER", "hmip device"), ("VALUES", "hmip maintenance"), ("SERVICE", "missing")],
);

const BIDCOS: [Kind; 3] = [
    Kind {
        name: "HM-LC-Sw1-Pl",
        device: BIDCOS_DEVICE,
        channels: &[
            BIDCOS_MAINTENANCE,
            channel("SWITCH", &[("LINK", "bidcos link"), ("MASTER", "empty"), ("VALUES", "bidcos switch")]),
        ],
    },
    Kind {
        name: "HM-CC-RT-DN",
        device: BIDCOS_DEVICE,
        channels: &[
            BIDCOS_MAINTENANCE,
            channel("WEATHER", &[("LINK", "missing"), ("MASTER", "empty")]),
            channel("CLIMATECONTROL_RT_TRANSCEIVER", &[("MASTER", "empty"), ("VALUES", "bidcos thermostat")]),
        ],
    },
    Kind {
        name: "HM-Sec-SC-2",
        device: BIDCOS_DEVICE,
        channels: &[
            BIDCOS_MAINTENANCE,
            channel(
                "SHUTTER_CONTACT",
                &[("LINK", "bidcos link"), ("MASTER", "empty"), ("VALUES", "bidcos contact")],
            ),
        ],
    },
];

const HMIP: [Kind; 2] = [
    Kind {
        name: "HmIP-BSM",
        device: HMIP_DEVICE,
        channels: &[
            HMIP_MAINTENANCE,
            channel("KEY_TRANSCEIVER", &[("LINK", "empty"), ("MASTER", "empty"), ("VALUES", "empty")]),
            channel(
                "SWITCH_VIRTUAL_RECEIVER",
                &[("LINK", "empty"), ("MASTER", "empty"), ("VALUES", "hmip switch")],
            ),
        ],
    },
    Kind {
        name: "HmIP-eTRV-2",
        device: HMIP_DEVICE,
        channels: &[
            HMIP_MAINTENANCE,
            channel(
                "HEATING_CLIMATECONTROL_TRANSCEIVER",
                &[("LINK", "missing"), ("MASTER", "hmip device"), ("VALUES", "hmip thermostat")],
            ),
        ],
    },
];

const GROUPS: [Kind; 1] = [Kind {
    name: "HM-CC-VG-1",
    device: channel("", &[("MASTER", "empty")]),
    channels: &[
        channel("MAINTENANCE", &[("MASTER", "empty"), ("VALUES", "empty")]),
        channel("THERMALCONTROL_TRANSMIT", &[("MASTER", "empty"), ("VALUES", "bidcos thermostat")]),
    ],
}];

const CUXD: [Kind; 1] = [Kind {
    name: "HM-LC-Sw1-Pl",
    device: channel("", &[("MASTER", "empty")]),
    channels: &[channel("SWITCH", &[("MASTER", "empty"), ("VALUES", "bidcos switch")])],
}];

fn catalogue(interface: Interface) -> &'static [Kind] {
    match interface {
        Interface::BidCosRf => &BIDCOS,
        Interface::HmIpRf => &HMIP,
        Interface::VirtualDevices => &GROUPS,
        Interface::CuxD => &CUXD,
    }
}

/// Names of all kinds of an interface.
pub(crate) fn kinds(interface: Interface) -> Vec<&'static str> {
    catalogue(interface).iter().map(|kind| kind.name).collect()
}

/// The lines a device has in the list: itself, then its channels. A kind nobody knows has none.
pub(crate) fn entries(interface: Interface, device: &Device) -> Vec<Entry> {
    let Some(kind) = catalogue(interface).iter().find(|kind| kind.name == device.kind) else {
        return Vec::new();
    };
    let mut entries = vec![Entry {
        address: device.address.clone(),
        description: device_description(interface, device, kind),
        channel: kind.device,
    }];
    for (index, channel) in (0..).zip(kind.channels) {
        entries.push(Entry {
            address: format!("{}:{index}", device.address),
            description: channel_description(interface, device, *channel, index),
            channel: *channel,
        });
    }
    entries
}

/// The line of one address.
pub(crate) fn entry(interface: Interface, device: &Device, address: &str) -> Option<Entry> {
    entries(interface, device).into_iter().find(|entry| entry.address == address)
}

fn device_description(interface: Interface, device: &Device, kind: &Kind) -> Value {
    let children = (0..kind.channels.len()).map(|index| format!("{}:{index}", device.address));
    let mut members = vec![
        ("ADDRESS", Value::from(device.address.as_str())),
        ("AVAILABLE_FIRMWARE", "0.0.0".into()),
        ("CHILDREN", Value::texts(children)),
        ("FIRMWARE", device.firmware.as_str().into()),
        ("FLAGS", 1.into()),
        ("INTERFACE", interface.name().into()),
        ("PARAMSETS", paramsets(kind.device)),
        ("PARENT", "".into()),
        ("ROAMING", 0.into()),
        ("RX_MODE", 1.into()),
        ("TYPE", device.kind.as_str().into()),
        ("UPDATABLE", true.into()),
        ("VERSION", 12.into()),
    ];
    match interface {
        Interface::BidCosRf => members.push(("RF_ADDRESS", 2_384_912.into())),
        Interface::HmIpRf => {
            members.push(("FIRMWARE_UPDATE_STATE", "UP_TO_DATE".into()));
            members.push(("SUBTYPE", device.kind.trim_start_matches("HmIP-").into()));
        }
        Interface::VirtualDevices | Interface::CuxD => {}
    }
    structure(members)
}

fn channel_description(interface: Interface, device: &Device, channel: Channel, index: i32) -> Value {
    let mut members = vec![
        ("ADDRESS", Value::from(format!("{}:{index}", device.address))),
        ("AES_ACTIVE", 0.into()),
        ("DIRECTION", i32::from(index > 0).into()),
        ("FLAGS", if index == 0 { 3 } else { 1 }.into()),
        ("INDEX", index.into()),
        ("LINK_SOURCE_ROLES", "".into()),
        ("LINK_TARGET_ROLES", if index > 0 { "SWITCH WCS_TIPTRONIC_SENSOR" } else { "" }.into()),
        ("PARAMSETS", paramsets(channel)),
        ("PARENT", device.address.as_str().into()),
        ("PARENT_TYPE", device.kind.as_str().into()),
        ("TYPE", channel.kind.into()),
        ("VERSION", 12.into()),
    ];
    // HmIP sends `CHILDREN` for channels too, as an empty text or not at all.
    if interface == Interface::HmIpRf && index > 0 {
        members.push(("CHILDREN", "".into()));
    }
    structure(members)
}

fn paramsets(channel: Channel) -> Value {
    Value::texts(channel.paramsets.iter().map(|(key, _)| *key))
}

fn structure(members: Vec<(&str, Value)>) -> Value {
    Value::Struct(members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect())
}
