//! The daemon: everything that has to happen between the configuration and the first request, and between the last
//! request and the end of the process.
//!
//! THE composition root of the service: adapters are chosen and wired here and nowhere else. Does NOT read the
//! configuration (`crate::config`), start telemetry (`crate::telemetry`) or hold rules.

mod audit_watch;
mod beside;
mod centrals;
mod housekeeping;
mod key;
mod key_files;
mod key_places;
mod pretended_ccus;
mod seed;
mod state;
mod store_watch;
mod wiring;

pub use key::KeyFailure;
pub use state::{log_recovery, recover_restore};

use crate::backends::{BackendError, Backends, StateBackend};
use crate::config::DaemonConfig;
use crate::http::{self, ApiState};
use crate::sealing::SealingError;
use crate::state_backups::FolderError;
use crate::telemetry::metrics::Metrics;
use crate::wire::{CreateError, KeyJobError, KeyJobErrorKind};
use actix_web::dev::ServerHandle;
use actix_web::web;
use loom_adapter_sqlite::{AdoptError, OpenError};
use loom_domain::ports::{BoxError, KeyError, NoRandomness, StoreError, TargetError};
use loom_domain::usecases::TakeBackupError;
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// How long work may go on once the daemon is to stop.
const JOBS_STOP_WITHIN: Duration = Duration::from_secs(7);
/// How long centrals may take to hear that nobody is there any more.
const FAREWELL_WITHIN: Duration = Duration::from_secs(2);

/// Why the daemon does not start. Fragments read after "failed to start: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The configuration names adapters that are not there.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The data dir cannot be made or locked.
    #[error("the data dir `{path}` cannot be used: {source}\nhint: {}", data_dir_hint(source))]
    DataDir {
        /// The data dir.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Somebody else has it.
    #[error(
        "the data dir `{path}` is in use by {by}\nhint: one daemon per data dir; wait for a restore to end"
    )]
    Busy {
        /// The data dir.
        path: String,
        /// Who.
        by: String,
    },
    /// A restore was interrupted and cannot be brought to its end.
    #[error(transparent)]
    Recovery(#[from] TargetError),
    /// The database cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The database of a Go daemon cannot be taken over.
    #[error("the state of the Go daemon cannot be adopted: {0}")]
    Adopt(#[from] AdoptError),
    /// The database of a Go daemon is not touched before there is a backup of it.
    #[error("no backup could be taken before taking over the state of the Go daemon: {0}")]
    NoBackup(#[source] Box<CreateError>),
    /// The master key.
    #[error(transparent)]
    Key(#[from] KeyFailure),
    /// A change of the master key was interrupted and cannot be brought to its end.
    #[error(transparent)]
    KeySwitch(Box<KeyJobError>),
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The config file cannot become state.
    #[error("the config file cannot be taken over into the state: {0}")]
    Seed(String),
    /// The folder for archives cannot be used.
    #[error("the folder for archives cannot be used: {0}\nhint: `state_backups.dir` names it")]
    Archives(#[from] FolderError),
    /// Archives cannot be sealed as configured.
    #[error("archives of the state cannot be sealed as the configuration asks for: {0}")]
    Sealing(#[from] SealingError),
    /// The folder for CCU backups cannot be used.
    #[error("the folder for CCU backups cannot be used: {0}\nhint: `backup.dir` names it")]
    CcuBackups(#[source] loom_domain::ports::CcuFilesError),
    /// The address cannot be listened on.
    #[error(
        "cannot listen on `{address}`: {source}\nhint: `listen.rest` names the address; {}",
        listen_hint(source)
    )]
    Listen {
        /// The address.
        address: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system gives no random numbers.
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    /// A thread of ours broke.
    #[error("a part of the start broke: {0}")]
    Broken(#[source] BoxError),
}

/// What a failed start comes to, for an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartErrorKind {
    /// The configuration has to change.
    Configuration,
    /// The master key has to be looked after.
    Key,
    /// Something exists, is in use or is too new.
    Refused,
    /// Anything else.
    Unexpected,
}

fn data_dir_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AlreadyExists | io::ErrorKind::NotADirectory => {
            "it is a file, or below one; name a folder"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "make room on its disk",
        io::ErrorKind::ReadOnlyFilesystem => "its disk is mounted read-only",
        _ => "it has to belong to the user the daemon runs as",
    }
}

fn listen_hint(source: &io::Error) -> &'static str {
    match source.kind() {
        io::ErrorKind::AddrInUse => "is another daemon running?",
        io::ErrorKind::AddrNotAvailable => "it has to be one of this machine",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right of their own",
        _ => "it has to be one that this machine can serve",
    }
}

impl StartError {
    /// What it comes to.
    pub fn kind(&self) -> StartErrorKind {
        match self {
            Self::Backend(_) | Self::Seed(_) | Self::Sealing(_) => StartErrorKind::Configuration,
            // What is away now may be there in a moment: whoever starts the daemon again does right.
            Self::Key(KeyFailure::Key(KeyError::Unreachable { .. })) => StartErrorKind::Unexpected,
            Self::Key(KeyFailure::Key(_)) => StartErrorKind::Key,
            Self::KeySwitch(error) => match error.kind() {
                KeyJobErrorKind::Key => StartErrorKind::Key,
                KeyJobErrorKind::Refused => StartErrorKind::Refused,
                _ => StartErrorKind::Unexpected,
            },
            Self::NoBackup(error)
                if matches!(
                    **error,
                    CreateError::TakeBackup(
                        TakeBackupError::Key(_) | TakeBackupError::NoMasterKey | TakeBackupError::KeyGone(_)
                    )
                ) =>
            {
                StartErrorKind::Key
            }
            Self::Busy { .. }
            | Self::Recovery(TargetError::Busy { .. } | TargetError::Blocked { .. })
            | Self::Open(OpenError::GoDaemon { .. } | OpenError::Newer { .. } | OpenError::Foreign { .. })
            | Self::Adopt(AdoptError::Newer { .. }) => StartErrorKind::Refused,
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                StartErrorKind::Refused
            }
            _ => StartErrorKind::Unexpected,
        }
    }

    fn panicked(error: tokio::task::JoinError) -> Self {
        Self::Broken(error.into())
    }
}

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

/// Whether a daemon at this address answers a request, whatever it says, for whoever watches over it.
pub async fn answers(address: SocketAddr) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect((ip, address.port())).await?;
        let request =
            format!("GET {}/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", http::PREFIX);
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        io::Result::Ok(head)
    };
    matches!(asked.await, Ok(head) if &head == b"HTTP/1.1 ")
}

fn listen(config: &DaemonConfig) -> Result<TcpListener, StartError> {
    let mut bound = Err(io::ErrorKind::AddrNotAvailable.into());
    for address in config.listen.candidates() {
        bound = TcpListener::bind(&address);
        // An address in use is not made free by trying another kind of it.
        if !matches!(&bound, Err(error) if error.kind() != io::ErrorKind::AddrInUse) {
            break;
        }
    }
    let listener = bound.map_err(|source| not_listening(config, source))?;
    listener.set_nonblocking(true).map_err(|source| not_listening(config, source))?;
    Ok(listener)
}

fn not_listening(config: &DaemonConfig, source: io::Error) -> StartError {
    StartError::Listen { address: config.listen.to_string(), source }
}
