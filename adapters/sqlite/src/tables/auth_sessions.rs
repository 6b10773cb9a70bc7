//! The table `auth_sessions`, for the sessions role.
//!
//! Does NOT show the id of a session in an error: whoever holds it is logged in.

use crate::columns::{checked, role, unix_instant};
use crate::error::{Error, already_exists, readable};
use crate::schema::auth_sessions;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use jiff::{RoundMode, Timestamp, TimestampRound, Unit};
use loom_domain::account::{Session, Subject};
use loom_domain::ports::{Sessions, StoreError};
use loom_domain::secret::SecretText;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = auth_sessions, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    id: String,
    subject: String,
    scheme: String,
    role: String,
    token_id: Option<String>,
    created_unix: i64,
    expires_unix: i64,
}

#[async_trait]
impl Sessions for SqliteStateStore {
    async fn find_session(&self, id: &SecretText) -> Result<Option<Session>, StoreError> {
        let id = id.clone();
        self.read(move |connection| {
            let found = auth_sessions::table.find(id.reveal()).select(Row::as_select());
            found.first(connection).optional()?.map(to_session).transpose()
        })
        .await
    }

    async fn create_session(&self, session: &Session) -> Result<(), StoreError> {
        let row = to_row(session);
        self.write(move |connection| {
            let new = diesel::insert_into(auth_sessions::table)
                .values(&row)
                .on_conflict(auth_sessions::id)
                .do_nothing();
            match new.execute(connection)? {
                0 => Err(already_exists("session of", row.subject)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn remove_session(&self, id: &SecretText) -> Result<(), StoreError> {
        let id = id.clone();
        self.write(move |connection| {
            diesel::delete(auth_sessions::table.find(id.reveal())).execute(connection)?;
            Ok(())
        })
        .await
    }

    async fn remove_sessions_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        let subject = subject.to_string();
        self.write(move |connection| {
            let owned = auth_sessions::table.filter(auth_sessions::subject.eq(subject));
            Ok(diesel::delete(owned).execute(connection)? as u64)
        })
        .await
    }

    async fn remove_expired_sessions(&self, now: Timestamp) -> Result<u64, StoreError> {
        let now = whole_seconds(now);
        self.write(move |connection| {
            let ended = auth_sessions::table.filter(auth_sessions::expires_unix.le(now));
            Ok(diesel::delete(ended).execute(connection)? as u64)
        })
        .await
    }
}

fn to_row(session: &Session) -> Row {
    Row {
        id: session.id.reveal().to_owned(),
        subject: session.subject.to_string(),
        scheme: session.scheme.clone(),
        role: session.role.as_str().to_owned(),
        token_id: session.token_id.clone(),
        created_unix: whole_seconds(session.created_at),
        expires_unix: whole_seconds(session.expires_at),
    }
}

fn to_session(row: Row) -> Result<Session, Error> {
    readable("session of", row.subject.clone(), || {
        Ok(Session {
            id: SecretText::new(row.id),
            subject: checked("subject", Subject::parse(&row.subject))?,
            scheme: row.scheme,
            role: role(&row.role)?,
            token_id: row.token_id,
            created_at: unix_instant("created_unix", row.created_unix)?,
            expires_at: unix_instant("expires_unix", row.expires_unix)?,
        })
    })
}

fn whole_seconds(instant: Timestamp) -> i64 {
    let floor = TimestampRound::new().smallest(Unit::Second).mode(RoundMode::Floor);
    instant.round(floor).unwrap_or(instant).as_second()
}
