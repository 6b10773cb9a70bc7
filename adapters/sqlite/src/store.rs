//! The store itself: a pool of connections and the two ways to use one.
//!
//! Does NOT hold queries (`tables`) and does NOT judge or migrate a database (`open`).

use crate::connection::{Settings, file_uri};
use crate::error::Error;
use crate::open::{OpenError, prepare};
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::{Connection, SqliteConnection};
use loom_domain::ports::StoreError;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

const MOST_CONNECTIONS: u32 = 16;
const IDLE_CONNECTIONS: u32 = 1;
/// Every commit is brought to the disk before it returns. Cannot be set in a transaction.
const DURABLE: &str = "PRAGMA synchronous = FULL";
/// What `connection` sets.
const USUAL: &str = "PRAGMA synchronous = NORMAL";
const CONNECTION_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Every role of the state store on one SQLite database. Clones share the database and its connections.
///
/// A call whose future is dropped goes on in the background and may still take effect, whole or not at all.
#[derive(Clone)]
pub struct SqliteStateStore {
    pool: Pool<ConnectionManager<SqliteConnection>>,
    /// Writers queue here, in order, before they take a connection: so they cannot starve each other, and readers
    /// always find one. Writers of other processes are met inside SQLite, which waits for them up to 5 seconds.
    writers: Arc<Mutex<()>>,
}

impl SqliteStateStore {
    /// Opens the state database at `path`, creating it (0600) or migrating it where needed.
    ///
    /// Blocks the thread while it does, and while another process migrates the same database. A database that is
    /// refused is not changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let path = prepare(path)?;
        let pool = Pool::builder()
            .max_size(MOST_CONNECTIONS)
            .min_idle(Some(IDLE_CONNECTIONS))
            .max_lifetime(Some(CONNECTION_LIFETIME))
            .test_on_check_out(false)
            .connection_customizer(Box::new(Settings))
            .build(ConnectionManager::new(file_uri(&path)))
            .map_err(|error| OpenError::Unavailable { path, source: error.into() })?;
        Ok(Self { pool, writers: Arc::default() })
    }

    /// Runs `work` in a transaction that sees one instant of the database.
    pub(crate) async fn read<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.run(move |connection| connection.transaction(work)).await
    }

    /// Runs `work` in a transaction that owns the right to write from its first statement on, so that it never fails
    /// half-way for want of it.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.in_turn(move |connection| connection.immediate_transaction(work)).await
    }

    /// The same, and what was written outlives a loss of power when this returns.
    pub(crate) async fn write_durably<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.in_turn(move |connection| {
            connection.batch_execute(DURABLE)?;
            let done = connection.immediate_transaction(work);
            // A connection that stays more careful than the others does no harm.
            let _ = connection.batch_execute(USUAL);
            done
        })
        .await
    }

    /// Runs `work` when no other writer does.
    async fn in_turn<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        // Taken before there is a thread: writers that wait on threads would leave none to readers. Nothing keeps a thread
        // while it waits for the network, so the one whose turn it is gets one soon.
        let turn = Arc::clone(&self.writers).lock_owned().await;
        self.run(move |connection| {
            let _turn = turn;
            work(connection)
        })
        .await
    }

    async fn run<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        let pool = self.pool.clone();
        let done = tokio::task::spawn_blocking(move || work(&mut *pool.get()?)).await;
        Ok(done.map_err(Error::from)??)
    }
}

#[cfg(test)]
mod tests;
