//! The daemon: everything that has to happen between the configuration and the first request, and between the last
//! request and the end of the process.
//!
//! With the files below it, THE composition root of the service: `wiring` and `centrals` choose the adapters and put them
//! together, in part with functions they share with the verbs (`crate::wire`). Does NOT read the configuration
//! (`crate::config`), start telemetry (`crate::telemetry`) or hold rules.

mod audit_watch;
mod beside;
mod centrals;
mod housekeeping;
mod key;
mod key_files;
mod key_places;
mod listening;
mod pretended_ccus;
mod refusal;
mod seed;
mod state;
mod store_watch;
mod wiring;

pub use key::KeyFailure;
pub use listening::answers;
pub use refusal::{StartError, StartErrorKind};
pub use state::{log_recovery, recover_restore};

use crate::backends::{Backends, StateBackend};
use crate::config::DaemonConfig;
use crate::http::{self, ApiState};
use crate::telemetry::metrics::Metrics;
use actix_web::dev::ServerHandle;
use actix_web::web;
use listening::{listen, not_listening};
use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long work may go on once the daemon is to stop.
const JOBS_STOP_WITHIN: Duration = Duration::from_secs(7);
/// How long centrals may take to hear that nobody is there any more.
const FAREWELL_WITHIN: Duration = Duration::from_secs(2);

/// A running daemon.
pub struct Daemon {
    address: SocketAddr,
    state: web::Data<ApiState>,
    server: ServerHandle,
    serving: JoinHandle<io::Result<()>>,
    housekeeping: JoinHandle<()>,
    beside: JoinSet<()>,
    stop: watch::Sender<bool>,
    owned: Option<state::OwnedDataDir>,
}

impl Daemon {
    /// Starts a daemon; it answers requests when this returns. Telemetry should run already.
    pub async fn start(config: DaemonConfig, metrics: Metrics) -> Result<Self, StartError> {
        for warning in &config.warnings {
            tracing::warn!("{warning}");
        }
        crate::open_files::allow_as_many_as_possible();
        let backends = Backends::choose(&config)?;
        // Each backup reads the files again; a start with one that is not there is told at once.
        config.sealing.resolve()?;
        // First of all, for it is what fails most and costs least.
        let listener = listen(&config)?;
        let address = listener.local_addr().map_err(|source| not_listening(&config, source))?;
        let owned = match backends.state {
            StateBackend::Memory => None,
            StateBackend::Sqlite => Some(state::own(&config).await?),
        };
        match Self::begin(&config, backends, metrics, listener, address).await {
            Ok(daemon) => Ok(Self { owned, ..daemon }),
            Err(error) => {
                release(owned);
                Err(error)
            }
        }
    }

    /// The start of a daemon whose data dir is owned.
    async fn begin(
        config: &DaemonConfig,
        backends: Backends,
        metrics: Metrics,
        listener: TcpListener,
        address: SocketAddr,
    ) -> Result<Self, StartError> {
        let (stop, stopping) = watch::channel(false);
        let state = web::Data::new(wiring::wire(config, backends, metrics, stopping.clone()).await?);
        // Before anybody can begin anything: what was cut off ends, and a restore that was under way comes first.
        let strays = state.ccu_backups.close().await;
        state.ccu_restores.take_up().await;
        let workers = std::thread::available_parallelism().map_or(2, usize::from).min(4);
        let server =
            http::server(state.clone(), listener, workers).map_err(|source| not_listening(config, source))?;
        let handle = server.handle();
        let serving = tokio::spawn(server);
        let kept = state.clone().into_inner();
        let beside = beside::begin(&kept, strays, stopping.clone());
        let housekeeping = tokio::spawn(async move { housekeeping::run(&kept, stopping).await });
        tracing::info!(%address, data_dir = %config.data_dir.display(), version = crate::VERSION, "daemon ready");
        Ok(Self { address, state, server: handle, serving, housekeeping, beside, stop, owned: None })
    }

    /// What its API works with.
    #[cfg(feature = "demo")]
    pub(crate) fn state(&self) -> &ApiState {
        &self.state
    }

    /// The address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Runs until `stop` is ready or the server ends by itself, then stops; an error if that takes longer than `within`.
    /// The data dir belongs to this process until it ends.
    pub async fn run_until(mut self, stop: impl Future<Output = ()>, within: Duration) -> io::Result<()> {
        let ended = tokio::select! {
            () = stop => None,
            ended = &mut self.serving => Some(ended),
        };
        if tokio::time::timeout(within, self.end()).await.is_err() {
            return Err(io::Error::new(
                io::ErrorKind::TimedOut,
                format!("not everything ended within {} s", within.as_secs()),
            ));
        }
        match ended {
            None => Ok(()),
            Some(Ok(ended)) => ended,
            Some(Err(error)) => Err(io::Error::other(error)),
        }
    }

    /// Stops: no new work, an end for what runs, and what was collected is written down. Takes at most about 10 s.
    pub async fn stop(mut self) {
        let owned = self.owned.take();
        self.end().await;
        release(owned);
    }

    async fn end(mut self) {
        tracing::info!("daemon stopping");
        // Sockets close, and what waits for the next round ends.
        self.stop.send_replace(true);
        let jobs = self.state.jobs.stop(JOBS_STOP_WITHIN);
        tokio::join!(self.stop_serving(), jobs);
        // Files that are being taken up are taken up again at the next start.
        self.beside.abort_all();
        // Work that was given up left its sessions open.
        let farewell = self.state.gateways.farewell_to_all();
        if tokio::time::timeout(FAREWELL_WITHIN, farewell).await.is_err() {
            tracing::debug!("not every central heard the farewell");
        }
        if let Err(error) = self.housekeeping.await {
            tracing::error!(%error, "housekeeping broke");
        }
        tracing::info!("daemon stopped");
    }

    async fn stop_serving(&self) {
        // One deadline for both: a read that hangs may not add its time to that of a slow change.
        let deadline = tokio::time::Instant::now() + http::STOP_WITHIN;
        self.server.pause().await;
        // A worker without connections ends at once, with whatever it still does for clients that went away.
        let changes = self.state.requests.changes_ended();
        let all_ended = tokio::time::timeout_at(deadline, changes).await.is_ok();
        let stopped = self.server.stop(all_ended);
        if tokio::time::timeout_at(deadline, stopped).await.is_err() {
            tracing::debug!("requests were cut off");
        }
    }
}

fn release(owned: Option<state::OwnedDataDir>) {
    if let Some(owned) = owned {
        owned.release();
    }
}
