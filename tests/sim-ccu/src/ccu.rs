//! One central: its state, faults and counts, shared by everything that serves it. Does NOT open ports.

use crate::config::{Flavour, SimConfig};
use crate::devices::Interface;
use crate::fault::{Fault, Faults};
use crate::observed::Notebook;
use crate::sbk::{self, Built, Damage, Recipe};
use crate::world::World;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use tempfile::TempDir;
use tokio::sync::watch;

/// How far a central is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// No port listens.
    Off,
    /// The web port is up, RPC ports answer 503.
    Booting,
    Ready,
}

/// A central that runs.
#[derive(Debug)]
pub(crate) struct Ccu {
    pub(crate) config: SimConfig,
    pub(crate) faults: Faults,
    pub(crate) notebook: Arc<Notebook>,
    pub(crate) phase: watch::Sender<Phase>,
    /// Where interfaces listen, plain.
    pub(crate) ports: OnceLock<BTreeMap<Interface, SocketAddr>>,
    world: Mutex<World>,
    archives: tokio::sync::Mutex<Vec<(Recipe, Arc<Built>)>>,
    folder: TempDir,
}

impl Ccu {
    pub(crate) fn new(config: SimConfig) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            world: Mutex::new(World::new(&config)),
            config,
            faults: Faults::default(),
            notebook: Arc::default(),
            phase: watch::Sender::new(Phase::Ready),
            ports: OnceLock::new(),
            archives: tokio::sync::Mutex::default(),
            folder: tempfile::Builder::new().prefix("sim-ccu-").tempdir()?,
        }))
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where uploads and archives lie; gone with the central.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn is_open_ccu(&self) -> bool {
        self.config.flavour == Flavour::OpenCcu
    }

    /// Whether the logic process answers.
    pub(crate) fn rega_runs(&self) -> bool {
        *self.phase.borrow() == Phase::Ready && !self.faults.has(&Fault::RegaDown)
    }

    /// A backup of the present state with the faults that are on. The last two are kept, so that large ones
    /// are built once.
    pub(crate) async fn archive(self: &Arc<Self>, two_at_once: bool) -> io::Result<Arc<Built>> {
        let recipe = self.recipe(two_at_once);
        let mut archives = self.archives.lock().await;
        if let Some((_, built)) = archives.iter().find(|(known, _)| *known == recipe) {
            return Ok(Arc::clone(built));
        }
        let (ccu, wanted) = (Arc::clone(self), recipe.clone());
        let building = tokio::task::spawn_blocking(move || sbk::build(&wanted, ccu.folder()));
        let built = Arc::new(building.await.map_err(io::Error::other)??);
        archives.truncate(1);
        archives.insert(0, (recipe, Arc::clone(&built)));
        Ok(built)
    }

    fn recipe(&self, two_at_once: bool) -> Recipe {
        let faults = [
            (Fault::CutInner, Damage::InnerCut),
            (Fault::BadSha256, Damage::BadSha256),
            (Fault::NoRegadom, Damage::NoRegadom),
            (Fault::GzipBomb, Damage::Bomb),
        ];
        let damage =
            faults.into_iter().find_map(|(fault, damage)| self.faults.hits(&fault).then_some(damage));
        let overwritten = if two_at_once { Damage::InnerCut } else { Damage::None };
        Recipe {
            central: self.world().central.clone(),
            flavour: self.config.flavour,
            firmware: self.config.firmware.clone(),
            filler_bytes: self.config.backup_filler_bytes,
            damage: damage.unwrap_or(overwritten),
        }
    }
}
