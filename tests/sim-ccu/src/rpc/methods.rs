//! The methods interfaces have. Does NOT know how calls and answers are written.

use crate::ccu::{Ccu, Phase};
use crate::devices::{Device, Interface, entries, entry};
use crate::fault::Fault as Injected;
use crate::value::Value;

const METHODS: [&str; 8] = [
    "getDeviceDescription",
    "getParamsetDescription",
    "getVersion",
    "listBidcosInterfaces",
    "listDevices",
    "ping",
    "system.listMethods",
    "system.multicall",
];

/// An error of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl Fault {
    pub(crate) fn new(code: i32, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    /// As both wires carry it.
    pub(crate) fn into_value(self) -> Value {
        Value::Struct(vec![("faultCode".into(), self.code.into()), ("faultString".into(), self.text.into())])
    }
}

/// Whether the process of an interface runs.
pub(crate) fn is_up(ccu: &Ccu, interface: Interface) -> bool {
    *ccu.phase.borrow() == Phase::Ready && (interface != Interface::HmIpRf || ccu.world().hmip_runs)
}

/// Calls a method.
pub(crate) fn call(ccu: &Ccu, interface: Interface, method: &str, params: &[Value]) -> Result<Value, Fault> {
    if !has(interface, method) {
        return Err(Fault::new(-1, format!("{method}: unknown method name")));
    }
    match method {
        "listDevices" => Ok(list(ccu, interface)),
        "getDeviceDescription" => {
            let address = text(params, 0)?;
            let found = device(ccu, interface, address).and_then(|device| entry(interface, &device, address));
            Ok(found.ok_or_else(|| Fault::new(-2, "Unknown instance"))?.description)
        }
        "getParamsetDescription" => {
            let (address, key) = (text(params, 0)?, text(params, 1)?);
            let found = device(ccu, interface, address).and_then(|device| entry(interface, &device, address));
            let found = found.ok_or_else(|| Fault::new(-2, "Unknown instance"))?;
            found.paramset(key).ok_or_else(|| Fault::new(-3, "Unknown paramset"))
        }
        "getVersion" => Ok(version(interface).into()),
        "ping" => Ok(true.into()),
        "listBidcosInterfaces" => Ok(radio_modules(interface)),
        "system.listMethods" => Ok(Value::texts(METHODS.into_iter().filter(|name| has(interface, name)))),
        _ => multicall(ccu, interface, params),
    }
}

// Groups answer `ping` without listing it; a client cannot see the difference from here.
fn has(interface: Interface, method: &str) -> bool {
    match method {
        "ping" => interface != Interface::CuxD,
        "listBidcosInterfaces" => matches!(interface, Interface::BidCosRf | Interface::HmIpRf),
        "system.multicall" => matches!(interface, Interface::BidCosRf | Interface::CuxD),
        _ => METHODS.contains(&method),
    }
}

fn list(ccu: &Ccu, interface: Interface) -> Value {
    let limit = ccu.faults.take(|fault| match fault {
        Injected::EmptyDeviceList => Some(0),
        Injected::ShortDeviceList(count) => Some(*count),
        _ => None,
    });
    let devices = ccu.world().central.devices.get(&interface).cloned().unwrap_or_default();
    let devices = devices.values().take(limit.unwrap_or(usize::MAX));
    Value::Array(
        devices.flat_map(|device| entries(interface, device)).map(|entry| entry.description).collect(),
    )
}

fn device(ccu: &Ccu, interface: Interface, address: &str) -> Option<Device> {
    let serial = address.split(':').next()?;
    ccu.world().central.devices.get(&interface)?.get(serial).cloned()
}

fn version(interface: Interface) -> &'static str {
    match interface {
        Interface::BidCosRf => "3.87.6",
        Interface::HmIpRf => "3.87.6-HmIP",
        Interface::VirtualDevices => "1.0",
        Interface::CuxD => "2.12",
    }
}

fn radio_modules(interface: Interface) -> Value {
    let members = [
        (
            "ADDRESS",
            Value::from(if interface == Interface::HmIpRf {
                "3014F711A0001F58A9A7B5C2"
            } else {
                "NEQ0123456"
            }),
        ),
        ("CONNECTED", true.into()),
        ("DEFAULT", true.into()),
        ("DUTY_CYCLE", 3.into()),
        ("FIRMWARE_VERSION", "4.4.18".into()),
        ("TYPE", "CCU2".into()),
    ];
    Value::Array(vec![Value::Struct(members.map(|(key, value)| (key.to_owned(), value)).into())])
}

fn multicall(ccu: &Ccu, interface: Interface, params: &[Value]) -> Result<Value, Fault> {
    let Some(Value::Array(calls)) = params.first() else {
        return Err(Fault::new(-1, "system.multicall: an array of calls expected"));
    };
    let one = |one: &Value| {
        let name = one.member("methodName").and_then(Value::as_text).unwrap_or_default();
        let params = if let Some(Value::Array(params)) = one.member("params") { &params[..] } else { &[] };
        let answer = match name {
            "system.multicall" => Err(Fault::new(-1, "Recursive system.multicall forbidden")),
            _ => call(ccu, interface, name, params),
        };
        answer.map_or_else(Fault::into_value, |value| Value::Array(vec![value]))
    };
    Ok(Value::Array(calls.iter().map(one).collect()))
}

fn text(params: &[Value], at: usize) -> Result<&str, Fault> {
    let found = params.get(at).and_then(Value::as_text);
    found.ok_or_else(|| Fault::new(-1, "wrong number or type of parameters"))
}
