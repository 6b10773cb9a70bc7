//! A simulated central and the ways to it. Does NOT assert anything.

use async_trait::async_trait;
use bytes::Bytes;
use loom_adapter_homematic::HomematicGateways;
use loom_contract::ccu_gateway::CcuBed;
use loom_domain::ccu::{CcuAccess, CcuPatience, CcuTls};
use loom_domain::central::CentralName;
use loom_domain::ports::{CcuError, CcuGateway, CcuGateways as _, Content, CreatedSystemBackup, ReadError};
use loom_domain::secret::SecretText;
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig};
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub(crate) const FLAVOURS: [Flavour; 2] = [Flavour::Stock, Flavour::OpenCcu];
pub(crate) const PASSWORD: &str = "secret";

pub(crate) struct Bed {
    pub(crate) sim: Sim,
    flavour: Flavour,
    /// How often a suite had it restart.
    restarts: AtomicU64,
}

/// What a busy machine may take. A case about a limit lets the time fly.
const LONG: Duration = Duration::from_secs(60);

/// For suites: a central, and nothing else to keep.
pub(crate) async fn fresh(flavour: Flavour) -> (Arc<Bed>, ()) {
    (Arc::new(Bed::new(flavour).await), ())
}

impl Bed {
    pub(crate) async fn new(flavour: Flavour) -> Self {
        Self::with(SimConfig::new(flavour)).await
    }

    pub(crate) async fn with(config: SimConfig) -> Self {
        let flavour = config.flavour;
        Self { sim: Sim::start(config).await.unwrap(), flavour, restarts: AtomicU64::new(0) }
    }

    /// The way to the central.
    pub(crate) fn access(&self) -> CcuAccess {
        let patience = CcuPatience {
            connect: LONG,
            answer: LONG,
            backup_first_byte: LONG,
            idle: LONG,
            backup_total: 10 * LONG,
            apply: LONG,
            retry_after: Duration::from_millis(1),
        };
        let ports = self.sim.rpc_addrs().iter().map(|(name, at)| (name.name().to_owned(), at.port()));
        CcuAccess {
            central: CentralName::parse("house").unwrap(),
            host: self.sim.web_addr().ip().to_string(),
            web_port: Some(self.sim.web_addr().port()),
            json_port: None,
            username: Some("Admin".to_owned()),
            password: Some(SecretText::new(PASSWORD)),
            tls: CcuTls::Off,
            interfaces: Vec::new(),
            ports: ports.collect(),
            patience,
        }
    }

    pub(crate) fn gateway(&self) -> Arc<dyn CcuGateway> {
        self.gateway_with(|_| {})
    }

    pub(crate) fn gateway_with(&self, change: impl FnOnce(&mut CcuAccess)) -> Arc<dyn CcuGateway> {
        let mut access = self.access();
        change(&mut access);
        HomematicGateways.gateway(access)
    }

    /// Waits until something becomes true in the central.
    pub(crate) async fn until(&self, holds: impl Fn(&Sim) -> bool) {
        let waiting = async {
            while !holds(&self.sim) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(120), waiting).await.unwrap();
    }

    /// Waits until something becomes true in the central, after which it says nothing for long. Then there is nothing to
    /// wait for but the end of patience, so time flies.
    pub(crate) async fn silence_after(&self, holds: impl Fn(&Sim) -> bool) {
        self.until(holds).await;
        tokio::time::pause();
    }

    /// A system backup of the central as it is, with nothing left behind.
    pub(crate) async fn backup(&self) -> Vec<u8> {
        let gateway = self.gateway();
        let bytes = read(gateway.create_system_backup().await.unwrap()).await.unwrap();
        gateway.farewell().await;
        bytes
    }
}

pub(crate) async fn read(mut backup: CreatedSystemBackup) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = backup.content.next_chunk().await? {
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Asserts that the words of an error hold each of `parts`, and a hint.
#[track_caller]
pub(crate) fn assert_says(error: &impl std::fmt::Display, parts: &[&str]) {
    let words = error.to_string();
    for part in parts.iter().chain(&["\nhint: "]) {
        assert!(words.contains(part), "`{part}` is not in: {words}");
    }
}

#[track_caller]
pub(crate) fn assert_unauthorized(error: &CcuError) {
    assert!(matches!(error, CcuError::Unauthorized(_)), "{error}");
}

/// Bytes as a content, in chunks.
pub(crate) struct Chunks(VecDeque<Bytes>);

pub(crate) fn content(bytes: &[u8]) -> Box<dyn Content> {
    Box::new(Chunks(bytes.chunks(50_000).map(Bytes::copy_from_slice).collect()))
}

#[async_trait]
impl Content for Chunks {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        Ok(self.0.pop_front())
    }
}

#[async_trait]
impl CcuBed for Bed {
    fn port(&self) -> Arc<dyn CcuGateway> {
        // Backups of the stock firmware that are cut are recognised by their silence alone.
        self.gateway_with(|access| access.patience.idle = Duration::from_secs(8))
    }

    async fn set_booting(&self, booting: bool) {
        if booting {
            self.sim.inject(Fault::RegaDown);
            self.sim.inject(Fault::RpcBooting503);
        } else {
            self.sim.heal();
        }
    }

    async fn lock_us_out(&self, locked: bool) {
        assert!(self.sim.set_password("Admin", if locked { "another" } else { PASSWORD }));
    }

    async fn held(&self) -> usize {
        self.sim.observed().open_sessions
    }

    async fn state(&self) -> String {
        format!("{} devices", self.sim.device_count(Interface::BidCosRf))
    }

    async fn change_state(&self) {
        self.sim.keep_devices(Interface::BidCosRf, self.sim.device_count(Interface::BidCosRf) - 1);
    }

    async fn set_security_key(&self, key: Option<&str>) {
        self.sim.set_security_key(key);
    }

    async fn cut_backups(&self, cut: bool) {
        match (cut, self.flavour) {
            (false, _) => self.sim.heal(),
            // Stock announces no size, so a closed connection is the end; only silence tells a break.
            (true, Flavour::Stock) => self.sim.inject(Fault::HangMidway),
            (true, Flavour::OpenCcu) => self.sim.inject(Fault::CutOuter(10_000)),
        }
    }

    async fn back_after_restart(&self) {
        let restarts = self.restarts.fetch_add(1, Ordering::Relaxed) + 1;
        self.until(|sim| sim.observed().boots >= restarts).await;
        self.sim.ready().await;
    }
}
