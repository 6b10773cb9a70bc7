//! The judge of the databases in memory.
//!
//! Does NOT find more than a [`MemoryDatabase`] tells.

use crate::{MemoryDatabase, MemoryDisk};
use async_trait::async_trait;
use loom_domain::ports::{DatabaseJudge, JudgeError, Verdict};
use std::path::Path;

/// Judges the [`MemoryDatabase`]s of one disk.
#[derive(Debug, Clone)]
pub struct MemoryJudge {
    disk: MemoryDisk,
}

impl MemoryJudge {
    /// A judge of what lies on this disk.
    pub fn new(disk: MemoryDisk) -> Self {
        Self { disk }
    }
}

#[async_trait]
impl DatabaseJudge for MemoryJudge {
    async fn judge(&self, location: &Path) -> Result<Verdict, JudgeError> {
        let bytes = self.disk.read(location).ok_or_else(|| JudgeError {
            path: location.display().to_string(),
            source: "there is no such file".into(),
        })?;
        Ok(match MemoryDatabase::parse(&bytes) {
            Ok(MemoryDatabase { facts, sealed, orphans }) => {
                Verdict { facts: Some(facts), problems: Vec::new(), orphans, sealed }
            }
            Err(bad) => {
                let problems = vec![bad.words().to_owned()];
                Verdict { facts: None, problems, orphans: Vec::new(), sealed: Vec::new() }
            }
        })
    }
}
