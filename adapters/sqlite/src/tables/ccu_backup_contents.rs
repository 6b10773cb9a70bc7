//! The column `contents_json` of the table `ccu_backups`: what is known of the contents of a CCU backup.
//!
//! What is not known is absent, and fields that nobody knows here are ignored. Does NOT touch the database.

use crate::columns::json;
use loom_domain::ccu::CcuFacts;
use loom_domain::ccu_backup::CcuBackupContents;
use serde_json::{Map, Value, json};

const COLUMN: &str = "contents_json";

/// The contents as stored.
pub(super) fn to_text(contents: &CcuBackupContents) -> String {
    let mut fields = Map::new();
    if let Some(origin) = &contents.origin {
        let origin = json!({
            "serial": origin.serial,
            "product": origin.product,
            "firmware": origin.firmware,
            "host_name": origin.host_name,
        });
        fields.insert("origin".to_owned(), origin);
    }
    if let Some(firmware) = &contents.firmware {
        fields.insert("firmware".to_owned(), json!(firmware));
    }
    if let Some(key_index) = contents.key_index {
        fields.insert("key_index".to_owned(), json!(key_index));
    }
    fields.insert("devices".to_owned(), json!(contents.devices));
    fields.insert("warnings".to_owned(), json!(contents.warnings));
    Value::Object(fields).to_string()
}

/// Reads the contents.
pub(super) fn from_text(text: &str) -> Result<CcuBackupContents, String> {
    let stored = json(COLUMN, text)?;
    let fields = stored.as_object().ok_or_else(|| wrong("is no object"))?;
    let origin = fields.get("origin").map(to_facts).transpose()?;
    let devices = fields.get("devices").and_then(Value::as_object).ok_or_else(|| wrong("lacks `devices`"))?;
    let devices = devices.iter().map(|(interface, count)| Some((interface.clone(), count.as_u64()?)));
    let warnings = fields.get("warnings").and_then(Value::as_array);
    let warnings = warnings.ok_or_else(|| wrong("lacks `warnings`"))?;
    let warnings = warnings.iter().map(|warning| warning.as_str().map(str::to_owned));
    Ok(CcuBackupContents {
        origin,
        firmware: fields.get("firmware").map(|field| to_owned("firmware", field)).transpose()?,
        key_index: match fields.get("key_index") {
            Some(index) => Some(index.as_u64().ok_or_else(|| wrong("`key_index` is no number"))?),
            None => None,
        },
        devices: devices.collect::<Option<_>>().ok_or_else(|| wrong("`devices` holds no numbers"))?,
        warnings: warnings.collect::<Option<_>>().ok_or_else(|| wrong("`warnings` holds no texts"))?,
    })
}

fn to_facts(origin: &Value) -> Result<CcuFacts, String> {
    Ok(CcuFacts {
        serial: to_owned("origin.serial", &origin["serial"])?,
        product: to_owned("origin.product", &origin["product"])?,
        firmware: to_owned("origin.firmware", &origin["firmware"])?,
        host_name: to_owned("origin.host_name", &origin["host_name"])?,
    })
}

fn to_owned(name: &str, field: &Value) -> Result<String, String> {
    field.as_str().map(str::to_owned).ok_or_else(|| wrong(&format!("`{name}` is no text")))
}

fn wrong(reason: &str) -> String {
    format!("{COLUMN}: {reason}")
}
