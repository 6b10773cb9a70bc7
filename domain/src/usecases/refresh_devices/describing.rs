//! Asking an interface about paramsets, one question at a time, and storing the answers in batches.
//!
//! Does NOT choose what to ask. A device gets its hash after its last paramset is stored, so a batch that never came leaves
//! devices that are asked about again.

use super::bounds::{is_too_large, left_out};
use super::plan::Described;
use super::{Calls, InterfaceReport, RefreshDevices};
use crate::device::{Device, InterfaceRef, Paramset, ParamsetId};
use crate::ports::{CcuError, ParamsetAnswer, Stage, StoreError};
use crate::words::in_one_line;
use serde_json::Value;

/// Paramsets in one transaction.
const BATCH: usize = 200;

/// Bytes of their contents; a few devices have huge ones.
const BATCH_BYTES: usize = 4 << 20;

/// So many unusable answers one after another are not the fault of single devices.
const UNUSABLE_IN_A_ROW: u32 = 5;

/// What a paramset the central does not have is cached as.
const NONE: &str = "null";

pub(super) struct Describing<'a> {
    refresh: &'a RefreshDevices,
    interface: &'a InterfaceRef,
    calls: &'a Calls,
    report: &'a mut InterfaceReport,
    paramsets: Vec<Paramset>,
    bytes: usize,
    complete: Vec<Device>,
    unusable: u32,
}

impl<'a> Describing<'a> {
    pub(super) fn new(
        refresh: &'a RefreshDevices,
        interface: &'a InterfaceRef,
        calls: &'a Calls,
        report: &'a mut InterfaceReport,
    ) -> Self {
        let (paramsets, complete) = (Vec::new(), Vec::new());
        Self { refresh, interface, calls, report, paramsets, bytes: 0, complete, unusable: 0 }
    }

    /// Asks about all of them, or until the interface does not answer any more.
    pub(super) async fn all(mut self, describe: Vec<Described>) -> Result<(), StoreError> {
        let total: usize = describe.iter().map(|described| described.keys.len()).sum();
        self.report.pending = describe.len() as u64;
        self.tell(total);
        for described in describe {
            let goes_on = self.one(described).await;
            if self.paramsets.len() >= BATCH || self.bytes >= BATCH_BYTES {
                self.store().await?;
                self.tell(total);
            }
            if !goes_on {
                break;
            }
        }
        self.store().await
    }

    /// Asks about one; whether it makes sense to ask about another.
    async fn one(&mut self, described: Described) -> bool {
        let Described { row, keys, gone } = described;
        let mut complete = true;
        for key in keys {
            let (gateway, address) = (&self.refresh.gateway, row.address.as_str());
            let asked = gateway.describe_paramset(&self.interface.interface_id, address, &key);
            match self.calls.counted(asked).await {
                Ok(ParamsetAnswer::Described(content)) if is_too_large(&content) => {
                    complete = false;
                    self.complain(left_out(&format!("{key} {address}")));
                }
                Ok(ParamsetAnswer::Described(content)) => self.keep(&row, key, canonical(content)),
                Ok(ParamsetAnswer::None) => self.keep(&row, key, NONE.to_owned()),
                Ok(ParamsetAnswer::Later(words)) => {
                    complete = false;
                    self.complain(format!("`{key}` of `{address}` was put off: {words}"));
                }
                Err(error) => {
                    complete = false;
                    self.complain(format!("`{key}` of `{address}`: {}", in_one_line(&error)));
                    self.unusable += 1;
                    if !is_of_one_device(&error) || self.unusable >= UNUSABLE_IN_A_ROW {
                        return false;
                    }
                    // The other paramsets of a device that is unknown by now are so too.
                    break;
                }
            }
            self.unusable = 0;
        }
        if complete {
            for key in gone {
                self.cache(&row, key, NONE.to_owned());
            }
            self.complete.push(row);
        }
        true
    }

    fn keep(&mut self, row: &Device, key: String, content: String) {
        self.report.described += 1;
        self.cache(row, key, content);
    }

    fn cache(&mut self, row: &Device, paramset_key: String, content: String) {
        self.bytes += content.len();
        let (interface, channel_address) = (self.interface.clone(), row.address.clone());
        let id = ParamsetId { interface, channel_address, paramset_key };
        self.paramsets.push(Paramset { id, content, updated_at: row.updated_at });
    }

    /// The first complaint says what is wrong; a hundred say no more.
    fn complain(&mut self, words: String) {
        self.report.error.get_or_insert(words);
    }

    async fn store(&mut self) -> Result<(), StoreError> {
        if !self.paramsets.is_empty() {
            self.refresh.paramsets.put_paramsets(&self.paramsets).await?;
        }
        if !self.complete.is_empty() {
            self.refresh.devices.put_devices(&self.complete).await?;
        }
        self.report.pending -= self.complete.len() as u64;
        self.paramsets.clear();
        self.complete.clear();
        self.bytes = 0;
        Ok(())
    }

    fn tell(&self, total: usize) {
        if total > 0 {
            let object =
                format!("{}: {} of {total} descriptions", self.interface.interface_id, self.report.described);
            self.refresh.progress.begin(Stage::Fetch, &object, None);
        }
    }
}

/// Whether an error says something about the device that was asked about, and nothing about the interface.
fn is_of_one_device(error: &CcuError) -> bool {
    matches!(error, CcuError::Refused(_) | CcuError::Misbehaved(_))
}

/// One text per content, however its keys are ordered.
fn canonical(mut content: Value) -> String {
    content.sort_all_objects();
    content.to_string()
}
