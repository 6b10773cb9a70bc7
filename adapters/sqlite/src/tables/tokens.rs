//! The table `tokens`, for the role of that name.
//!
//! Does NOT judge whether a token is expired.

use crate::columns::{checked, instant, instant_text, optional_instant, role};
use crate::error::{Error, already_exists, not_found, readable};
use crate::schema::tokens;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::account::{Subject, Token};
use loom_domain::ports::{StoreError, Tokens};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tokens, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    fingerprint: String,
    token_hash: String,
    subject: String,
    role: String,
    created_at: String,
    last_seen_at: Option<String>,
    expires_at: Option<String>,
}

#[async_trait]
impl Tokens for SqliteStateStore {
    async fn list_tokens(&self) -> Result<Vec<Token>, StoreError> {
        self.read(|connection| {
            let rows = tokens::table.order(tokens::fingerprint).select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_token).collect()
        })
        .await
    }

    async fn find_token(&self, token_hash: &str) -> Result<Option<Token>, StoreError> {
        let token_hash = token_hash.to_owned();
        self.read(move |connection| {
            let found = tokens::table.filter(tokens::token_hash.eq(token_hash)).select(Row::as_select());
            found.first(connection).optional()?.map(to_token).transpose()
        })
        .await
    }

    async fn create_token(&self, token: &Token) -> Result<(), StoreError> {
        let row = to_row(token);
        self.write(move |connection| {
            let new =
                diesel::insert_into(tokens::table).values(&row).on_conflict(tokens::fingerprint).do_nothing();
            match new.execute(connection)? {
                0 => Err(already_exists("token", row.fingerprint)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn remove_token(&self, fingerprint: &str) -> Result<(), StoreError> {
        let fingerprint = fingerprint.to_owned();
        self.write(move |connection| {
            match diesel::delete(tokens::table.find(&fingerprint)).execute(connection)? {
                0 => Err(not_found("token", fingerprint)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn remove_tokens_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        let subject = subject.to_string();
        self.write(move |connection| {
            let owned = tokens::table.filter(tokens::subject.eq(subject));
            Ok(diesel::delete(owned).execute(connection)? as u64)
        })
        .await
    }
}

fn to_row(token: &Token) -> Row {
    Row {
        fingerprint: token.fingerprint.clone(),
        token_hash: token.token_hash.clone(),
        subject: token.subject.to_string(),
        role: token.role.as_str().to_owned(),
        created_at: instant_text(token.created_at),
        last_seen_at: token.last_seen_at.map(instant_text),
        expires_at: token.expires_at.map(instant_text),
    }
}

fn to_token(row: Row) -> Result<Token, Error> {
    readable("token", row.fingerprint.clone(), || {
        Ok(Token {
            fingerprint: row.fingerprint,
            token_hash: row.token_hash,
            subject: checked("subject", Subject::parse(&row.subject))?,
            role: role(&row.role)?,
            created_at: instant("created_at", &row.created_at)?,
            last_seen_at: optional_instant("last_seen_at", row.last_seen_at.as_deref())?,
            expires_at: optional_instant("expires_at", row.expires_at.as_deref())?,
        })
    })
}
