//! Wiring of everything that talks to centrals: the gateways, the watch, backups and restores of them.
//!
//! Does NOT run any of it (`daemon`).

use super::StartError;
use super::pretended_ccus::PretendedCcus;
use crate::backends::{ArchiveBackend, Backends, CcuBackend};
use crate::ccu_backups::{CcuBackupPorts, CcuBackups, RecordEvents};
use crate::ccu_restores::{CcuRestorePorts, CcuRestores};
use crate::central_gateways::CentralGateways;
use crate::central_watch::{CentralWatch, CentralWatchPorts};
use crate::config::DaemonConfig;
use crate::events::EventHub;
use crate::health::Health;
use crate::jobs::Jobs;
use crate::live_config::LiveConfig;
use crate::pauses::RuntimePauses;
use crate::roles::Roles;
use crate::telemetry::metrics::Metrics;
use loom_adapter_archive::SbkFolder;
use loom_adapter_homematic::HomematicGateways;
use loom_adapter_memory::MemoryCcuBackupFiles;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuGateways, Clock, Pauses, RecordWatch};
use std::path::PathBuf;
use std::sync::Arc;

/// Where CCU backups are kept if the configuration names no folder, in the data dir.
const DEFAULT_FOLDER: &str = "backups";

/// What the rest of the daemon has, for this.
pub(super) struct Parts<'a> {
    pub(super) roles: &'a Roles,
    pub(super) config: &'a Arc<LiveConfig>,
    pub(super) events: &'a Arc<EventHub>,
    pub(super) health: &'a Arc<Health>,
    pub(super) jobs: &'a Arc<Jobs>,
    pub(super) metrics: &'a Metrics,
    pub(super) clock: &'a Arc<dyn Clock>,
}

/// Everything that talks to centrals.
pub(super) struct Centrals {
    pub(super) gateways: Arc<CentralGateways>,
    pub(super) watch: Arc<CentralWatch>,
    pub(super) backups: Arc<CcuBackups>,
    pub(super) restores: Arc<CcuRestores>,
}

/// Where the bytes of backups are, and who judges them.
struct Files {
    files: Arc<dyn CcuBackupFiles>,
    judging: Arc<dyn CcuBackupJudging>,
    folder: Option<PathBuf>,
}

/// Wires it.
pub(super) async fn wire(
    config: &DaemonConfig,
    backends: Backends,
    parts: &Parts<'_>,
) -> Result<Centrals, StartError> {
    let Parts { roles, events, jobs, .. } = *parts;
    let factory: Option<Arc<dyn CcuGateways>> = match backends.ccu {
        CcuBackend::Homematic => Some(Arc::new(HomematicGateways)),
        CcuBackend::Memory => Some(Arc::new(PretendedCcus::default())),
        CcuBackend::None => None,
    };
    let live = parts.config;
    let gateways = Arc::new(CentralGateways::new(
        factory,
        roles.centrals.clone(),
        config.environment.clone(),
        Arc::clone(live),
    ));
    let watch_ports = CentralWatchPorts {
        centrals: roles.centrals.clone(),
        interfaces: roles.interfaces.clone(),
        devices: roles.devices.clone(),
        paramsets: roles.paramsets.clone(),
        clock: Arc::clone(parts.clock),
    };
    let watch = Arc::new(CentralWatch::new(
        watch_ports,
        Arc::clone(&gateways),
        Arc::clone(live),
        Arc::clone(events),
        Arc::clone(parts.health),
        Arc::clone(jobs),
    ));
    let Files { files, judging, folder } = files(config, backends, live).await?;
    let told: Arc<dyn RecordWatch> = Arc::new(RecordEvents::new(Arc::clone(events)));
    let pauses: Arc<dyn Pauses> = Arc::new(RuntimePauses);
    let backup_ports = CcuBackupPorts {
        files: Arc::clone(&files),
        judging: Arc::clone(&judging),
        records: roles.ccu_backups.clone(),
        restores: roles.ccu_restores.clone(),
        watch: Arc::clone(&told),
        pauses: Arc::clone(&pauses),
        clock: Arc::clone(parts.clock),
    };
    let backups = Arc::new(CcuBackups::new(
        backup_ports,
        Arc::clone(&gateways),
        Arc::clone(live),
        parts.metrics.clone(),
        Arc::clone(jobs),
        folder,
    ));
    let restore_ports = CcuRestorePorts {
        files,
        judging,
        backups: roles.ccu_backups.clone(),
        restores: roles.ccu_restores.clone(),
        interfaces: roles.interfaces.clone(),
        devices: roles.devices.clone(),
        watch: told,
        pauses,
        clock: Arc::clone(parts.clock),
    };
    let restores = Arc::new(CcuRestores::new(
        restore_ports,
        Arc::clone(&gateways),
        Arc::clone(&backups),
        Arc::clone(&watch),
        Arc::clone(live),
        Arc::clone(jobs),
    ));
    Ok(Centrals { gateways, watch, backups, restores })
}

async fn files(config: &DaemonConfig, backends: Backends, live: &LiveConfig) -> Result<Files, StartError> {
    if backends.archives == ArchiveBackend::Memory {
        let files = Arc::new(MemoryCcuBackupFiles::default());
        return Ok(Files { files: files.clone(), judging: files, folder: None });
    }
    let folder = match live.at_start().text("backup.dir").trim() {
        "" => config.data_dir.join(DEFAULT_FOLDER),
        dir => PathBuf::from(dir),
    };
    let opened = tokio::task::spawn_blocking(move || SbkFolder::open(folder)).await;
    let folder = Arc::new(opened.map_err(StartError::panicked)?.map_err(StartError::CcuBackups)?);
    let path = folder.folder().to_owned();
    Ok(Files { files: folder.clone(), judging: folder, folder: Some(path) })
}
