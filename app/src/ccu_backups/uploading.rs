//! Taking in a CCU backup from elsewhere: judged while it comes, kept only if it is good.
//!
//! Does NOT read requests; whoever has the bytes hands them over.

use super::{CcuBackupError, Inner, ids};
use bytes::Bytes;
use loom_domain::ccu_backup::{CcuBackup, CcuBackupContents, CcuBackupId, CcuBackupState};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuFilesError, MAX_CHUNK_BYTES, SbkStaging};
use std::sync::Arc;

/// How many files may be on their way in at once.
const UPLOADS_AT_ONCE: usize = 4;
/// Longest name a file is offered under, in letters.
const LONGEST_NAME: usize = 120;

/// A file on its way in. Dropping it keeps nothing.
pub struct Upload {
    inner: Arc<Inner>,
    id: CcuBackupId,
    central: Option<CentralName>,
    filename: Option<String>,
    staging: Box<dyn SbkStaging>,
    bytes: u64,
    limit_mib: u64,
    hopeless: bool,
    _room: Room,
}

/// The id of a file on its way in, which nobody else gets meanwhile.
struct Room {
    inner: Arc<Inner>,
    id: CcuBackupId,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.inner.lock_coming().remove(&self.id);
    }
}

pub(super) async fn begin(
    inner: &Arc<Inner>,
    name: Option<&str>,
    central: Option<CentralName>,
) -> Result<Upload, CcuBackupError> {
    let room = {
        let _turn = inner.turn.lock().await;
        if inner.lock_coming().len() >= UPLOADS_AT_ONCE {
            return Err(CcuBackupError::TooManyUploads);
        }
        let id = ids::for_upload(inner).await?;
        inner.lock_coming().insert(id.clone());
        Room { inner: Arc::clone(inner), id }
    };
    let id = room.id.clone();
    let limit = inner.config.current().integer("backup.upload_limit_mib");
    Ok(Upload {
        staging: inner.ports.files.begin(&id).await?,
        inner: Arc::clone(inner),
        id,
        central,
        filename: name.and_then(safe_name),
        bytes: 0,
        limit_mib: u64::try_from(limit).unwrap_or(0),
        hopeless: false,
        _room: room,
    })
}

impl Upload {
    /// Takes the next bytes.
    pub async fn write(&mut self, bytes: Bytes) -> Result<(), CcuBackupError> {
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        if self.bytes > self.limit_mib << 20 {
            return Err(CcuBackupError::TooLarge { limit_mib: self.limit_mib });
        }
        let mut rest = bytes;
        while !rest.is_empty() && !self.hopeless {
            let chunk = rest.split_to(rest.len().min(MAX_CHUNK_BYTES));
            match self.staging.write(chunk).await {
                Ok(()) => {}
                // The rest is let pass, so that the client hears why and not that the line broke.
                Err(CcuFilesError::Hopeless) => self.hopeless = true,
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Keeps the file if it is good, and records it.
    pub async fn finish(mut self) -> Result<CcuBackup, CcuBackupError> {
        let verdict = self.staging.judge(None).await?;
        if !verdict.is_good() {
            return Err(CcuBackupError::Damaged(Box::new(verdict)));
        }
        let facts = verdict.facts.clone().unwrap_or_default();
        let now = self.inner.ports.clock.now();
        let record = CcuBackup {
            id: self.id.clone(),
            central: self.central,
            filename: self.filename,
            state: CcuBackupState::Completed { size_bytes: verdict.size_bytes, sha256: verdict.sha256 },
            contents: Some(CcuBackupContents {
                origin: None,
                firmware: facts.firmware.map(|firmware| firmware.to_string()),
                key_index: facts.key_index,
                warnings: verdict.warnings.iter().map(ToString::to_string).collect(),
                ..CcuBackupContents::default()
            }),
            created_at: now,
            updated_at: now,
        };
        self.staging.commit().await?;
        let ports = &self.inner.ports;
        if let Err(error) = ports.records.create_ccu_backup(&record).await {
            // A file without a record would come back as a surprise.
            if let Err(left) = ports.files.remove(&self.id).await {
                tracing::error!(backup = %self.id, error = %left, "the file of a failed upload could not be removed");
            }
            return Err(error.into());
        }
        ports.watch.backup_changed(&record);
        tracing::info!(backup = %record.id, bytes = verdict.size_bytes, "CCU backup uploaded");
        Ok(record)
    }
}

/// The last part of a name, reduced to letters, digits and `.-_`; it always ends in `.sbk`.
fn safe_name(name: &str) -> Option<String> {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let stem = last.strip_suffix(".sbk").unwrap_or(last);
    let safe =
        |letter: char| if letter.is_ascii_alphanumeric() || ".-_".contains(letter) { letter } else { '_' };
    let stem: String = stem.chars().take(LONGEST_NAME).map(safe).collect();
    let stem = stem.trim_start_matches('.');
    (!stem.is_empty()).then(|| format!("{stem}.sbk"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_uploads_become_plain_file_names() {
        for (given, wanted) in [
            ("ccu3-3.87.6-2026-11-23-0315.sbk", Some("ccu3-3.87.6-2026-11-23-0315.sbk")),
            ("C:\\Users\\anna\\küche.sbk", Some("k_che.sbk")),
            ("../../etc/passwd", Some("passwd.sbk")),
            ("a\r\nb", Some("a__b.sbk")),
            (".sbk", None),
            ("..", None),
        ] {
            assert_eq!(safe_name(given).as_deref(), wanted, "{given}");
        }
    }
}
