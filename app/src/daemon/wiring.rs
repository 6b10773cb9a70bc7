//! Wiring: from backends by name to everything the API works with.
//!
//! Does NOT serve or stop anything (`daemon`).

use super::audit_watch::AuditWatch;
use super::store_watch::StoreWatch;
use super::{StartError, centrals, key, key_files, key_places, seed, state};
use crate::SystemClock;
use crate::backends::{ArchiveBackend, Backends, StateBackend};
use crate::config::DaemonConfig;
use crate::events::EventHub;
use crate::health::Health;
use crate::http::{ApiState, Requests};
use crate::jobs::Jobs;
use crate::key_service::KeyService;
use crate::key_settings::wrappings;
use crate::live_config::{ConfigReport, LiveConfig};
use crate::opened_database::OpenedDatabase;
use crate::roles::Roles;
use crate::state_backups::{FolderPlace, StateBackupPorts, StateBackups};
use crate::telemetry::metrics::Metrics;
use bytes::Bytes;
use loom_adapter_keys::{Argon2Passwords, KeyChain, OsRandomness};
use loom_adapter_memory::{MemoryArchives, MemoryStateStore};
use loom_domain::audit_trail::AuditTrail;
use loom_domain::cached_store::CachedStore;
use loom_domain::central::CentralName;
use loom_domain::observed_store::ObservedStore;
use loom_domain::ports::{Clock, KeyProvider, KeyWrappings, Passwords, Randomness, StateStore};
use loom_domain::secret::HeldKeys;
use loom_domain::secret::sealed_store::{Plaintext, SealedStore};
use loom_domain::usecases::SecretStoring;
use loom_domain::usecases::accounts::{AccountPorts, AccountRules, Accounts};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, watch};

/// Opens and wires everything, in the order in which one thing needs another. The data dir is owned.
pub(super) async fn wire(
    config: &DaemonConfig,
    backends: Backends,
    metrics: Metrics,
    stopping: watch::Receiver<bool>,
) -> Result<ApiState, StartError> {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let randomness: Arc<dyn Randomness> = Arc::new(OsRandomness);
    let health = Arc::new(Health::new(clock.clone()));
    let started_at = clock.now();
    let (store, database) = open_store(config, backends).await?;
    let store: Arc<dyn StateStore> =
        Arc::new(ObservedStore::new(store, Arc::new(StoreWatch::new(metrics.clone(), health.clone()))));
    metrics.watch_health(health.clone());
    let wrappings = wrappings(&config.keys, &config.environment);
    let places = key_places::of(config, backends, &wrappings, &randomness);
    let wrappers: Vec<_> = wrappings.known().into_iter().map(|wrapper| wrapper.as_str()).collect();
    tracing::info!(backend = %config.backends.keys, wrappers = wrappers.join(","), "a master key is looked for");
    let found = key::find(&places, store.as_ref(), &health).await?;
    let stored = store.list_sections().await?;
    let plaintext = match config.effective(&stored).bool("security.allow_plaintext_secrets") {
        true => Plaintext::Allowed,
        false => Plaintext::Refused,
    };
    let held = Arc::new(HeldKeys::new(found.clone()));
    let roles = roles(store.clone(), held.clone(), plaintext, &randomness);
    let audit = AuditTrail {
        log: Arc::new(AuditWatch::new(roles.audit.clone(), health.clone(), metrics.clone())),
        clock: clock.clone(),
    };
    let passwords: Arc<dyn Passwords> = Arc::new(Argon2Passwords::new(randomness.clone()));
    seed::seed(config, &roles, passwords.as_ref(), clock.as_ref(), &audit).await?;
    let live =
        LiveConfig::load(config.document.clone(), config.overlay.clone(), roles.sections.clone()).await?;
    let sealing_off = found.is_none() && plaintext == Plaintext::Allowed;
    let report = ConfigReport::new(health.clone(), metrics.clone(), store.clone(), sealing_off);
    let live = Arc::new(live.reported_to(report).await);
    let centrals = roles.centrals.list_centrals().await?;
    metrics
        .expect_backups_of(&centrals.into_iter().map(|central| central.name).collect::<Vec<CentralName>>());

    let ports = AccountPorts {
        users: roles.users.clone(),
        tokens: roles.tokens.clone(),
        sessions: roles.sessions.clone(),
        passwords,
        clock: clock.clone(),
        randomness: randomness.clone(),
        audit: audit.clone(),
    };
    let idle = live.current().duration("north.rest.auth.session_idle_timeout");
    let rules = AccountRules {
        session_idle: jiff::SignedDuration::try_from(idle).ok(),
        allow_first_run_setup: config.allow_first_run_setup,
    };
    let capacity = live.current().integer("north.rest.ws.replay_capacity");
    let events = Arc::new(EventHub::new(usize::try_from(capacity).unwrap_or(1024), clock.clone()));
    let secret_storing = match (&found, plaintext) {
        (None, Plaintext::Refused) => SecretStoring::NoMasterKey,
        _ => SecretStoring::Possible,
    };
    let (revocations, _) = watch::channel(0);
    let jobs =
        Jobs::new(events.clone(), clock.clone(), randomness.as_ref(), metrics.clone(), Handle::current())?;
    let jobs = Arc::new(jobs);
    let keys = key_files::ports(
        config,
        backends,
        held.clone(),
        store,
        audit.clone(),
        wrappings.clone(),
        randomness.clone(),
    );
    // A daemon that started without a key goes on asking why: an archive with a broken key must not pass for a good one.
    let known = Arc::new(KeyChain::new(vec![held, places.all]));
    let archives = state_backup_ports(config, backends, known, wrappings, clock.clone()).await?;
    let config_bytes = config.config_bytes.clone().map(Bytes::from);
    let state_backups = StateBackups::new(
        archives,
        config.sealing.clone(),
        config_bytes,
        config.env_files.clone(),
        metrics.clone(),
        jobs.clone(),
    );
    state_backups.refresh_figures().await;
    let parts = centrals::Parts {
        roles: &roles,
        config: &live,
        events: &events,
        health: &health,
        jobs: &jobs,
        metrics: &metrics,
        clock: &clock,
    };
    let centrals = centrals::wire(config, backends, &parts).await?;
    let jobs_of_keys = jobs.clone();
    Ok(ApiState {
        accounts: Accounts::open(ports, rules)?,
        roles,
        database,
        config: live,
        secret_storing,
        config_turn: Mutex::default(),
        events,
        jobs,
        gateways: centrals.gateways,
        central_watch: centrals.watch,
        ccu_backups: centrals.backups,
        ccu_restores: centrals.restores,
        state_backups,
        keys: KeyService::new(keys, jobs_of_keys, health.clone()),
        audit,
        health,
        metrics,
        randomness,
        clock,
        started_at,
        revocations,
        stopping,
        requests: Requests::new(started_at),
    })
}

type OpenStore = (Arc<dyn StateStore>, Option<OpenedDatabase>);

async fn open_store(config: &DaemonConfig, backends: Backends) -> Result<OpenStore, StartError> {
    match backends.state {
        StateBackend::Memory => Ok((Arc::new(MemoryStateStore::new()), None)),
        StateBackend::Sqlite => {
            let store = state::open(config).await?;
            Ok((Arc::new(store), Some(OpenedDatabase::of(&config.data_dir))))
        }
    }
}

async fn state_backup_ports(
    config: &DaemonConfig,
    backends: Backends,
    keys: Arc<dyn KeyProvider>,
    wrappings: KeyWrappings,
    clock: Arc<dyn Clock>,
) -> Result<StateBackupPorts, StartError> {
    if backends.archives == ArchiveBackend::Memory {
        return Ok(StateBackupPorts::in_memory(MemoryArchives::new(), keys, clock));
    }
    let config = config.clone();
    let opened = tokio::task::spawn_blocking(move || {
        let folder = Some(config.state_backups_dir.as_path());
        FolderPlace { data_dir: &config.data_dir, folder, keys, wrappings, clock }.open()
    });
    Ok(opened.await.map_err(StartError::panicked)??)
}

/// One port per role: read from memory, secrets sealed, whatever keeps them.
fn roles(
    store: Arc<dyn StateStore>,
    keys: Arc<HeldKeys>,
    plaintext: Plaintext,
    randomness: &Arc<dyn Randomness>,
) -> Roles {
    let sealed = Arc::new(SealedStore::new(store, keys, plaintext, randomness.clone()));
    let cached = Arc::new(CachedStore::new(sealed));
    Roles {
        centrals: cached.clone(),
        sections: cached.clone(),
        batches: cached.clone(),
        users: cached.clone(),
        tokens: cached.clone(),
        sessions: cached.clone(),
        last_seen: cached.clone(),
        devices: cached.clone(),
        paramsets: cached.clone(),
        audit: cached.clone(),
        fabrics: cached.clone(),
        identities: cached.clone(),
        ccu_backups: cached.clone(),
        ccu_restores: cached.clone(),
        interfaces: cached,
    }
}
