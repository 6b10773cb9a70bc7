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
use sample_state::{Contents, SampleState};
use std::path::{Path, PathBuf};
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
    let mut demo = Demo::begin(folder, tell);
    let sample = demo.build().await?;
    demo.back_up(&sample).await?;
    demo.verify().await?;
    let expected = demo.wipe(sample).await?;
    demo.restore().await?;
    demo.compare(&expected).await?;
    central::demo(folder, &mut demo.clock, demo.tell).await
}

/// The first half, step by step.
struct Demo<'a> {
    data_dir: PathBuf,
    archive: PathBuf,
    bootstrap: Bootstrap,
    environment: Environment,
    clock: Stopwatch,
    tell: &'a mut (dyn FnMut(&str) + Send),
}

impl<'a> Demo<'a> {
    fn begin(folder: &Path, tell: &'a mut (dyn FnMut(&str) + Send)) -> Self {
        let data_dir = folder.join("data");
        let bootstrap = Bootstrap {
            data_dir: data_dir.clone(),
            data_dir_from: "demo",
            config_path: None,
            config_bytes: None,
            env_files: Vec::new(),
            key_backend: KeyBackend::File,
            keys: KeySettings::default(),
        };
        Self {
            data_dir,
            archive: folder.join("backup-demo.tar.gz"),
            bootstrap,
            // The demonstration's key is the one in its own data dir, whatever the operator's environment holds.
            environment: Arc::new(|_| None),
            clock: Stopwatch::start(),
            tell,
        }
    }

    async fn build(&mut self) -> Result<SampleState, DemoError> {
        let sample = SampleState::create(&self.data_dir).await?;
        let bytes = ["openccu-loom.db", "openccu-loom.db-wal"].iter().try_fold(0, |sum, name| {
            std::io::Result::Ok(sum + std::fs::metadata(self.data_dir.join(name))?.len())
        })?;
        self.say(&format!(
            "1. Built a sample state: {}; database and write-ahead log have {}.",
            sample.describe(),
            megabytes(bytes)
        ));
        Ok(sample)
    }

    async fn back_up(&mut self, sample: &SampleState) -> Result<(), DemoError> {
        let stop = Arc::new(AtomicBool::new(false));
        let writer = tokio::spawn(sample.clone().write_until(Arc::clone(&stop)));
        let destination = Destination::File(self.archive.clone());
        let (order, environment) = (FormOrder::default(), &self.environment);
        let silent = Arc::new(Silent);
        let job = CreateJob::prepare(&self.bootstrap, destination, order, false, None, environment, silent);
        let taken = job.await?.run().await;
        stop.store(true, Ordering::Relaxed);
        let written = writer.await.map_err(|_| DemoError::Broken("the writer panicked".to_owned()))??;
        let taken = taken?;
        self.say(&format!(
            "2. Took a backup while a writer committed {written} transactions, none of which failed: {} files in {}.",
            taken.manifest.files.len(),
            megabytes(taken.receipt.bytes)
        ));
        Ok(())
    }

    async fn verify(&mut self) -> Result<(), DemoError> {
        let (origin, keys) = (Origin::file(&self.archive)?, AtHand::default());
        let silent = Arc::new(Silent);
        let job = VerifyJob::prepare(&self.bootstrap, origin, keys, None, &self.environment, silent);
        let examined = job.await?.run().await?;
        if !examined.damage().is_empty() {
            return Err(DemoError::Broken(examined.damage().join("\n")));
        }
        self.say(&format!(
            "3. Verified it: every SHA-256 agrees, the database is whole, and its key opens all {} sealed values.",
            examined.sealed.total
        ));
        Ok(())
    }

    async fn wipe(&mut self, sample: SampleState) -> Result<Contents, DemoError> {
        let expected = sample.contents().await?;
        drop(sample);
        std::fs::remove_dir_all(&self.data_dir)?;
        self.say("4. Wiped the data dir: database and secret.key are gone.");
        Ok(expected)
    }

    async fn restore(&mut self) -> Result<(), DemoError> {
        let (origin, keys) = (Origin::file(&self.archive)?, AtHand::default());
        let (consents, silent) = (Consents::default(), Arc::new(Silent));
        let job =
            RestoreJob::prepare(&self.bootstrap, origin, consents, keys, None, &self.environment, silent);
        let (_, plan, _) = job.await?.run().await?;
        self.say(&format!("5. Restored {} files into the empty data dir.", plan.swap.install.len()));
        Ok(())
    }

    async fn compare(&mut self, expected: &Contents) -> Result<(), DemoError> {
        let found = SampleState::open(&self.data_dir).await?.contents().await?;
        if found != *expected {
            return Err(DemoError::Broken("the restored state differs from the one backed up".to_owned()));
        }
        self.say(&format!(
            "6. Opened it again: {} centrals, {} users, {} devices and {} paramsets are as they were, and the passwords open.",
            found.centrals.len(),
            found.users.len(),
            found.devices,
            found.paramsets
        ));
        Ok(())
    }

    /// Tells what a step did, and how long it took.
    fn say(&mut self, step: &str) {
        let took = self.clock.lap();
        (self.tell)(&format!("{step} ({took})"));
    }
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
