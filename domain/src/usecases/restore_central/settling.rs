//! After the way back: devices are counted until they are all there or no more come, and old caches are dropped.
//!
//! Does NOT say what a difference is (`differences`), and does NOT read descriptions again (`usecases::refresh_devices`).

use super::RestoreCentral;
use super::differences::{DOUBT, Present, differences, is_complete, is_proven};
use super::stop::{Stop, interrupted};
use crate::ccu_backup::CcuBackup;
use crate::central::CentralName;
use crate::device::InterfaceRef;
use crate::ports::StoreError;
use crate::words::in_one_line;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Pause between two counts.
const BETWEEN_COUNTS: Duration = Duration::from_secs(30);

/// A central whose counts did not change for so many of those pauses brings no more devices.
const UNCHANGED_COUNTS: u32 = 6;

/// What a restored central should be.
pub(super) struct Expectation<'a> {
    /// The backup it was restored from.
    pub(super) backup: Option<&'a CcuBackup>,
    /// The backup of how it was before.
    pub(super) before: Option<&'a CcuBackup>,
    /// Its serial number.
    pub(super) serial: Option<String>,
    /// Whether nobody knows if it took the backup over.
    pub(super) is_doubtful: bool,
}

impl Expectation<'_> {
    fn counts(&self) -> BTreeMap<String, u64> {
        counts_in(self.backup)
    }

    /// Every interface of the backup, and those the central had before: they have to be gone or empty.
    fn interfaces(&self) -> BTreeSet<String> {
        self.counts().into_keys().chain(counts_in(self.before).into_keys()).collect()
    }
}

fn counts_in(backup: Option<&CcuBackup>) -> BTreeMap<String, u64> {
    let contents = backup.and_then(|backup| backup.contents.as_ref());
    contents.map(|contents| contents.devices.clone()).unwrap_or_default()
}

impl RestoreCentral {
    /// The differences between the central that came back and what it should be.
    pub(super) async fn compare(&self, mut present: Present, expected: &Expectation<'_>) -> Vec<String> {
        let recorded = expected.counts();
        // Nothing can be compared with a backup that does not tell.
        let interfaces = if recorded.is_empty() { BTreeSet::new() } else { expected.interfaces() };
        let mut unchanged = 0;
        let mut waited = Duration::ZERO;
        loop {
            let counts = self.count_devices(&interfaces).await;
            // An interface that does not answer yet is no sign of rest.
            let at_rest = counts == present.devices && counts.values().all(Result::is_ok);
            unchanged = if at_rest { unchanged + 1 } else { 0 };
            present.devices = counts;
            let enough = unchanged >= UNCHANGED_COUNTS || waited >= self.patience.until_settled;
            if enough || is_complete(&recorded, &present) {
                let mut found = differences(expected.backup, expected.before, &present);
                if expected.is_doubtful && !is_proven(expected.backup, expected.before, &present) {
                    found.insert(0, DOUBT.to_owned());
                }
                return found;
            }
            self.pauses.pause(BETWEEN_COUNTS).await;
            waited += BETWEEN_COUNTS;
        }
    }

    /// Counts what hangs on these interfaces; one the central does not name is absent.
    async fn count_devices(&self, interfaces: &BTreeSet<String>) -> BTreeMap<String, Result<u64, String>> {
        let present = match self.gateway.list_interfaces().await {
            Ok(interfaces) => interfaces,
            Err(error) => {
                return interfaces.iter().map(|name| (name.clone(), Err(in_one_line(&error)))).collect();
            }
        };
        let mut counts = BTreeMap::new();
        for interface in present.into_iter().filter(|interface| interfaces.contains(interface)) {
            let count = self.gateway.list_ccu_devices(&interface).await;
            let count = count.map(|list| list.devices.len() as u64).map_err(|error| in_one_line(&error));
            counts.insert(interface, count);
        }
        counts
    }

    /// Forgets everything cached of the central: descriptions come from the backup too.
    pub(super) async fn drop_caches(
        &self,
        target: &CentralName,
        expected: &Expectation<'_>,
    ) -> Result<(), Stop> {
        let dropped = self.drop_interfaces(target, expected).await;
        dropped.map_err(|error| {
            interrupted(
                &format!("the central is back, but what was cached of it could not be dropped: {error}"),
                "look after the state store, then resume the restore",
            )
        })
    }

    async fn drop_interfaces(
        &self,
        target: &CentralName,
        expected: &Expectation<'_>,
    ) -> Result<(), StoreError> {
        let mut interfaces: BTreeSet<InterfaceRef> =
            self.devices.list_interfaces().await?.into_iter().collect();
        interfaces.retain(|interface| interface.central == *target);
        // An interface can be remembered without a single device.
        interfaces.extend(
            expected
                .interfaces()
                .into_iter()
                .map(|id| InterfaceRef { central: target.clone(), interface_id: id }),
        );
        for interface in &interfaces {
            self.interfaces.drop_interface(interface).await?;
        }
        Ok(())
    }
}
