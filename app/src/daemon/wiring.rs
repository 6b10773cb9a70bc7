//! Wiring: from backends by name to everything the API works with.
//!
//! Does NOT serve or stop anything (`daemon`).

use super::audit_watch::AuditWatch;
use super::key::KeyPlaces;
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

/// What everything else is wired from.
pub(super) struct Base<'a> {
    pub(super) config: &'a DaemonConfig,
    pub(super) backends: Backends,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
    pub(super) health: Arc<Health>,
    pub(super) metrics: Metrics,
}

/// Opens and wires everything, in the order in which one thing needs another. The data dir is owned.
pub(super) async fn wire(
    config: &DaemonConfig,
    backends: Backends,
    metrics: Metrics,
    stopping: watch::Receiver<bool>,
) -> Result<ApiState, StartError> {
    let base = Base::new(config, backends, metrics);
    let started_at = base.clock.now();
    let (store, database) = base.store().await?;
    base.metrics.watch_health(base.health.clone());
    let wrappings = wrappings(&config.keys, &config.environment);
    let places = base.key_places(&wrappings);
    let found = key::find(&places, store.as_ref(), &base.health).await?;
    let plaintext = base.plaintext(store.as_ref()).await?;
    let held = Arc::new(HeldKeys::new(found.clone()));
    let roles = base.roles(store.clone(), held.clone(), plaintext);
    let audit = base.audit_trail(&roles);
    let passwords: Arc<dyn Passwords> = Arc::new(Argon2Passwords::new(base.randomness.clone()));
    seed::seed(config, &roles, passwords.as_ref(), base.clock.as_ref(), &audit).await?;
    let sealing_off = found.is_none() && plaintext == Plaintext::Allowed;
    let live = base.live_config(&roles, store.clone(), sealing_off).await?;
    base.expect_backups(&roles).await?;
    let events = base.event_hub(&live);
    let jobs = base.jobs(&events)?;
    let keys = base.keys(&held, store, &audit, &wrappings, &jobs);
    // A daemon that started without a key goes on asking why: an archive with a broken key must not pass for a good one.
    let known = Arc::new(KeyChain::new(vec![held, places.all]));
    let state_backups = base.state_backups(known, wrappings, &jobs).await?;
    let parts = centrals::Parts { roles: &roles, config: &live, events: &events, jobs: &jobs };
    let centrals = centrals::wire(&base, &parts).await?;
    Ok(ApiState {
        accounts: base.accounts(&roles, passwords, &live, audit.clone())?,
        roles,
        database,
        config: live,
        secret_storing: match (&found, plaintext) {
            (None, Plaintext::Refused) => SecretStoring::NoMasterKey,
            _ => SecretStoring::Possible,
        },
        config_turn: Mutex::default(),
        events,
        jobs,
        gateways: centrals.gateways,
        central_watch: centrals.watch,
        ccu_backups: centrals.backups,
        ccu_restores: centrals.restores,
        state_backups,
        keys,
        audit,
        health: base.health,
        metrics: base.metrics,
        randomness: base.randomness,
        clock: base.clock,
        started_at,
        revocations: watch::channel(0).0,
        stopping,
        requests: Requests::new(started_at),
    })
}

impl<'a> Base<'a> {
    fn new(config: &'a DaemonConfig, backends: Backends, metrics: Metrics) -> Self {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let health = Arc::new(Health::new(clock.clone()));
        Self { config, backends, clock, randomness: Arc::new(OsRandomness), health, metrics }
    }

    /// The state, watched; and its database, if it has one.
    async fn store(&self) -> Result<(Arc<dyn StateStore>, Option<OpenedDatabase>), StartError> {
        let (store, database): (Arc<dyn StateStore>, _) = match self.backends.state {
            StateBackend::Memory => (Arc::new(MemoryStateStore::new()), None),
            StateBackend::Sqlite => {
                let store = state::open(self.config).await?;
                (Arc::new(store), Some(OpenedDatabase::of(&self.config.data_dir)))
            }
        };
        let watch = Arc::new(StoreWatch::new(self.metrics.clone(), self.health.clone()));
        Ok((Arc::new(ObservedStore::new(store, watch)), database))
    }

    fn key_places(&self, wrappings: &KeyWrappings) -> KeyPlaces {
        let wrappers: Vec<_> = wrappings.known().into_iter().map(|wrapper| wrapper.as_str()).collect();
        let (backend, wrappers) = (&self.config.backends.keys, wrappers.join(","));
        tracing::info!(%backend, wrappers, "a master key is looked for");
        key_places::of(self.config, self.backends, wrappings, &self.randomness)
    }

    /// Whether secrets may be stored in clear where there is no key.
    async fn plaintext(&self, store: &dyn StateStore) -> Result<Plaintext, StartError> {
        let stored = store.list_sections().await?;
        Ok(match self.config.effective(&stored).bool("security.allow_plaintext_secrets") {
            true => Plaintext::Allowed,
            false => Plaintext::Refused,
        })
    }

    /// One port per role: read from memory, secrets sealed, whatever keeps them.
    fn roles(&self, store: Arc<dyn StateStore>, keys: Arc<HeldKeys>, plaintext: Plaintext) -> Roles {
        let sealed = Arc::new(SealedStore::new(store, keys, plaintext, self.randomness.clone()));
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

    fn audit_trail(&self, roles: &Roles) -> AuditTrail {
        let log = AuditWatch::new(roles.audit.clone(), self.health.clone(), self.metrics.clone());
        AuditTrail { log: Arc::new(log), clock: self.clock.clone() }
    }

    async fn live_config(
        &self,
        roles: &Roles,
        store: Arc<dyn StateStore>,
        sealing_off: bool,
    ) -> Result<Arc<LiveConfig>, StartError> {
        let (document, overlay) = (self.config.document.clone(), self.config.overlay.clone());
        let live = LiveConfig::load(document, overlay, roles.sections.clone()).await?;
        let report = ConfigReport::new(self.health.clone(), self.metrics.clone(), store, sealing_off);
        Ok(Arc::new(live.reported_to(report).await))
    }

    /// Has the figures count how old the backups of each central are.
    async fn expect_backups(&self, roles: &Roles) -> Result<(), StartError> {
        let centrals = roles.centrals.list_centrals().await?;
        let names: Vec<CentralName> = centrals.into_iter().map(|central| central.name).collect();
        self.metrics.expect_backups_of(&names);
        Ok(())
    }

    fn event_hub(&self, live: &LiveConfig) -> Arc<EventHub> {
        let capacity = live.current().integer("north.rest.ws.replay_capacity");
        Arc::new(EventHub::new(usize::try_from(capacity).unwrap_or(1024), self.clock.clone()))
    }

    fn jobs(&self, events: &Arc<EventHub>) -> Result<Arc<Jobs>, StartError> {
        let (clock, metrics) = (self.clock.clone(), self.metrics.clone());
        let randomness = self.randomness.as_ref();
        Ok(Arc::new(Jobs::new(events.clone(), clock, randomness, metrics, Handle::current())?))
    }

    fn keys(
        &self,
        held: &Arc<HeldKeys>,
        store: Arc<dyn StateStore>,
        audit: &AuditTrail,
        wrappings: &KeyWrappings,
        jobs: &Arc<Jobs>,
    ) -> KeyService {
        let ports = key_files::ports(
            self.config,
            self.backends,
            held.clone(),
            store,
            audit.clone(),
            wrappings.clone(),
            self.randomness.clone(),
        );
        KeyService::new(ports, jobs.clone(), self.health.clone())
    }

    async fn state_backups(
        &self,
        keys: Arc<dyn KeyProvider>,
        wrappings: KeyWrappings,
        jobs: &Arc<Jobs>,
    ) -> Result<StateBackups, StartError> {
        let state_backups = StateBackups::new(
            self.archives(keys, wrappings).await?,
            self.config.sealing.clone(),
            self.config.config_bytes.clone().map(Bytes::from),
            self.config.env_files.clone(),
            self.metrics.clone(),
            jobs.clone(),
        );
        state_backups.refresh_figures().await;
        Ok(state_backups)
    }

    async fn archives(
        &self,
        keys: Arc<dyn KeyProvider>,
        wrappings: KeyWrappings,
    ) -> Result<StateBackupPorts, StartError> {
        let clock = self.clock.clone();
        if self.backends.archives == ArchiveBackend::Memory {
            return Ok(StateBackupPorts::in_memory(MemoryArchives::new(), keys, clock));
        }
        let config = self.config.clone();
        let opened = tokio::task::spawn_blocking(move || {
            let folder = Some(config.state_backups_dir.as_path());
            FolderPlace { data_dir: &config.data_dir, folder, keys, wrappings, clock }.open()
        });
        Ok(opened.await.map_err(StartError::panicked)??)
    }

    fn accounts(
        &self,
        roles: &Roles,
        passwords: Arc<dyn Passwords>,
        live: &LiveConfig,
        audit: AuditTrail,
    ) -> Result<Accounts, StartError> {
        let ports = AccountPorts {
            users: roles.users.clone(),
            tokens: roles.tokens.clone(),
            sessions: roles.sessions.clone(),
            passwords,
            clock: self.clock.clone(),
            randomness: self.randomness.clone(),
            audit,
        };
        let idle = live.current().duration("north.rest.auth.session_idle_timeout");
        let rules = AccountRules {
            session_idle: jiff::SignedDuration::try_from(idle).ok(),
            allow_first_run_setup: self.config.allow_first_run_setup,
        };
        Ok(Accounts::open(ports, rules)?)
    }
}
