//! The HTTP API: what it needs, how a server of it is put together, and who stands around every request.
//!
//! Does NOT hold rules: a handler parses, calls one use case or service, and renders.

mod access;
mod api;
mod audit;
mod authenticate;
mod backups;
mod body;
mod central_status;
mod centrals;
mod changes;
mod config;
mod csrf;
mod described;
mod devices;
mod etag;
mod events;
mod file_answer;
mod findings;
mod idempotency;
mod info;
mod jobs;
mod keys;
mod matter;
mod names;
mod openapi;
mod params;
mod problem;
mod refusals;
mod request;
mod restores;
mod role_json;
mod routes;
mod secret_json;
mod session;
mod setup;
mod state_backups;
mod throttle;
mod tokens;
#[cfg(feature = "swagger-ui")]
mod try_page;
mod users;

pub use routes::{ListedRoute, list_routes, list_undescribed_routes};

use crate::ccu_backups::CcuBackups;
use crate::ccu_restores::CcuRestores;
use crate::central_gateways::CentralGateways;
use crate::central_watch::CentralWatch;
use crate::events::EventHub;
use crate::health::Health;
use crate::jobs::Jobs;
use crate::key_service::KeyService;
use crate::live_config::LiveConfig;
use crate::opened_database::OpenedDatabase;
use crate::roles::Roles;
use crate::state_backups::StateBackups;
use crate::telemetry::metrics::Metrics;
use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use changes::Changes;
use idempotency::Idempotency;
use jiff::Timestamp;
use loom_domain::audit_trail::{AuditDraft, AuditTrail, NotAudited};
use loom_domain::central::CentralName;
use loom_domain::ports::{Clock, Randomness};
use loom_domain::usecases::SecretStoring;
use loom_domain::usecases::accounts::Accounts;
use problem::{Code, Problem};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use throttle::{Buckets, UnderWay};
use tokio::sync::{Mutex, watch};

/// What handlers work with, as they get it.
type State = web::Data<ApiState>;

/// Prefix of every route of this API.
pub const PREFIX: &str = "/api/v1";
/// Connections of one worker; those beyond wait to be accepted.
const MOST_CONNECTIONS: usize = 4096;
const MOST_SOURCES: usize = 4096;
const MOST_IDENTITIES: usize = 4096;
/// How long a client may take to send the head of a request.
const HEAD_WITHIN: Duration = Duration::from_secs(10);
/// How long requests may go on once the daemon is to stop.
pub(crate) const STOP_WITHIN: Duration = Duration::from_secs(5);

/// What handlers work with.
pub struct ApiState {
    /// Users, tokens, sessions.
    pub accounts: Accounts,
    /// The roles of the state store.
    pub roles: Roles,
    /// The file behind them, where there is one.
    pub database: Option<OpenedDatabase>,
    /// The configuration as it is right now.
    pub config: Arc<LiveConfig>,
    /// Whether secrets can be stored.
    pub secret_storing: SecretStoring,
    /// Changes of centrals and sections take turns, so that what was read is what is changed.
    pub config_turn: Mutex<()>,
    /// What happens.
    pub events: Arc<EventHub>,
    /// Work that outlasts a request.
    pub jobs: Arc<Jobs>,
    /// The way to each central.
    pub gateways: Arc<CentralGateways>,
    /// How they are doing.
    pub central_watch: Arc<CentralWatch>,
    /// Backups of them.
    pub ccu_backups: Arc<CcuBackups>,
    /// Restores of them.
    pub ccu_restores: Arc<CcuRestores>,
    /// Archives of the daemon's own state.
    pub state_backups: StateBackups,
    /// The master key.
    pub keys: KeyService,
    /// Who did what.
    pub audit: AuditTrail,
    /// How the parts are doing.
    pub health: Arc<Health>,
    /// Figures.
    pub metrics: Metrics,
    /// Where credentials come from.
    pub randomness: Arc<dyn Randomness>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// When the daemon started.
    pub started_at: Timestamp,
    /// Counts up whenever an account, token or session ends; open sockets look whether it was theirs.
    pub revocations: watch::Sender<u64>,
    /// Turns true when the daemon stops.
    pub stopping: watch::Receiver<bool>,
    /// What the API keeps of requests.
    pub requests: Requests,
}

/// What the API keeps of requests, in memory and within bounds.
pub struct Requests {
    ids: RequestIds,
    login_throttle: Buckets,
    guesses: UnderWay,
    request_limit: Buckets,
    idempotency: Idempotency,
    changes: Changes,
}

impl Requests {
    /// Nothing yet.
    pub fn new(started_at: Timestamp) -> Self {
        Self {
            ids: RequestIds::new(started_at),
            login_throttle: Buckets::new(MOST_SOURCES),
            guesses: UnderWay::default(),
            request_limit: Buckets::new(MOST_IDENTITIES),
            idempotency: Idempotency::default(),
            changes: Changes::none(),
        }
    }

    /// Waits until no change is under way.
    pub(crate) async fn changes_ended(&self) {
        self.changes.all_ended().await;
    }
}

/// Ids for requests: the start of the daemon and a number, so that they are unique across restarts.
pub(crate) struct RequestIds {
    start: u64,
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(started_at: Timestamp) -> Self {
        Self { start: u64::try_from(started_at.as_millisecond()).unwrap_or(0), count: AtomicU64::new(0) }
    }

    pub(crate) fn next(&self) -> String {
        format!("{:x}-{:06x}", self.start, self.count.fetch_add(1, Ordering::Relaxed))
    }
}

/// A server of the API on `listener`; it runs once it is awaited.
pub fn server(state: web::Data<ApiState>, listener: TcpListener, workers: usize) -> std::io::Result<Server> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(routes::outside)
            .service(web::scope(PREFIX).configure(routes::inside).default_service(web::to(no_route)))
            .default_service(web::to(no_route))
            .wrap(from_fn(idempotency::once))
            .wrap(from_fn(authenticate::authenticate))
            .wrap(from_fn(request::around))
    });
    Ok(server
        .workers(workers)
        .worker_max_blocking_threads(8)
        .max_connections(MOST_CONNECTIONS)
        .client_request_timeout(HEAD_WITHIN)
        .disable_signals()
        .shutdown_timeout(STOP_WITHIN.as_secs())
        .listen(listener)?
        .run())
}

/// Logs a change that has no audit entry.
fn tell(missing: NotAudited) {
    tracing::error!(error = %missing, "audit entry missing");
}

/// Writes one audit entry of a change that has happened.
async fn record(state: &ApiState, draft: AuditDraft) {
    if let Err(missing) = state.audit.record(draft).await {
        tell(missing);
    }
}

/// Lets the figures follow a change of the centrals, so that one that was never backed up is seen.
async fn centrals_changed(state: &ApiState) -> Result<(), Problem> {
    let centrals = state.roles.centrals.list_centrals().await?;
    let names: Vec<CentralName> = centrals.into_iter().map(|central| central.name).collect();
    state.metrics.expect_backups_of(&names);
    state.central_watch.centrals_changed();
    state.config.tell().await;
    Ok(())
}

/// Lets open sockets look whether their credential has ended.
fn revoked(state: &ApiState) {
    state.revocations.send_modify(|count| *count = count.wrapping_add(1));
}

async fn no_route(request: HttpRequest) -> HttpResponse {
    Problem::new(StatusCode::NOT_FOUND, Code::NotFound, "Route not found").at(request.path()).response()
}
