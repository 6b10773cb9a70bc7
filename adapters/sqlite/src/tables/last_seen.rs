//! The columns `last_seen_at` of `users` and `tokens`, for the last-seen role.
//!
//! Does NOT add users or tokens that are not there.

use crate::columns::instant_text;
use crate::schema::{tokens, users};
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use jiff::Timestamp;
use loom_domain::account::Subject;
use loom_domain::ports::{LastSeen, StoreError};

#[async_trait]
impl LastSeen for SqliteStateStore {
    async fn note_users_seen(&self, seen: &[(Subject, Timestamp)]) -> Result<(), StoreError> {
        let seen: Vec<_> = seen.iter().map(|(name, at)| (name.to_string(), instant_text(*at))).collect();
        self.write_relaxed(move |connection| {
            for (subject, at) in &seen {
                // Stored times are in the order of their bytes.
                let earlier = users::last_seen_at.is_null().or(users::last_seen_at.lt(at));
                let moved = diesel::update(users::table.find(subject).filter(earlier));
                moved.set(users::last_seen_at.eq(at)).execute(connection)?;
            }
            Ok(())
        })
        .await
    }

    async fn note_tokens_seen(&self, seen: &[(String, Timestamp)]) -> Result<(), StoreError> {
        let seen: Vec<_> = seen.iter().map(|(name, at)| (name.clone(), instant_text(*at))).collect();
        self.write_relaxed(move |connection| {
            for (fingerprint, at) in &seen {
                let earlier = tokens::last_seen_at.is_null().or(tokens::last_seen_at.lt(at));
                let moved = diesel::update(tokens::table.find(fingerprint).filter(earlier));
                moved.set(tokens::last_seen_at.eq(at)).execute(connection)?;
            }
            Ok(())
        })
        .await
    }
}
