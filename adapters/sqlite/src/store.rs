//! The store itself: a pool of connections and the two ways to use one.
//!
//! Does NOT hold queries (`tables`) and does NOT judge or migrate a database (`open`).

use crate::connection::{Settings, apply_settings, connect, file_uri};
use crate::error::Error;
use crate::open::{OpenError, prepare};
use diesel::connection::SimpleConnection;
use diesel::r2d2::{ConnectionManager, Pool};
use diesel::{Connection, SqliteConnection};
use loom_domain::ports::StoreError;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const MOST_CONNECTIONS: u32 = 16;
const IDLE_CONNECTIONS: u32 = 1;
/// Every commit is brought to the disk before it returns. Neither can be set in a transaction.
const DURABLE: &str = "PRAGMA synchronous = FULL";
/// Commits reach the disk with a later one that is durable, or when the log is merged into the database.
const RELAXED: &str = "PRAGMA synchronous = NORMAL";
const CONNECTION_LIFETIME: Duration = Duration::from_secs(30 * 60);

/// Every role of the state store on one SQLite database. Clones share the database and its connections.
///
/// A call whose future is dropped goes on in the background and may still take effect, whole or not at all.
///
/// What a write changed outlives a loss of power once it returned. Four roles are the exception, because they write much
/// and often and what they keep comes again by itself: of `Devices`, `Paramsets`, `Interfaces` and `LastSeen` the newest
/// writes may be gone after a loss of power, each whole or not at all.
#[derive(Clone)]
pub struct SqliteStateStore {
    pool: Pool<ConnectionManager<SqliteConnection>>,
    /// Open as long as the store is. SQLite removes the write-ahead log with the last connection, and the pool closes those
    /// it has from time to time: whoever tells by its log whether a database was replaced needs it to stay the same.
    _log_keeper: Arc<Mutex<SqliteConnection>>,
    /// Writers queue here, in order, before they take a connection: so they cannot starve each other, and readers
    /// always find one. Writers of other processes are met inside SQLite, which waits for them up to 5 seconds.
    writers: Arc<tokio::sync::Mutex<()>>,
}

impl SqliteStateStore {
    /// Opens the state database at `path`, creating it (0600) or migrating it where needed.
    ///
    /// Blocks the thread while it does, and while another process migrates the same database. A database that is
    /// refused is not changed.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        Self::open_with(path, MOST_CONNECTIONS)
    }

    fn open_with(path: &Path, most_connections: u32) -> Result<Self, OpenError> {
        let path = prepare(path)?;
        let unavailable = |source| OpenError::Unavailable { path: path.clone(), source };
        let mut log_keeper = connect(&path).map_err(|error| unavailable(error.into()))?;
        apply_settings(&mut log_keeper).map_err(|error| unavailable(error.into()))?;
        let pool = Pool::builder()
            .max_size(most_connections)
            .min_idle(Some(IDLE_CONNECTIONS))
            .max_lifetime(Some(CONNECTION_LIFETIME))
            .test_on_check_out(false)
            .connection_customizer(Box::new(Settings))
            .build(ConnectionManager::new(file_uri(&path)))
            .map_err(|error| unavailable(error.into()))?;
        Ok(Self { pool, _log_keeper: Arc::new(Mutex::new(log_keeper)), writers: Arc::default() })
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
    /// half-way for want of it. What it wrote outlives a loss of power when this returns.
    pub(crate) async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.in_turn(DURABLE, work).await
    }

    /// The same for what comes again by itself: a loss of power may take the newest of it.
    pub(crate) async fn write_relaxed<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        self.in_turn(RELAXED, work).await
    }

    /// Runs `work` as a transaction of this durability when no other writer does.
    async fn in_turn<T, W>(&self, durability: &'static str, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&mut SqliteConnection) -> Result<T, Error> + Send + 'static,
    {
        // Taken before there is a thread: writers that wait on threads would leave none to readers. Nothing keeps a thread
        // while it waits for the network, so the one whose turn it is gets one soon.
        let turn = Arc::clone(&self.writers).lock_owned().await;
        self.run(move |connection| {
            let _turn = turn;
            connection.batch_execute(durability)?;
            connection.immediate_transaction(work)
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
