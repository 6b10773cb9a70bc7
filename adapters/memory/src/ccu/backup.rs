//! How a central in memory hands its system backup out, and what can go wrong on the way.
//!
//! Does NOT know what a system backup looks like (`sbk`).

use super::gateway::MemoryGateway;
use super::{CcuCall, MemoryCcu, sbk};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ports::{CcuError, CcuSystemBackup, Content, CreatedSystemBackup, ReadError};

/// Bytes of one chunk.
const CHUNK_BYTES: usize = 64 << 10;

/// What is planned for the backups it sends.
#[derive(Default)]
pub(super) struct Sending {
    pub(super) instead: Option<Bytes>,
    pub(super) cut_after: Option<u64>,
    pub(super) announcement: Announcement,
}

/// What size a central announces for the system backup it sends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Announcement {
    /// That of the backup.
    #[default]
    Size,
    /// None, as stock firmware does.
    Nothing,
    /// Another one, in bytes.
    Other(u64),
}

#[async_trait]
impl CcuSystemBackup for MemoryGateway {
    async fn create_system_backup(&self) -> Result<CreatedSystemBackup, CcuError> {
        self.enter(CcuCall::CreateSystemBackup).await?;
        let ccu = self.lock();
        let mut rest = ccu.sending.instead.clone().unwrap_or_else(|| sbk::write(&ccu));
        let announced_bytes = match ccu.sending.announcement {
            Announcement::Size => Some(rest.len() as u64),
            Announcement::Nothing => None,
            Announcement::Other(bytes) => Some(bytes),
        };
        if let Some(cut_after) = ccu.sending.cut_after {
            rest.truncate(usize::try_from(cut_after).unwrap_or(usize::MAX));
        }
        drop(ccu);
        let content = Sent { ccu: self.ccu().clone(), rest, missing: announced_bytes };
        Ok(CreatedSystemBackup { announced_bytes, content: Box::new(content) })
    }
}

/// A system backup on its way.
struct Sent {
    ccu: MemoryCcu,
    rest: Bytes,
    /// Bytes still to come, where a size was announced.
    missing: Option<u64>,
}

#[async_trait]
impl Content for Sent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        self.ccu.arrive(CcuCall::NextChunk).await;
        let chunk = self.rest.split_to(self.rest.len().min(CHUNK_BYTES));
        if chunk.is_empty() {
            return match self.missing {
                None | Some(0) => Ok(None),
                Some(missing) => Err(broken(format!("it ends {missing} bytes too early"))),
            };
        }
        if let Some(missing) = &mut self.missing {
            let left = missing.checked_sub(chunk.len() as u64);
            *missing = left.ok_or_else(|| broken("more bytes come than were announced".to_owned()))?;
        }
        Ok(Some(chunk))
    }
}

fn broken(reason: String) -> ReadError {
    ReadError { path: "system backup".to_owned(), source: reason.into() }
}
