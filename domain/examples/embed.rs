//! Another service embeds the domain crate: it brings its own adapters, here those in memory, and calls the use cases.
//!
//! Does NOT touch a disk. To run it: `cargo run -p loom-domain --example embed`.

use loom_adapter_memory::*;
use loom_domain::archive::FormOrder;
use loom_domain::ports::{ArchiveId, Silent};
use loom_domain::secret::MasterKey;
use loom_domain::usecases::*;
use std::{error::Error, io::Write, sync::Arc};

#[tokio::main]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    move_house(&mut std::io::stdout()).await
}

pub(crate) async fn move_house(out: &mut (dyn Write + Send)) -> Result<(), Box<dyn Error>> {
    let disk = MemoryDisk::new();
    let old = MemoryDataDir::new(disk.clone(), "/old");
    let new = MemoryDataDir::new(disk.clone(), "/new");
    old.write("openccu-loom.db", MemoryDatabase::new(&["centrals", "users"]).to_bytes());
    old.write("notes/kitchen.json", "{}");

    let archives = Arc::new(MemoryArchives::new());
    let scratch = Arc::new(MemoryScratch::new(disk.clone(), "/scratch"));
    let clock = Arc::new(MemoryClock::new("2026-11-22T22:15:30Z".parse()?));
    let judge = Arc::new(MemoryJudge::new(disk.clone()));
    let examine = || ExamineArchive { judge: judge.clone(), progress: Arc::new(Silent) };
    let id = ArchiveId::parse("first").ok_or("that is no name of an archive")?;

    let take = TakeBackup {
        files: Arc::new(old.clone()),
        snapshots: Arc::new(MemorySnapshots::new(disk.clone(), old.root())),
        keys: Arc::new(MemoryKey::new(Arc::new(MemoryRandomness::default()))),
        sink: archives.clone(),
        clock: clock.clone(),
        progress: Arc::new(Silent),
    };
    let (form, daemon_version, host) = (FormOrder::default(), "1.0.0".to_owned(), None);
    let (config, secrets_note, env_files, first) = (None, None, Vec::new(), id.clone());
    let request = BackupRequest { id: first, form, daemon_version, host, config, secrets_note, env_files };
    let taken = take.run(request).await?;
    writeln!(out, "took `{}`: {} files", taken.receipt.location, taken.manifest.files.len())?;

    let verify = VerifyArchive { source: archives.clone(), scratch: scratch.clone(), examine: examine() };
    let damage = verify.run(&id, &KeyRing::default()).await?.damage();
    writeln!(out, "verified it: {}", if damage.is_empty() { "whole".to_owned() } else { damage.join(", ") })?;

    let target = Arc::new(MemoryRestoreTarget::new(new.clone()));
    let wrapping = MemoryWrapping::new(MasterKey::from_bytes([9; 32]), Arc::new(MemoryRandomness::default()));
    let switch = Arc::new(MemoryKeyPlaces::new(None, wrapping));
    let restore = RestoreArchive { source: archives, target, scratch, examine: examine(), switch, clock };
    let (keys, consents, env_files) = Default::default();
    let (_, plan, _) = restore.run(&RestoreRequest { id, keys, consents, env_files }).await?;
    writeln!(out, "restored {} files to `{}`", plan.swap.install.len(), plan.dir)?;
    writeln!(out, "old and new are {}", if old.files() == new.files() { "equal" } else { "different" })?;
    Ok(())
}
