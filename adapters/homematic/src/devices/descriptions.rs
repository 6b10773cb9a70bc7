//! Reads descriptions of devices and paramsets; what they mean beyond that is kept as it came.
//!
//! Does NOT ask for them (`ways`).

use crate::rpc::Fault;
use loom_domain::ports::{CcuDevice, CcuError, ParamsetAnswer};
use serde_json::{Map, Value};

/// The devices an interface listed.
pub(super) fn devices(list: Value, interface: &str) -> Result<Vec<CcuDevice>, CcuError> {
    match list {
        Value::Array(devices) => devices.into_iter().map(|described| device(described, interface)).collect(),
        // An interface without devices may answer with nothing at all.
        Value::String(nothing) if nothing.is_empty() => Ok(Vec::new()),
        _ => Err(CcuError::Misbehaved(format!("`{interface}` lists something that is no devices"))),
    }
}

fn device(description: Value, interface: &str) -> Result<CcuDevice, CcuError> {
    let text = |field: &str| description.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let address = text("ADDRESS");
    if address.is_empty() {
        return Err(CcuError::Misbehaved(format!("`{interface}` lists a device without an address")));
    }
    Ok(CcuDevice {
        address,
        device_type: text("TYPE"),
        parent: text("PARENT"),
        firmware: text("FIRMWARE"),
        paramset_keys: paramset_keys(description.get("PARAMSETS")),
        description,
    })
}

fn paramset_keys(named: Option<&Value>) -> Vec<String> {
    let texts = |values: &[Value]| values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    match named {
        Some(Value::Array(keys)) => texts(keys),
        // The central's own language writes lists as texts.
        Some(Value::String(keys)) => keys.split_whitespace().map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// What was said of one paramset.
pub(super) fn paramset(described: Value, address: &str, key: &str) -> Result<ParamsetAnswer, CcuError> {
    match described {
        Value::Object(_) => Ok(ParamsetAnswer::Described(described)),
        Value::String(nothing) if nothing.is_empty() => {
            Ok(ParamsetAnswer::Described(Value::Object(Map::new())))
        }
        _ => Err(CcuError::Misbehaved(format!("the description of `{key}` of `{address}` is none"))),
    }
}

/// Why a paramset was not described, by the code of the fault.
pub(super) fn missing_paramset(
    fault: Fault,
    interface: &str,
    address: &str,
) -> Result<ParamsetAnswer, CcuError> {
    match fault.code {
        // Something in general, too little air time, out of range, busy: all of it passes.
        -1 | -8 | -9 | -10 => Ok(ParamsetAnswer::Later(fault.to_string())),
        -2 | -4 => Err(CcuError::Refused(format!("`{interface}` does not know `{address}` ({fault})"))),
        _ => Ok(ParamsetAnswer::None),
    }
}
