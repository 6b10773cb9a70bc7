//! A CCU backup as it is printed.
//!
//! Does NOT ask for it.

use crate::daemon_client::BackupEntry;
use crate::output;
use serde_json::{Value, json};

pub(super) fn as_json(entry: &BackupEntry) -> Value {
    json!({
        "id": entry.id,
        "central": Some(&entry.central).filter(|central| !central.is_empty()),
        "state": entry.state,
        "created_at": entry.created_at,
        "available": entry.available,
        "filename": entry.filename,
        "bytes": entry.bytes,
        "sha256": entry.sha256,
        "firmware": entry.contents.firmware,
        "key_index": entry.contents.key_index,
        "devices": entry.contents.devices,
        "warnings": entry.contents.warnings,
        "reason": entry.reason,
        "hint": entry.hint,
    })
}

/// One that is complete, on one line, and what is odd about it.
pub(super) fn print(entry: &BackupEntry) {
    entry.contents.warnings.iter().for_each(|warning| output::warning(warning));
    if entry.contents.key_index.is_some_and(|index| index > 0) {
        output::note(
            "it is signed with a security key: keep that key, a restore to another unit asks for it",
        );
    }
    output::text(&format!(
        "{}  {}  {} bytes ({})  sha256 {}",
        entry.id,
        entry.filename.as_deref().unwrap_or("-"),
        entry.bytes,
        output::size(entry.bytes),
        entry.sha256.as_deref().unwrap_or("-"),
    ));
}
