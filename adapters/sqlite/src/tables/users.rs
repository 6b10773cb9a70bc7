//! The table `users`, for the role of that name.
//!
//! Does NOT touch sessions and tokens of a removed user.

use crate::columns::{checked, instant, instant_text, optional_instant, role};
use crate::error::{Error, already_exists, not_found, readable};
use crate::schema::users;
use crate::store::SqliteStateStore;
use async_trait::async_trait;
use diesel::prelude::*;
use loom_domain::account::{Role, Subject, User};
use loom_domain::ports::{StoreError, Users};
use loom_domain::secret::SecretText;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
struct Row {
    subject: String,
    password_hash: String,
    role: String,
    created_at: String,
    updated_at: String,
    last_seen_at: Option<String>,
}

#[async_trait]
impl Users for SqliteStateStore {
    async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        self.read(|connection| {
            let rows = users::table.order(users::subject).select(Row::as_select()).load(connection)?;
            rows.into_iter().map(to_user).collect()
        })
        .await
    }

    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError> {
        let subject = subject.to_string();
        self.read(move |connection| {
            let row = users::table.find(subject).select(Row::as_select()).first(connection).optional()?;
            row.map(to_user).transpose()
        })
        .await
    }

    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        let row = to_row(user);
        self.write(move |connection| {
            let new = diesel::insert_into(users::table).values(&row).on_conflict(users::subject).do_nothing();
            match new.execute(connection)? {
                0 => Err(already_exists("user", row.subject)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn update_user(&self, user: &User) -> Result<(), StoreError> {
        let row = to_row(user);
        let leaves = user.role != Role::Admin;
        self.write(move |connection| {
            if leaves {
                keep_an_admin(connection, &row.subject)?;
            }
            let changes = (
                users::password_hash.eq(row.password_hash),
                users::role.eq(row.role),
                users::updated_at.eq(row.updated_at),
                users::last_seen_at.eq(row.last_seen_at),
            );
            match diesel::update(users::table.find(&row.subject)).set(changes).execute(connection)? {
                0 => Err(not_found("user", row.subject)),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError> {
        let subject = subject.to_string();
        self.write(move |connection| {
            keep_an_admin(connection, &subject)?;
            match diesel::delete(users::table.find(&subject)).execute(connection)? {
                0 => Err(not_found("user", subject)),
                _ => Ok(()),
            }
        })
        .await
    }
}

/// Refuses to lose `leaving` as an admin when there is no other.
fn keep_an_admin(connection: &mut SqliteConnection, leaving: &str) -> Result<(), Error> {
    match find_two_admins(connection)?.as_slice() {
        [only] if only == leaving => Err(Error::Refused(StoreError::LastAdmin(leaving.to_owned()))),
        _ => Ok(()),
    }
}

fn find_two_admins(connection: &mut SqliteConnection) -> QueryResult<Vec<String>> {
    let admins = users::table.filter(users::role.eq(Role::Admin.as_str()));
    admins.select(users::subject).limit(2).load(connection)
}

fn to_row(user: &User) -> Row {
    Row {
        subject: user.subject.to_string(),
        password_hash: user.password_hash.reveal().to_owned(),
        role: user.role.as_str().to_owned(),
        created_at: instant_text(user.created_at),
        updated_at: instant_text(user.updated_at),
        last_seen_at: user.last_seen_at.map(instant_text),
    }
}

fn to_user(row: Row) -> Result<User, Error> {
    readable("user", row.subject.clone(), || {
        Ok(User {
            subject: checked("subject", Subject::parse(&row.subject))?,
            password_hash: SecretText::new(row.password_hash),
            role: role(&row.role)?,
            created_at: instant("created_at", &row.created_at)?,
            updated_at: instant("updated_at", &row.updated_at)?,
            last_seen_at: optional_instant("last_seen_at", row.last_seen_at.as_deref())?,
        })
    })
}
