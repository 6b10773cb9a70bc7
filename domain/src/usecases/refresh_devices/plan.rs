//! What a list of devices means for the cache: what to keep, store, remove and ask about.
//!
//! Does NOT do any of it.

use super::RefreshMode;
use super::bounds::is_too_large;
use super::fingerprint::fingerprint;
use super::memory::Memory;
use crate::ccu::CcuFacts;
use crate::ccu_serial::is_same_serial;
use crate::device::{CachedInterface, Device, InterfaceRef};
use crate::ports::{CcuDevice, CcuDeviceList};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What is known of an interface before its list came.
pub(super) struct Before<'a> {
    pub(super) interface: &'a InterfaceRef,
    pub(super) facts: &'a CcuFacts,
    pub(super) remembered: Option<CachedInterface>,
    pub(super) cached: Vec<Device>,
    pub(super) mode: RefreshMode,
    pub(super) now: Timestamp,
}

/// What to do.
#[derive(Debug, PartialEq)]
pub(super) enum Plan {
    /// Nothing, for this reason.
    Keep(String),
    /// In this order.
    Refresh(Box<Changes>),
}

#[derive(Debug, PartialEq)]
pub(super) struct Changes {
    /// Why everything is read afresh, if it is.
    pub(super) afresh: Option<String>,
    /// Devices and channels to remove, none of them a channel of another one.
    pub(super) remove: Vec<String>,
    /// Rows to store before anything is asked; the hash of those that will be asked about is empty.
    pub(super) rows: Vec<Device>,
    /// What to remember of the interface.
    pub(super) remember: CachedInterface,
    /// Addresses whose description is not stored; what is cached of them stays.
    pub(super) too_large: Vec<String>,
    /// What to ask, in order of address.
    pub(super) describe: Vec<Described>,
}

/// One device or channel to ask about.
#[derive(Debug, PartialEq)]
pub(super) struct Described {
    /// Its row once all its paramsets are cached.
    pub(super) row: Device,
    /// Paramsets it has.
    pub(super) keys: Vec<String>,
    /// Paramsets it had and has no more.
    pub(super) gone: Vec<String>,
}

impl Before<'_> {
    /// Works the plan out, and notes in `memory` what the next run needs.
    pub(super) fn plan(self, list: CcuDeviceList, memory: &mut Memory) -> Plan {
        let has_cache = !self.cached.is_empty();
        let known = self.remembered.as_ref();
        let another_unit = known.is_some_and(|known| !is_same_serial(&known.serial, &self.facts.serial));
        let listed: BTreeMap<String, CcuDevice> =
            list.devices.into_iter().map(|device| (device.address.clone(), device)).collect();
        if has_cache && !another_unit {
            if listed.len() * 2 < self.cached.len() {
                if !memory.short_list(listed.len(), self.now) {
                    return Plan::Keep(short_words(listed.len(), self.cached.len()));
                }
            } else {
                memory.long_list();
            }
            if list.simplified && known.is_some_and(|known| !known.simplified) {
                return Plan::Keep(SIMPLIFIED.to_owned());
            }
        }

        let afresh = self.reason_to_read_afresh(list.simplified, another_unit);
        let missing: BTreeSet<String> = self
            .cached
            .iter()
            .map(|device| device.address.clone())
            .filter(|address| !listed.contains_key(address))
            .collect();
        let (remove, once): (BTreeSet<_>, BTreeSet<_>) =
            missing.into_iter().partition(|address| another_unit || memory.missing.contains(address));
        memory.missing = once;

        let remember = CachedInterface {
            interface: self.interface.clone(),
            firmware: self.facts.firmware.clone(),
            serial: self.facts.serial.clone(),
            simplified: list.simplified,
            read_at: known.filter(|_| afresh.is_none()).map_or(self.now, |known| known.read_at),
            compared_at: self.now,
        };
        let mut changes = Changes {
            afresh,
            remove: outermost(remove),
            rows: Vec::new(),
            remember,
            too_large: Vec::new(),
            describe: Vec::new(),
        };
        let mut cached: BTreeMap<String, Device> =
            self.cached.into_iter().map(|device| (device.address.clone(), device)).collect();
        for (address, device) in listed {
            let old = cached.remove(&address);
            match is_too_large(&device.description) {
                true => changes.leave_out(address, old),
                false => changes.add(device, old, self.interface, self.now),
            }
        }
        Plan::Refresh(Box::new(changes))
    }

    fn reason_to_read_afresh(&self, simplified: bool, another_unit: bool) -> Option<String> {
        let Some(known) = &self.remembered else { return Some("it was never read before".to_owned()) };
        let (was, is) = (&known.firmware, &self.facts.firmware);
        if another_unit {
            Some(format!("the central is another unit now, with serial number `{}`", self.facts.serial))
        } else if was != is {
            Some(format!("the central has firmware {is} now, and had {was}"))
        } else if known.simplified && !simplified {
            Some("types and fields that got lost the last time can be had now".to_owned())
        } else {
            (self.mode == RefreshMode::Full).then(|| "it was asked for".to_owned())
        }
    }
}

const SIMPLIFIED: &str = "only a way is open on which types of values get lost, and the cache was read without such loss: open \
                          the ports of the interfaces in the central's firewall";

impl Changes {
    fn leave_out(&mut self, address: String, old: Option<Device>) {
        // Its paramsets are no longer those that are cached.
        if let Some(old) = old.filter(|old| self.afresh.is_some() && !old.hash.is_empty()) {
            self.rows.push(Device { hash: String::new(), ..old });
        }
        self.too_large.push(address);
    }

    fn add(&mut self, device: CcuDevice, old: Option<Device>, interface: &InterfaceRef, now: Timestamp) {
        let hash = fingerprint(&device);
        let keys = device.paramset_keys.clone();
        let row = row(device, old.as_ref(), interface, now);
        let stale = self.afresh.is_some() || old.as_ref().is_none_or(|old| old.hash != hash);
        let is_stored = |hash: &str| {
            let same = |old: &Device| old.hash == hash && is_same_but_for_its_time(old, &row);
            old.as_ref().is_some_and(same)
        };
        let hash_until_described = if stale { String::new() } else { hash.clone() };
        if !is_stored(&hash_until_described) {
            self.rows.push(Device { hash: hash_until_described, ..row.clone() });
        }
        if stale {
            let gone = old.map(|old| gone(&old, &keys)).unwrap_or_default();
            self.describe.push(Described { row: Device { hash, ..row }, keys, gone });
        }
    }
}

/// The row of a device, without its hash. What no list tells is kept.
fn row(device: CcuDevice, old: Option<&Device>, interface: &InterfaceRef, now: Timestamp) -> Device {
    let kept = |field: fn(&Device) -> &String| old.map(|old| field(old).clone()).unwrap_or_default();
    Device {
        interface: interface.clone(),
        address: device.address,
        model: if device.parent.is_empty() { device.device_type.clone() } else { kept(|old| &old.model) },
        device_type: device.device_type,
        parent: device.parent,
        firmware: device.firmware,
        manufacturer: kept(|old| &old.manufacturer),
        product_group: kept(|old| &old.product_group),
        hash: String::new(),
        description: device.description,
        updated_at: now,
    }
}

fn is_same_but_for_its_time(old: &Device, new: &Device) -> bool {
    old.description == new.description
        && old.device_type == new.device_type
        && old.parent == new.parent
        && old.firmware == new.firmware
        && old.model == new.model
}

/// Paramsets the old description names and the new one does not.
fn gone(old: &Device, keys: &[String]) -> Vec<String> {
    let named = old.description["PARAMSETS"].as_array().into_iter().flatten().filter_map(Value::as_str);
    named.filter(|key| !keys.iter().any(|kept| kept == key)).map(str::to_owned).collect()
}

/// Without channels whose device is among them: they go with it.
fn outermost(addresses: BTreeSet<String>) -> Vec<String> {
    let goes_with_its_device =
        |address: &String| address.split_once(':').is_some_and(|(device, _)| addresses.contains(device));
    addresses.iter().filter(|address| !goes_with_its_device(address)).cloned().collect()
}

fn short_words(listed: usize, cached: usize) -> String {
    format!(
        "the central lists {listed} devices and channels of {cached} that are cached: an interface that boots does so; if the \
         others are gone for good, the list is believed after half an hour"
    )
}

#[cfg(test)]
mod tests;
