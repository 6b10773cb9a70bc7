//! Wiring of everything that talks to centrals: the gateways, the watch, backups and restores of them.
//!
//! Does NOT run any of it (`daemon`).

use super::StartError;
use super::pretended_ccus::PretendedCcus;
use super::wiring::Base;
use crate::backends::{ArchiveBackend, Backends, CcuBackend};
use crate::ccu_backups::{CcuBackupPorts, CcuBackups, RecordEvents};
use crate::ccu_restores::{CcuRestorePorts, CcuRestores};
use crate::central_gateways::CentralGateways;
use crate::central_watch::{CentralWatch, CentralWatchPorts};
use crate::config::DaemonConfig;
use crate::events::EventHub;
use crate::jobs::Jobs;
use crate::live_config::LiveConfig;
use crate::pauses::RuntimePauses;
use crate::roles::Roles;
use loom_adapter_archive::SbkFolder;
use loom_adapter_homematic::HomematicGateways;
use loom_adapter_memory::MemoryCcuBackupFiles;
use loom_domain::ports::{CcuBackupFiles, CcuBackupJudging, CcuGateways, RecordWatch};
use std::path::PathBuf;
use std::sync::Arc;

/// Where CCU backups are kept if the configuration names no folder, in the data dir.
const DEFAULT_FOLDER: &str = "backups";

/// What the rest of the daemon has, for this.
pub(super) struct Parts<'a> {
    pub(super) roles: &'a Roles,
    pub(super) config: &'a Arc<LiveConfig>,
    pub(super) events: &'a Arc<EventHub>,
    pub(super) jobs: &'a Arc<Jobs>,
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
pub(super) async fn wire(base: &Base<'_>, parts: &Parts<'_>) -> Result<Centrals, StartError> {
    let gateways = gateways(base, parts);
    let watch = watch(base, parts, &gateways);
    let files = files(base.config, base.backends, parts.config).await?;
    let told: Arc<dyn RecordWatch> = Arc::new(RecordEvents::new(Arc::clone(parts.events)));
    let backups = backups(base, parts, &gateways, &files, &told);
    let restore_ports = CcuRestorePorts {
        files: files.files,
        judging: files.judging,
        backups: parts.roles.ccu_backups.clone(),
        restores: parts.roles.ccu_restores.clone(),
        interfaces: parts.roles.interfaces.clone(),
        devices: parts.roles.devices.clone(),
        watch: told,
        pauses: Arc::new(RuntimePauses),
        clock: Arc::clone(&base.clock),
    };
    let restores = Arc::new(CcuRestores::new(
        restore_ports,
        Arc::clone(&gateways),
        Arc::clone(&backups),
        Arc::clone(&watch),
        Arc::clone(parts.config),
        Arc::clone(parts.jobs),
    ));
    Ok(Centrals { gateways, watch, backups, restores })
}

fn gateways(base: &Base<'_>, parts: &Parts<'_>) -> Arc<CentralGateways> {
    let factory: Option<Arc<dyn CcuGateways>> = match base.backends.ccu {
        CcuBackend::Homematic => Some(Arc::new(HomematicGateways)),
        CcuBackend::Memory => Some(Arc::new(PretendedCcus::default())),
        CcuBackend::None => None,
    };
    let (centrals, environment) = (parts.roles.centrals.clone(), base.config.environment.clone());
    Arc::new(CentralGateways::new(factory, centrals, environment, Arc::clone(parts.config)))
}

fn watch(base: &Base<'_>, parts: &Parts<'_>, gateways: &Arc<CentralGateways>) -> Arc<CentralWatch> {
    let ports = CentralWatchPorts {
        centrals: parts.roles.centrals.clone(),
        interfaces: parts.roles.interfaces.clone(),
        devices: parts.roles.devices.clone(),
        paramsets: parts.roles.paramsets.clone(),
        clock: Arc::clone(&base.clock),
    };
    Arc::new(CentralWatch::new(
        ports,
        Arc::clone(gateways),
        Arc::clone(parts.config),
        Arc::clone(parts.events),
        Arc::clone(&base.health),
        Arc::clone(parts.jobs),
    ))
}

fn backups(
    base: &Base<'_>,
    parts: &Parts<'_>,
    gateways: &Arc<CentralGateways>,
    files: &Files,
    told: &Arc<dyn RecordWatch>,
) -> Arc<CcuBackups> {
    let ports = CcuBackupPorts {
        files: Arc::clone(&files.files),
        judging: Arc::clone(&files.judging),
        records: parts.roles.ccu_backups.clone(),
        restores: parts.roles.ccu_restores.clone(),
        watch: Arc::clone(told),
        pauses: Arc::new(RuntimePauses),
        clock: Arc::clone(&base.clock),
    };
    Arc::new(CcuBackups::new(
        ports,
        Arc::clone(gateways),
        Arc::clone(parts.config),
        base.metrics.clone(),
        Arc::clone(parts.jobs),
        files.folder.clone(),
    ))
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
