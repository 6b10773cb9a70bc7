//! `run`: the daemon, from its configuration to the signal that ends it.
//!
//! Does NOT wire anything (`loom_app::daemon`). What happens while it runs goes to the log, not to standard output.

use crate::args::RunArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use loom_app::SystemClock;
use loom_app::config::{DaemonConfig, Inputs};
use loom_app::daemon::{self, Daemon};
use loom_app::service_manager::ServiceManager;
use loom_app::telemetry::{self, metrics::Metrics};
use loom_domain::ports::Recovery;
use std::sync::Arc;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// The daemon is given this long to stop; then the process ends without it.
const STOPPED_WITHIN: Duration = Duration::from_secs(10);

pub(crate) async fn run(args: RunArgs) -> Result<ExitCode, Failure> {
    let environment = super::environment();
    let load = || DaemonConfig::load(&Inputs::new(args.config.as_deref(), &environment));
    let mut config = load()?;
    let recovery = daemon::recover_restore(&config).await?;
    if recovery == Recovery::RolledForward {
        // What was read may be the file from before that restore.
        config = load()?;
    }
    let telemetry = telemetry::start(&config.logging, &config.environment, Box::new(std::io::stderr()))?;
    daemon::log_recovery(recovery);
    let ended = serve(config).await;
    telemetry.shutdown().await;
    ended
}

async fn serve(config: DaemonConfig) -> Result<ExitCode, Failure> {
    let listen =
        |kind| signal(kind).map_err(|error| Failure::Other(format!("failed to listen for signals: {error}")));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    // A terminal that closes ends a daemon as it ends any program.
    let mut hangup = listen(SignalKind::hangup())?;
    let manager = ServiceManager::find(&config.environment);
    let daemon = tokio::select! {
        started = Daemon::start(config, Metrics::new(Arc::new(SystemClock))) => started?,
        _ = terminate.recv() => return Ok(ExitCode::Done),
        _ = interrupt.recv() => return Ok(ExitCode::Done),
    };
    manager.ready();
    manager.status(&format!("serving {}", daemon.address()));
    let address = daemon.address();
    let stop = async {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
            _ = hangup.recv() => {}
            () = manager.feed_watchdog(|| loom_app::daemon::answers(address)) => {}
        }
        manager.stopping();
    };
    let ended = daemon.run_until(stop, STOPPED_WITHIN).await;
    ended.map_err(|error| Failure::Other(format!("the daemon ended: {error}")))?;
    Ok(ExitCode::Done)
}
