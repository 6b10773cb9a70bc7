//! The way to each configured central: one gateway each, kept as long as its configuration is the same.
//!
//! Does NOT talk to centrals itself; whoever has a gateway does, and says farewell.

use crate::central_watch::REFRESH_JOB;
use crate::jobs::{JobFailure, Jobs};
use crate::live_config::LiveConfig;
use crate::wire::Environment;
use loom_domain::ccu::{BadCcuAccess, CcuAccess, CcuPatience};
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::{CcuGateway, CcuGateways, Centrals, StoreError};
use loom_domain::secret::SecretText;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Hands out gateways.
pub struct CentralGateways {
    /// `None` where the configuration says that nobody contacts centrals.
    factory: Option<Arc<dyn CcuGateways>>,
    centrals: Arc<dyn Centrals>,
    environment: Environment,
    config: Arc<LiveConfig>,
    /// One each, so that a central holds one conversation with us and not several.
    open: Mutex<BTreeMap<CentralName, OpenGateway>>,
}

/// A gateway, and what it was made for.
type OpenGateway = (CcuAccess, Arc<dyn CcuGateway>);

/// A configured central and the way to it.
#[derive(Clone)]
pub struct ReachedCentral {
    /// Its configuration.
    pub central: Central,
    /// The way to it. Everybody who asks for this central is given the same one.
    pub gateway: Arc<dyn CcuGateway>,
}

impl ReachedCentral {
    /// The serial number it is configured with; an empty one is none.
    pub fn serial(&self) -> Option<&str> {
        self.central.serial.as_deref().filter(|serial| !serial.is_empty())
    }
}

/// Why a central cannot even be tried. Fragments read after "failed to …: ".
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CentralGatewayError {
    /// Not here.
    #[error(
        "this daemon contacts no centrals\nhint: `backends.ccu` says so in its configuration; set it to `homematic`"
    )]
    Off,
    /// There is none of that name.
    #[error("there is no central `{0}`")]
    Unknown(CentralName),
    /// It is configured, but switched off.
    #[error("central `{0}` is disabled\nhint: enable it first")]
    Disabled(CentralName),
    /// Its configuration does not do.
    #[error("central `{name}` cannot be reached: {source}")]
    Access {
        /// The central.
        name: CentralName,
        /// Why.
        #[source]
        source: BadCcuAccess,
    },
    /// The state cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl CentralGateways {
    /// Gateways made by `factory` to the centrals the state knows. Passwords that are kept there come from `environment`.
    pub fn new(
        factory: Option<Arc<dyn CcuGateways>>,
        centrals: Arc<dyn Centrals>,
        environment: Environment,
        config: Arc<LiveConfig>,
    ) -> Self {
        Self { factory, centrals, environment, config, open: Mutex::default() }
    }

    /// Whether centrals are contacted at all.
    pub fn is_on(&self) -> bool {
        self.factory.is_some()
    }

    /// The way to one enabled central.
    pub async fn reach(&self, name: &CentralName) -> Result<ReachedCentral, CentralGatewayError> {
        let central = self.find(name).await?;
        if !central.enabled {
            return Err(CentralGatewayError::Disabled(name.clone()));
        }
        let access = self.access(&central)?;
        let factory = self.factory.as_ref().ok_or(CentralGatewayError::Off)?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = open.get(name).filter(|(kept, _)| *kept == access).map(|(_, gateway)| Arc::clone(gateway));
        let gateway = kept.unwrap_or_else(|| {
            let gateway = factory.gateway(access.clone());
            open.insert(name.clone(), (access, Arc::clone(&gateway)));
            gateway
        });
        Ok(ReachedCentral { central, gateway })
    }

    /// A way of its own to one central, enabled or not, for a look at what works.
    pub async fn try_out(&self, name: &CentralName) -> Result<ReachedCentral, CentralGatewayError> {
        let central = self.find(name).await?;
        let factory = self.factory.as_ref().ok_or(CentralGatewayError::Off)?;
        let gateway = factory.gateway(self.access(&central)?);
        Ok(ReachedCentral { central, gateway })
    }

    /// Names of the enabled centrals.
    pub async fn enabled(&self) -> Result<Vec<CentralName>, StoreError> {
        let centrals = self.centrals.list_centrals().await?;
        Ok(centrals.into_iter().filter(|central| central.enabled).map(|central| central.name).collect())
    }

    /// Forgets the ways to centrals that are configured no more.
    pub fn keep_only(&self, names: &[CentralName]) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|name, _| names.contains(name));
    }

    /// Ends the conversation with a central, if there is one.
    pub(crate) async fn farewell(&self, name: &CentralName) {
        let open = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.get(name).map(|(_, gateway)| Arc::clone(gateway))
        };
        if let Some(gateway) = open {
            gateway.farewell().await;
        }
    }

    /// Ends the conversations with all centrals.
    pub(crate) async fn farewell_to_all(&self) {
        let open: Vec<_> = {
            let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.values().map(|(_, gateway)| Arc::clone(gateway)).collect()
        };
        futures_util::future::join_all(open.iter().map(|gateway| gateway.farewell())).await;
    }

    async fn find(&self, name: &CentralName) -> Result<Central, CentralGatewayError> {
        let found = self.centrals.find_central(name).await?;
        found.ok_or_else(|| CentralGatewayError::Unknown(name.clone()))
    }

    fn access(&self, central: &Central) -> Result<CcuAccess, CentralGatewayError> {
        let variable = |name: &str| {
            let value = (self.environment)(name)?.into_string().ok()?;
            (!value.is_empty()).then(|| SecretText::new(value))
        };
        CcuAccess::of(central, self.patience(), variable)
            .map_err(|source| CentralGatewayError::Access { name: central.name.clone(), source })
    }

    fn patience(&self) -> CcuPatience {
        let config = self.config.current();
        CcuPatience {
            connect: config.duration("reliability.connect_timeout"),
            answer: config.duration("reliability.answer_timeout"),
            backup_first_byte: config.duration("reliability.backup_first_byte_timeout"),
            idle: config.duration("reliability.idle_timeout"),
            backup_total: config.duration("reliability.backup_total_timeout"),
            apply: config.duration("reliability.apply_timeout"),
            retry_after: config.duration("reliability.retry_pause"),
        }
    }
}

/// Cancels what merely reads the devices of a central, for somebody who cannot wait: reading goes on later where it ended.
pub(crate) async fn make_room(jobs: &Jobs, central: &CentralName, purpose: &str) {
    for job in jobs.open_in(&central_lane(central)) {
        if job.kind == REFRESH_JOB {
            let why = JobFailure::new(format!("gave way to {purpose}"));
            // It may have ended by itself in this moment.
            _ = jobs.cancel(job.id.as_str(), why).await;
        }
    }
}

/// The lane of jobs that have a central to themselves.
pub(crate) fn central_lane(central: &CentralName) -> Arc<str> {
    format!("ccu:{central}").into()
}
