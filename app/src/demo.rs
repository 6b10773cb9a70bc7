//! The demonstration: a sample state is backed up while a daemon writes to it, lost, and brought back; then the same with a
//! simulated central.
//!
//! Everything is real (database, key, archive) and lives in a temporary folder. Does NOT touch any other place.

mod central;
mod sample_state;

use crate::backends::KeyBackend;
use crate::bootstrap::Bootstrap;
use crate::key_settings::KeySettings;
use crate::{AtHand, CreateError, CreateJob, Destination, Environment, Origin, RestoreJob, VerifyJob};
use loom_domain::archive::FormOrder;
use loom_domain::ports::{KeyError, NoRandomness, Silent, SourceError, StoreError};
use loom_domain::restore_plan::Consents;
use loom_domain::usecases::{ExamineError, RestoreError};
use sample_state::SampleState;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What went wrong in the demonstration.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is the error it is named after")]
pub enum DemoError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Open(#[from] loom_adapter_sqlite::OpenError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error(transparent)]
    Create(#[from] CreateError),
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Examine(#[from] ExamineError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
    #[error("{0}")]
    Broken(String),
}

/// Runs the demonstration in `folder`, which should be empty; `tell` is given each step in plain words.
pub async fn demo(folder: &Path, tell: &mut (dyn FnMut(&str) + Send)) -> Result<(), DemoError> {
    let data_dir = folder.join("data");
    let archive = folder.join("backup-demo.tar.gz");
    // The demonstration's key is the one in its own data dir, whatever the operator's environment holds.
    let environment: Environment = Arc::new(|_| None);
    let bootstrap = Bootstrap {
        data_dir: data_dir.clone(),
        data_dir_from: "demo",
        config_path: None,
        config_bytes: None,
        env_files: Vec::new(),
        key_backend: KeyBackend::File,
        keys: KeySettings::default(),
    };

    let mut clock = Stopwatch::start();
    let sample = SampleState::create(&data_dir).await?;
    tell(&format!(
        "1. Built a sample state: {}; database and write-ahead log have {}. ({})",
        sample.describe(),
        megabytes(["openccu-loom.db", "openccu-loom.db-wal"].iter().try_fold(0, |sum, name| {
            std::io::Result::Ok(sum + std::fs::metadata(data_dir.join(name))?.len())
        })?),
        clock.lap()
    ));

    let stop = Arc::new(AtomicBool::new(false));
    let writer = tokio::spawn(sample.clone().write_until(Arc::clone(&stop)));
    let destination = Destination::File(archive.clone());
    let order = FormOrder::default();
    let job = CreateJob::prepare(&bootstrap, destination, order, false, None, &environment, Arc::new(Silent))
        .await?;
    let taken = job.run().await;
    stop.store(true, Ordering::Relaxed);
    let written = writer.await.map_err(|_| DemoError::Broken("the writer panicked".to_owned()))??;
    let taken = taken?;
    tell(&format!(
        "2. Took a backup while a writer committed {written} transactions, none of which failed: {} files in {}. ({})",
        taken.manifest.files.len(),
        megabytes(taken.receipt.bytes),
        clock.lap()
    ));

    let origin = Origin::file(&archive)?;
    let verify =
        VerifyJob::prepare(&bootstrap, origin, AtHand::default(), None, &environment, Arc::new(Silent))
            .await?;
    let examined = verify.run().await?;
    if !examined.damage().is_empty() {
        return Err(DemoError::Broken(examined.damage().join("\n")));
    }
    tell(&format!(
        "3. Verified it: every SHA-256 agrees, the database is whole, and its key opens all {} sealed values. ({})",
        examined.sealed.total,
        clock.lap()
    ));

    let expected = sample.contents().await?;
    drop(sample);
    std::fs::remove_dir_all(&data_dir)?;
    tell(&format!("4. Wiped the data dir: database and secret.key are gone. ({})", clock.lap()));

    let restore = RestoreJob::prepare(
        &bootstrap,
        Origin::file(&archive)?,
        Consents::default(),
        AtHand::default(),
        None,
        &environment,
        Arc::new(Silent),
    )
    .await?;
    let (_, plan, _) = restore.run().await?;
    tell(&format!(
        "5. Restored {} files into the empty data dir. ({})",
        plan.swap.install.len(),
        clock.lap()
    ));

    let found = SampleState::open(&data_dir).await?.contents().await?;
    if found != expected {
        return Err(DemoError::Broken("the restored state differs from the one backed up".to_owned()));
    }
    tell(&format!(
        "6. Opened it again: {} centrals, {} users, {} devices and {} paramsets are as they were, and the passwords open. ({})",
        found.centrals.len(),
        found.users.len(),
        found.devices,
        found.paramsets,
        clock.lap()
    ));
    central::demo(folder, &mut clock, tell).await
}

struct Stopwatch(Instant);

impl Stopwatch {
    fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the last lap, in words.
    fn lap(&mut self) -> String {
        let took: Duration = self.0.elapsed();
        self.0 = Instant::now();
        format!("{} ms", took.as_millis())
    }
}

fn megabytes(bytes: u64) -> String {
    let tenths = bytes.saturating_mul(10) >> 20;
    format!("{}.{} MiB", tenths / 10, tenths % 10)
}
