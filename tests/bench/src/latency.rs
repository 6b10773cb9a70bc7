//! A writer at 100 transactions a second, and how long each of its transactions took.
//!
//! Does NOT share a process with the backup it is measured beside.

use crate::Outcome;
use jiff::Timestamp;
use loom_adapter_sqlite::SqliteStateStore;
use loom_domain::audit::AuditEntry;
use loom_domain::ports::AuditLog;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(10);

/// What the writer saw.
pub(crate) struct Latencies {
    pub(crate) writes: usize,
    pub(crate) failed: usize,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) max: Duration,
}

/// Writes for so long with nothing beside it.
pub(crate) async fn alone(data_dir: &Path, time: Duration) -> Outcome<Latencies> {
    let until = Instant::now() + time;
    write_while(data_dir, || Ok(Instant::now() < until)).await
}

/// Writes as long as `command` runs.
pub(crate) async fn beside(data_dir: &Path, command: &mut Command) -> Outcome<Latencies> {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let latencies = write_while(data_dir, || Ok(child.try_wait()?.is_none())).await?;
    let ended = child.wait()?;
    if ended.success() { Ok(latencies) } else { Err(format!("{command:?} ended with {ended}").into()) }
}

async fn write_while(data_dir: &Path, mut go_on: impl FnMut() -> Outcome<bool>) -> Outcome<Latencies> {
    let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db"))?;
    let (mut took, mut failed) = (Vec::new(), 0);
    while go_on()? {
        let started = Instant::now();
        if store.append_audit(&entry()).await.is_err() {
            failed += 1;
        }
        let latency = started.elapsed();
        took.push(latency);
        tokio::time::sleep(PAUSE.saturating_sub(latency)).await;
    }
    took.sort();
    let at = |percent: usize| took.get(took.len() * percent / 100).copied().unwrap_or_default();
    Ok(Latencies {
        writes: took.len(),
        failed,
        p50: at(50),
        p99: at(99),
        max: took.last().copied().unwrap_or_default(),
    })
}

fn entry() -> AuditEntry {
    AuditEntry {
        timestamp: Timestamp::now(),
        user: "bench".to_owned(),
        action: "config_section_update".to_owned(),
        central: None,
        device_address: Some("0010D3A99C0000".to_owned()),
        channel_no: Some(1),
        paramset: Some("MASTER".to_owned()),
        peer: None,
        parameter: Some("SET_POINT_TEMPERATURE".to_owned()),
        note: None,
        changes: None,
    }
}
