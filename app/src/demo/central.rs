//! The demonstration's second half: a daemon backs up a simulated central, which then loses its devices and gets them back.
//!
//! The daemon, its HTTP API and the conversation with the central are the real ones; only the central is simulated. Does NOT
//! reach beyond the loopback network.

use super::{DemoError, Stopwatch};
use crate::Environment;
use crate::config::{DaemonConfig, Inputs};
use crate::daemon::Daemon;
use crate::http::ApiState;
use crate::{SystemClock, ccu_restores::RestoreRequest, telemetry::metrics::Metrics};
use loom_domain::ccu_backup::{CcuBackup, CcuBackupId, CcuBackupState};
use loom_domain::ccu_restore::{CcuRestore, CcuRestoreId, CcuRestoreState};
use loom_domain::central::{Central, CentralName};
use loom_domain::ports::Clock;
use loom_domain::secret::{SecretText, SecretValue};
use loom_domain::usecases::RestoreConsent;
use loom_sim_ccu::{Flavour, Interface, Sim, SimConfig};
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// A name the sample state does not have.
const CENTRAL: &str = "demo-central";
const DEVICES: usize = 25;
const LEFT: usize = 3;
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Runs it on the data dir in `folder`, which holds the state of the first half.
pub(super) async fn demo(
    folder: &Path,
    clock: &mut Stopwatch,
    tell: &mut (dyn FnMut(&str) + Send),
) -> Result<(), DemoError> {
    let central = Sim::start(SimConfig::new(Flavour::OpenCcu).devices_everywhere(DEVICES)).await?;
    let daemon = start(folder).await?;
    let ran = on_daemon(daemon.state(), &central, clock, tell).await;
    daemon.stop().await;
    ran
}

async fn on_daemon(
    state: &ApiState,
    central: &Sim,
    clock: &mut Stopwatch,
    tell: &mut (dyn FnMut(&str) + Send),
) -> Result<(), DemoError> {
    let name = CentralName::parse(CENTRAL).map_err(|error| DemoError::Broken(error.to_string()))?;
    state.roles.centrals.put_central(&configured(&name, central)).await?;
    let count = |central: &Sim| central.device_count(Interface::HmIpRf);
    tell(&format!(
        "7. Started a daemon on it, and a simulated central with {} HmIP devices. ({})",
        count(central),
        clock.lap()
    ));

    let begun =
        state.ccu_backups.create(Some(&name)).await.map_err(|error| DemoError::Broken(error.to_string()))?;
    let backup = backup_ended(state, &begun.0.id).await?;
    let CcuBackupState::Completed { size_bytes, .. } = backup.state else {
        return Err(DemoError::Broken(format!("the central was not backed up: {:?}", backup.state)));
    };
    tell(&format!(
        "8. Had it back the central up: `{}`, {} KiB, read to its end and found good. ({})",
        backup.filename.unwrap_or_default(),
        size_bytes >> 10,
        clock.lap()
    ));

    central.keep_devices(Interface::HmIpRf, LEFT);
    tell(&format!("9. The central lost devices: {} are left. ({})", count(central), clock.lap()));

    let request = RestoreRequest {
        target: None,
        consent: RestoreConsent { confirm: Some(CENTRAL.to_owned()), accept_foreign: None },
        security_key: None,
        without_safety_backup: false,
    };
    let begun = state.ccu_restores.start(&backup.id, request).await;
    let (begun, _) = begun.map_err(|error| DemoError::Broken(error.to_string()))?;
    let restore = restore_ended(state, &begun.id).await?;
    match &restore.state {
        CcuRestoreState::Completed { differences } if differences.is_empty() && count(central) == DEVICES => {
        }
        other => return Err(DemoError::Broken(format!("the central was not restored: {other:?}"))),
    }
    tell(&format!(
        "10. Had it restore the central, with a backup of what was left first: it restarted with {} HmIP devices, as recorded. ({})",
        count(central),
        clock.lap()
    ));
    Ok(())
}

/// A daemon on a free port of this machine only. A simulated central restarts in a moment, so pauses are short.
async fn start(folder: &Path) -> Result<Daemon, DemoError> {
    let document = json!({
        "data_dir": folder.join("data"),
        "listen": { "rest": "127.0.0.1:0" },
        "reliability": { "retry_pause": "100ms" },
    });
    let config = folder.join("daemon.yaml");
    // JSON is YAML as well.
    std::fs::write(&config, document.to_string())?;
    let environment: Environment = Arc::new(|_| None);
    let inputs =
        Inputs { config: Some(&config), environment: &environment, working_dir: folder, system_dir: folder };
    let broken = |error: &dyn std::fmt::Display| DemoError::Broken(error.to_string());
    let config = DaemonConfig::load(&inputs).map_err(|error| broken(&error))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    Daemon::start(config, Metrics::new(clock)).await.map_err(|error| broken(&error))
}

fn configured(name: &CentralName, sim: &Sim) -> Central {
    let ports = sim.rpc_addrs().iter().map(|(interface, at)| (interface.name().to_owned(), json!(at.port())));
    Central {
        port: Some(sim.web_addr().port()),
        username: Some("Admin".to_owned()),
        password: Some(SecretValue::Clear(SecretText::new("secret"))),
        interfaces: sim.rpc_addrs().keys().map(|interface| interface.name().to_owned()).collect(),
        ports: ports.collect::<serde_json::Map<_, _>>().into(),
        ..Central::new(name.clone(), "127.0.0.1", SystemClock.now())
    }
}

async fn backup_ended(state: &ApiState, id: &CcuBackupId) -> Result<CcuBackup, DemoError> {
    loop {
        let record = state.roles.ccu_backups.find_ccu_backup(id).await?;
        match record {
            Some(record) if record.has_ended() => {
                return Ok(record);
            }
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}

async fn restore_ended(state: &ApiState, id: &CcuRestoreId) -> Result<CcuRestore, DemoError> {
    loop {
        match state.roles.ccu_restores.find_ccu_restore(id).await? {
            Some(record) if record.has_ended() => return Ok(record),
            _ => tokio::time::sleep(LOOK_EVERY).await,
        }
    }
}
