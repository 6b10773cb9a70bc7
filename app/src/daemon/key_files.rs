//! What the running daemon changes its master key with.
//!
//! Does NOT change it (`crate::key_service`).

use crate::SystemClock;
use crate::backends::{ArchiveBackend, Backends, KeyBackend};
use crate::config::DaemonConfig;
use crate::kept_keys;
use crate::key_archives::ListingWith;
use crate::key_service::{KeyFiles, KeyPorts};
use crate::state_backups::default_folder;
use loom_adapter_archive::{FolderSource, SwapLock, subfolders_with_archives};
use loom_adapter_keys::DataDirKeys;
use loom_adapter_memory::MemoryArchives;
use loom_domain::archive::Openers;
use loom_domain::audit_trail::AuditTrail;
use loom_domain::ports::{ArchiveListing, KeyWrappings, Randomness, Resealing};
use loom_domain::secret::HeldKeys;
use std::path::PathBuf;
use std::sync::Arc;

/// The ports of the key of this daemon.
pub(super) fn ports(
    config: &DaemonConfig,
    backends: Backends,
    held: Arc<HeldKeys>,
    resealing: Arc<dyn Resealing>,
    audit: AuditTrail,
    wrappings: KeyWrappings,
    randomness: Arc<dyn Randomness>,
) -> KeyPorts {
    let in_folder = backends.archives == ArchiveBackend::Folder;
    let folder = config.state_backups_dir.clone();
    let default = default_folder(&config.data_dir);
    let data_dir = config.data_dir.clone();
    KeyPorts {
        held,
        files: (in_folder && backends.keys == KeyBackend::File).then(|| files(config, &wrappings)),
        resealing,
        audit,
        wrappings,
        settings: config.keys.clone(),
        listing: listing(in_folder, folder.clone(), FolderSource::with_quick_listing),
        whole_listing: listing(in_folder, folder.clone(), |source| source),
        default_listing: (in_folder && folder != default)
            .then(|| listing(true, default.clone(), |source| source)),
        unseen: Arc::new(move || match in_folder {
            true => unseen(&[&folder, &default]),
            false => Vec::new(),
        }),
        hold: Arc::new(move || match in_folder {
            true => match SwapLock::exclusive(&data_dir) {
                Ok(held) => Ok(Box::new(held)),
                Err(error) => Err(error.to_string()),
            },
            false => Ok(Box::new(())),
        }),
        randomness,
        clock: Arc::new(SystemClock),
    }
}

/// Lists the archives of that folder, looked at in that way.
fn listing(
    in_folder: bool,
    folder: PathBuf,
    looked_at: fn(FolderSource) -> FolderSource,
) -> Arc<ListingWith> {
    Arc::new(move |openers: Openers| -> Arc<dyn ArchiveListing> {
        match in_folder {
            true => Arc::new(looked_at(FolderSource::new(&folder)).with_listing_openers(openers)),
            false => Arc::new(MemoryArchives::new()),
        }
    })
}

/// Folders with archives in these, but for these themselves. One that cannot be read has been refused by its listing.
fn unseen(folders: &[&PathBuf]) -> Vec<PathBuf> {
    let found = folders.iter().flat_map(|folder| subfolders_with_archives(folder).unwrap_or_default());
    found.filter(|found| !folders.contains(&found)).collect()
}

fn files(config: &DaemonConfig, wrappings: &KeyWrappings) -> KeyFiles {
    let keys = Arc::new(DataDirKeys::new(&config.data_dir, wrappings.clone()));
    let undone_into = config.data_dir.clone();
    KeyFiles {
        needed: Arc::new(move || kept_keys::needs_old_keys(&undone_into)),
        switch: keys.clone(),
        old: keys,
    }
}
