//! What makes a description a changed one: address, type, version, firmware, paramsets and children.
//!
//! Other fields change without the device changing, such as which interface of several receives it best.

use crate::archive::hex;
use crate::ports::CcuDevice;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// The hash of what makes a device itself: 64 lower-case hex digits. The order of paramsets and children does not count.
pub(super) fn fingerprint(device: &CcuDevice) -> String {
    let mut hash = Sha256::new();
    let mut field = |texts: &[&str]| {
        for text in texts {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
        }
        hash.update([0xff; 8]);
    };
    field(&[&device.address]);
    field(&[&device.device_type]);
    field(&[&device.firmware]);
    field(&[&text(&device.description["VERSION"])]);
    field(&sorted(device.paramset_keys.iter().map(String::as_str)));
    let children = device.description["CHILDREN"].as_array();
    field(&sorted(children.into_iter().flatten().filter_map(Value::as_str)));
    hex(&hash.finalize())
}

/// A number is the same as its text: not every way to a central keeps them apart.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn sorted<'a>(texts: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut texts: Vec<&str> = texts.filter(|text| !text.is_empty()).collect();
    texts.sort_unstable();
    texts
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn device() -> CcuDevice {
        CcuDevice {
            address: "ABC0000001".to_owned(),
            device_type: "HmIP-BSM".to_owned(),
            parent: String::new(),
            firmware: "1.6.0".to_owned(),
            paramset_keys: vec!["MASTER".to_owned(), "SERVICE".to_owned()],
            description: json!({"VERSION": 3, "CHILDREN": ["ABC0000001:0", "ABC0000001:1"], "INTERFACE": "A"}),
        }
    }

    #[test]
    fn what_makes_a_device_itself_changes_its_fingerprint() {
        let change = |change: fn(&mut CcuDevice)| {
            let mut device = device();
            change(&mut device);
            fingerprint(&device)
        };
        let same = fingerprint(&device());
        assert_ne!(change(|device| device.address = "ABC0000002".to_owned()), same);
        assert_ne!(change(|device| device.device_type.push('2')), same);
        assert_ne!(change(|device| device.firmware = "1.6.2".to_owned()), same);
        assert_ne!(change(|device| device.description["VERSION"] = json!(4)), same);
        assert_ne!(change(|device| device.paramset_keys.push("LINK".to_owned())), same);
        assert_ne!(change(|device| device.description["CHILDREN"] = json!("")), same);
    }

    #[test]
    fn what_does_not_make_it_leaves_it() {
        let mut other = device();
        other.description["INTERFACE"] = json!("B");
        other.description["CHILDREN"] = json!(["ABC0000001:1", "ABC0000001:0"]);
        other.description["VERSION"] = json!("3");
        other.paramset_keys.reverse();
        assert_eq!(fingerprint(&other), fingerprint(&device()));
    }
}
