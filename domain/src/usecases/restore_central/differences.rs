//! What is different between a central and the backup that was restored to it, in words.
//!
//! Does NOT count devices. A restore that quietly did nothing is told by its counts: they are those from before.

use super::firmware;
use crate::ccu_backup::{CcuBackup, CcuBackupContents};
use crate::sbk::FirmwareVersion;
use std::collections::BTreeMap;

/// What is said of a central that nobody knows of whether it took the backup over.
pub(super) const DOUBT: &str = "it is not known whether the central had taken the backup over before the daemon ended or the \
     conversation with it broke off; compare its devices, programs and settings with the backup yourself";

/// How the central is now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Present {
    /// Firmware version as it says it.
    pub(super) firmware: String,
    /// Number of devices and channels per interface, or why there is none.
    pub(super) devices: BTreeMap<String, Result<u64, String>>,
    /// Whether it has restarted since it was told to: by how long it has been up, or else because it was seen to be away.
    pub(super) has_restarted: bool,
}

/// Whether every interface that was counted answers, and has at least as many devices as `recorded`.
pub(super) fn is_complete(recorded: &BTreeMap<String, u64>, present: &Present) -> bool {
    present.devices.values().all(Result::is_ok)
        && recorded.iter().all(
            |(interface, count)| matches!(present.devices.get(interface), Some(Ok(present)) if present >= count),
        )
}

/// Whether the counts show that the central has taken the backup over: they were others before, and are those of the backup.
pub(super) fn is_proven(backup: Option<&CcuBackup>, before: Option<&CcuBackup>, present: &Present) -> bool {
    let recorded = backup.and_then(|backup| backup.contents.as_ref());
    let before = before.and_then(|before| before.contents.as_ref());
    let (Some(recorded), Some(before)) = (recorded, before) else { return false };
    let was_other = |interface, count| before.devices.get(interface).is_some_and(|before| before != count);
    recorded.devices.iter().any(|(interface, count)| was_other(interface, count)) && is_as(recorded, present)
}

/// Whether the central has exactly the devices of `recorded`, and none anywhere else. Interfaces that could not be counted
/// then are not looked at.
fn is_as(recorded: &CcuBackupContents, present: &Present) -> bool {
    recorded.devices.keys().all(|interface| present.devices.contains_key(interface))
        && present.devices.iter().all(|(interface, count)| {
            recorded.count_on(interface).is_none_or(|recorded| *count == Ok(recorded))
        })
}

/// All differences. `before` is the backup that was taken of the central right before.
pub(super) fn differences(
    backup: Option<&CcuBackup>,
    before: Option<&CcuBackup>,
    present: &Present,
) -> Vec<String> {
    let mut found = Vec::new();
    let nothing = CcuBackupContents::default();
    let recorded = backup.and_then(|backup| backup.contents.as_ref()).unwrap_or(&nothing);
    if !present.has_restarted {
        found.push(
            "the central was never seen to restart; if it is as it was before, restart it by hand".to_owned(),
        );
    }
    let made_with = recorded.firmware.as_deref().and_then(FirmwareVersion::parse);
    if let (Some(made_with), Some(now)) = (made_with, FirmwareVersion::parse(&present.firmware)) {
        found.extend(firmware::remark(made_with, now));
    }
    if recorded.devices.is_empty() {
        found.push(
            "the backup does not record how many devices the central had, so they were not compared"
                .to_owned(),
        );
    }
    let before = before.and_then(|before| before.contents.as_ref()).map(|contents| &contents.devices);
    if before.is_some_and(|before| nothing_changed(recorded, before, present)) {
        found.push(
            "the central has exactly as many devices as before the restore: it seems not to have taken the backup over; \
             look for free space on it"
                .to_owned(),
        );
    }
    for (interface, count) in &recorded.devices {
        found.extend(on_interface(interface, *count, present.devices.get(interface)));
    }
    if !recorded.devices.is_empty() {
        let more = present.devices.iter().filter(|(interface, _)| !recorded.devices.contains_key(*interface));
        found.extend(more.filter_map(|(interface, count)| {
            on_interface(interface, recorded.count_on(interface)?, Some(count))
        }));
    }
    found
}

fn on_interface(interface: &str, recorded: u64, present: Option<&Result<u64, String>>) -> Option<String> {
    let recorded_text = format!("the backup recorded {recorded}");
    match present {
        Some(Ok(now)) if *now == recorded => None,
        Some(Ok(now)) => {
            Some(format!("interface `{interface}` has {now} devices and channels, {recorded_text}"))
        }
        Some(Err(words)) => {
            Some(format!("interface `{interface}` does not answer ({words}), {recorded_text}"))
        }
        None => Some(format!("the central has no interface `{interface}`, {recorded_text}")),
    }
}

fn nothing_changed(recorded: &CcuBackupContents, before: &BTreeMap<String, u64>, present: &Present) -> bool {
    let as_before = before.iter().all(|(name, count)| present.devices.get(name) == Some(&Ok(*count)));
    !before.is_empty() && !recorded.devices.is_empty() && as_before && !is_as(recorded, present)
}

#[cfg(test)]
mod tests;
