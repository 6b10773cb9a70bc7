//! Snapshots and a judge that fail at one chosen call.
//!
//! Does NOT damage databases.

use super::Faulty;
use super::content::FaultyContent;
use async_trait::async_trait;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{DatabaseJudge, JudgeError, Progress, Snapshot, SnapshotError, Snapshots, Verdict};
use std::path::Path;

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Snapshots for Faulty<dyn Snapshots> {
    async fn take_snapshot(
        &self,
        path: &MemberPath,
        progress: &dyn Progress,
    ) -> Result<Snapshot, SnapshotError> {
        let met = self.plan.meet("Snapshots::take_snapshot");
        met.map_err(|fault| SnapshotError::Unavailable { path: path.to_string(), source: fault.into() })?;
        let mut snapshot = self.inner.take_snapshot(path, progress).await?;
        snapshot.content = Box::new(FaultyContent { inner: snapshot.content, plan: self.plan.clone() });
        Ok(snapshot)
    }
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl DatabaseJudge for Faulty<dyn DatabaseJudge> {
    async fn judge(&self, location: &Path) -> Result<Verdict, JudgeError> {
        let met = self.plan.meet("DatabaseJudge::judge");
        met.map_err(|fault| JudgeError { path: location.display().to_string(), source: fault.into() })?;
        self.inner.judge(location).await
    }
}
