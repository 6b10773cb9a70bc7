//! One attempt to fetch a backup: ask who the central is and what hangs on it, then stream the file into its staging.
//!
//! Does NOT commit it and does NOT write the record.

use super::{BackUpCentral, BackUpCentralError, SbkDamages};
use crate::ccu_backup::{CcuBackup, CcuBackupContents, uncounted_warning};
use crate::ccu_serial::is_another_central;
use crate::ports::{CcuFilesError, CcuGateway, CreatedSystemBackup, SbkStaging, Stage};
use crate::sbk::SbkVerdict;
use crate::words::in_one_line;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// A file that was judged good and is not committed yet.
pub(super) struct Fetched {
    pub(super) staging: Box<dyn SbkStaging>,
    pub(super) verdict: SbkVerdict,
    pub(super) contents: CcuBackupContents,
    pub(super) begun_at: Timestamp,
}

impl BackUpCentral {
    pub(super) async fn fetch(
        &self,
        record: &CcuBackup,
        expected_serial: Option<&str>,
    ) -> Result<Fetched, BackUpCentralError> {
        let begun_at = self.clock.now();
        let object = record.central.as_ref().map_or_else(|| record.id.to_string(), ToString::to_string);
        let origin = self.gateway.identity().await?;
        if is_another_central(expected_serial, &origin.serial) {
            return Err(BackUpCentralError::another_central(expected_serial, origin.serial));
        }
        let (devices, mut warnings) = count_devices(self.gateway.as_ref()).await;
        // Before the central is bothered for minutes: is there a place for what it makes?
        let mut staging = self.files.begin(&record.id).await?;
        self.progress.begin(Stage::Wait, &object, None);
        let created = self.gateway.create_system_backup().await?;
        let verdict = self.receive(&object, created, staging.as_mut()).await?;
        if !verdict.is_good() {
            return Err(BackUpCentralError::Damaged(SbkDamages(verdict.damages)));
        }
        warnings.extend(verdict.warnings.iter().map(in_one_line));
        let facts = verdict.facts.clone().unwrap_or_default();
        let contents = CcuBackupContents {
            origin: Some(origin),
            firmware: facts.firmware.map(|version| version.to_string()),
            key_index: facts.key_index,
            devices,
            warnings,
        };
        Ok(Fetched { staging, verdict, contents, begun_at })
    }

    async fn receive(
        &self,
        object: &str,
        created: CreatedSystemBackup,
        staging: &mut dyn SbkStaging,
    ) -> Result<SbkVerdict, BackUpCentralError> {
        let CreatedSystemBackup { announced_bytes, mut content } = created;
        self.progress.begin(Stage::Fetch, object, announced_bytes);
        let mut done = 0;
        while let Some(chunk) = content.next_chunk().await? {
            done += chunk.len() as u64;
            match staging.write(chunk).await {
                Ok(()) => self.progress.reached(done),
                // The rest need not be fetched; what came tells why.
                Err(CcuFilesError::Hopeless) => return Ok(staging.judge(None).await?),
                Err(other) => return Err(other.into()),
            }
        }
        Ok(staging.judge(announced_bytes).await?)
    }
}

/// Number of devices and channels per interface, and remarks on interfaces that did not say.
async fn count_devices(gateway: &dyn CcuGateway) -> (BTreeMap<String, u64>, Vec<String>) {
    let mut counts = BTreeMap::new();
    let mut remarks = Vec::new();
    match gateway.list_interfaces().await {
        Err(error) => {
            remarks.push(format!("the devices of the central could not be counted: {}", in_one_line(&error)))
        }
        Ok(interfaces) => {
            for interface in interfaces {
                match gateway.list_ccu_devices(&interface).await {
                    Ok(list) => {
                        counts.insert(interface, list.devices.len() as u64);
                    }
                    Err(error) => {
                        remarks.push(format!("{}: {}", uncounted_warning(&interface), in_one_line(&error)))
                    }
                }
            }
        }
    }
    (counts, remarks)
}
