//! What the daemon does by itself from time to time: note who was seen, end old sessions, look after its state.
//!
//! Does NOT do work a client asked for.

use crate::health::{Health, STATE, Status};
use crate::http::ApiState;
use crate::opened_database::OpenedDatabase;
use loom_domain::ports::StoreError;
use std::time::Duration;
use tokio::sync::watch;

const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Every so many looks, what was collected is written down.
const WRITE_EVERY: u32 = 4;
/// Every so many looks, archives are looked for that something else put there or took away.
const ARCHIVES_EVERY: u32 = 40;

/// Runs until the daemon stops; writes down what was collected before it ends.
pub(super) async fn run(state: &ApiState, mut stopping: watch::Receiver<bool>) {
    let mut looks = 0_u32;
    loop {
        look(state).await;
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
    // The last moment to keep the database that lies there now from harm.
    state.database.iter().for_each(OpenedDatabase::keep_log_from_successor);
    write_down(state).await;
}

/// Reports how the state is doing.
async fn look(state: &ApiState) {
    let health: &Health = &state.health;
    if let Some(complaint) = state.database.as_ref().and_then(OpenedDatabase::complaint) {
        tracing::error!(note = complaint.1, "the state database is not the one that was opened");
        state.database.iter().for_each(OpenedDatabase::keep_log_from_successor);
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
