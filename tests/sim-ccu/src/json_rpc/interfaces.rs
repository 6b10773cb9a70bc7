//! `Interface.*`: the lossy shapes of JSON. Does NOT pass on what the firmware leaves out.

use super::{Answer, Refusal, argument};
use crate::ccu::Ccu;
use crate::devices::Interface;
use crate::rpc::{self, RpcFault};
use crate::value::Value;
use serde_json::{Map, Value as Json, json};

pub(super) fn answer(ccu: &Ccu, method: &str, params: &Map<String, Json>) -> Answer {
    if method == "Interface.listInterfaces" {
        return Ok(list(ccu));
    }
    let name = argument(params, "interface")?;
    let known = ccu.config.devices.keys().find(|interface| interface.name() == name);
    let interface = *known.ok_or_else(|| Refusal(500, format!("unknown interface ({name})")))?;
    if !rpc::is_up(ccu, interface) {
        return if method == "Interface.isPresent" {
            Ok(json!(false))
        } else {
            Err(Refusal(601, "TCL error: connection refused".into()))
        };
    }
    let ask = |method: &str, params: &[Value]| rpc::call(ccu, interface, method, params).map_err(refusal);
    match method {
        "Interface.isPresent" => Ok(json!(true)),
        "Interface.listDevices" => match ask("listDevices", &[])? {
            Value::Array(devices) => Ok(devices.iter().map(device).collect()),
            _ => Ok(json!([])),
        },
        "Interface.getDeviceDescription" => {
            let address = argument(params, "address")?;
            Ok(device(&ask("getDeviceDescription", &[address.into()])?))
        }
        _ => {
            let address = argument(params, "address")?;
            let kind = argument(params, "paramsetType").or_else(|_| argument(params, "paramsetKey"))?;
            Ok(paramset(&ask("getParamsetDescription", &[address.into(), kind.into()])?))
        }
    }
}

fn list(ccu: &Ccu) -> Json {
    let line = |interface: &Interface| json!({"name": interface.name(), "port": reported_port(ccu, *interface), "info": interface.name()});
    ccu.config.devices.keys().map(line).collect()
}

// Inside ports are outside ones plus 30000; CUxD has no outside one.
fn reported_port(ccu: &Ccu, interface: Interface) -> u16 {
    let outside =
        ccu.ports.get().and_then(|ports| ports.get(&interface)).map_or(0, std::net::SocketAddr::port);
    let inside = ccu.config.inside_ports.unwrap_or(outside == interface.real_port());
    match outside.checked_add(30_000) {
        Some(port) if inside && interface != Interface::CuxD => port,
        _ => outside,
    }
}

fn refusal(fault: RpcFault) -> Refusal {
    let code = match fault.code {
        -1 => 501,
        -2 => 502,
        -3 => 503,
        -4 => 504,
        -5 => 505,
        -6 => 506,
        -10 => 507,
        _ => 599,
    };
    Refusal(code, fault.text)
}

const DEVICE_KEYS: [(&str, &str); 23] = [
    ("TYPE", "type"),
    ("ADDRESS", "address"),
    ("PARAMSETS", "paramsets"),
    ("VERSION", "version"),
    ("FLAGS", "flags"),
    ("CHILDREN", "children"),
    ("FIRMWARE", "firmware"),
    ("AVAILABLE_FIRMWARE", "availableFirmware"),
    ("UPDATABLE", "updatable"),
    ("FIRMWARE_UPDATE_STATE", "firmwareUpdateState"),
    ("PARENT", "parent"),
    ("PARENT_TYPE", "parentType"),
    ("INDEX", "index"),
    ("AES_ACTIVE", "aesActive"),
    ("LINK_SOURCE_ROLES", "linkSourceRoles"),
    ("LINK_TARGET_ROLES", "linkTargetRoles"),
    ("DIRECTION", "direction"),
    ("GROUP", "group"),
    ("TEAM", "team"),
    ("TEAM_TAG", "teamTag"),
    ("TEAM_CHANNELS", "teamChannels"),
    ("INTERFACE", "interface"),
    ("ROAMING", "roaming"),
];

fn device(description: &Value) -> Json {
    let member = |(wire, json): &(&str, &str)| {
        let value = description.member(wire)?;
        let value = match value.as_text() {
            Some(text) if json.ends_with("Roles") => text.split_whitespace().map(Json::from).collect(),
            _ => plain(value),
        };
        Some(((*json).to_owned(), value))
    };
    Json::Object(DEVICE_KEYS.iter().filter_map(member).collect())
}

fn plain(value: &Value) -> Json {
    match value {
        Value::Int(number) => json!(number),
        Value::Bool(truth) => json!(truth),
        Value::Double(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Struct(members) => Json::Object(members.iter().map(|(k, v)| (k.clone(), plain(v))).collect()),
    }
}

fn paramset(description: &Value) -> Json {
    let Value::Struct(parameters) = description else { return json!([]) };
    let parameter = |(name, description): &(String, Value)| {
        let mut line = Map::from_iter([("NAME".to_owned(), json!(name))]);
        if let Value::Struct(members) = description {
            line.extend(members.iter().map(|(key, value)| (key.clone(), json!(tcl(value)))));
        }
        Json::Object(line)
    };
    parameters.iter().map(parameter).collect()
}

// As Tcl prints values: lists separated by blanks, structures as alternating keys and values.
fn tcl(value: &Value) -> String {
    let word =
        |text: String| if text.is_empty() || text.contains(' ') { format!("{{{text}}}") } else { text };
    match value {
        Value::Int(number) => number.to_string(),
        Value::Bool(truth) => u8::from(*truth).to_string(),
        Value::Double(number) => format!("{number:.6}"),
        Value::Text(text) => text.clone(),
        Value::Array(items) => items.iter().map(|item| word(tcl(item))).collect::<Vec<_>>().join(" "),
        Value::Struct(members) => {
            let pairs = members.iter().map(|(key, value)| format!("{key} {}", word(tcl(value))));
            pairs.collect::<Vec<_>>().join(" ")
        }
    }
}
