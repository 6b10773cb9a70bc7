//! What the daemon does by itself from time to time: note who was seen, end old sessions, look after its state.
//!
//! Does NOT do work a client asked for.

use crate::health::{Health, STATE, Status};
use crate::http::ApiState;
use loom_domain::archive::layout::MAIN_DATABASE;
use loom_domain::ports::StoreError;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Every so many looks, what was collected is written down.
const WRITE_EVERY: u32 = 4;
/// Every so many looks, archives are looked for that something else put there or took away.
const ARCHIVES_EVERY: u32 = 40;

/// The database file as it was opened.
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

impl OpenedFile {
    /// Remembers the database of a data dir.
    pub(super) fn of(data_dir: &Path) -> Self {
        let path = data_dir.join(MAIN_DATABASE);
        // Its name is asked, the file is not opened: closing it would end the locks SQLite holds on it.
        let identity = identity(&path);
        Self { path, identity }
    }

    /// What became of it, if it is no longer the one that was opened.
    fn complaint(&self) -> Option<(&'static str, String)> {
        let path = self.path.display();
        match identity(&self.path) {
            now if now == self.identity => None,
            None => Some((
                "database_gone",
                format!("`{path}` is gone while the daemon runs; restart the daemon once it is back"),
            )),
            Some(_) => Some((
                "database_replaced",
                format!(
                    "`{path}` was replaced while the daemon runs; stop the daemon before a restore, and start it again now"
                ),
            )),
        }
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    path.metadata().ok().map(|found| (found.dev(), found.ino()))
}

/// Runs until the daemon stops; writes down what was collected before it ends.
pub(super) async fn run(state: &ApiState, opened: Option<OpenedFile>, mut stopping: watch::Receiver<bool>) {
    let mut looks = 0_u32;
    loop {
        look(state, opened.as_ref()).await;
        if looks.is_multiple_of(WRITE_EVERY) {
            write_down(state).await;
        }
        looks = looks.wrapping_add(1);
        if looks.is_multiple_of(ARCHIVES_EVERY) {
            state.state_backups.refresh_figures().await;
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            _ = stopping.wait_for(|stopping| *stopping) => break,
        }
    }
    write_down(state).await;
}

/// Reports how the state is doing.
async fn look(state: &ApiState, opened: Option<&OpenedFile>) {
    let health: &Health = &state.health;
    if let Some(complaint) = opened.and_then(OpenedFile::complaint) {
        tracing::error!(note = complaint.1, "the state database is not the one that was opened");
        return health.report(STATE, Status::Unhealthy, Some(complaint));
    }
    match state.roles.batches.seeded_at().await {
        Ok(_) => health.report(STATE, Status::Healthy, None),
        Err(error) => {
            tracing::error!(%error, "the state database cannot be read");
            health.report(STATE, Status::Unhealthy, Some(("database_unreadable", error.to_string())));
        }
    }
}

#[tracing::instrument(name = "housekeeping", skip_all)]
async fn write_down(state: &ApiState) {
    let seen = state.accounts.identify.take_seen();
    let written = async {
        state.roles.last_seen.note_users_seen(&seen.users).await?;
        state.roles.last_seen.note_tokens_seen(&seen.tokens).await?;
        Ok::<_, StoreError>(())
    };
    if let Err(error) = written.await {
        tracing::warn!(%error, "who was seen when could not be written down");
    }
    if let Err(error) = state.accounts.housekeeping.run().await {
        tracing::warn!(%error, "sessions that ended could not be cleared away");
    }
}
