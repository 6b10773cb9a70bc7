//! A claimed data dir: members are staged in its work folder, then put in place by one swap.
//!
//! Does NOT look at what is staged.

use super::hold::Hold;
use super::{replaced_keys, sort, unavailable};
use crate::blocking::blocking;
use crate::durable::parent_of;
use crate::staged_files::StagedFiles;
use crate::swap::{self, Change, ConfigChange, NEW, Steps, UndoSet, WORK};
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::archive::MemberPath;
use loom_domain::ports::{Claim, StagingArea, StagingError, TargetError};
use loom_domain::restore_plan::{Destination, Swap};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A claim. Dropping it removes what was staged, unless a swap has begun.
pub(super) struct LocalClaim {
    files: StagedFiles,
    config: Option<PathBuf>,
    steps: Steps,
    // Last, so that the locks are held until everything staged is gone.
    hold: Hold,
}

impl LocalClaim {
    /// Creates the work folder of a held data dir.
    pub(super) fn open(hold: Hold, config: Option<PathBuf>, steps: Steps) -> Result<Self, TargetError> {
        let created = swap::create_work_folder(hold.dir(), &steps).map_err(sort(hold.dir()));
        if created.is_err() {
            // What cannot be removed now is removed by the next recovery.
            _ = swap::abandon(hold.dir(), &steps);
        }
        Ok(Self { files: StagedFiles::lasting(created?, hold.dir()), config, steps, hold })
    }

    fn change(&self, swap: &Swap) -> Result<Change, TargetError> {
        let mut paths: BTreeMap<_, _> = swap.set_aside.iter().map(|path| (path.clone(), None)).collect();
        let mut config: Option<ConfigChange> = None;
        for install in &swap.install {
            let staged = Path::new(WORK).join(NEW).join(install.member.as_str());
            match &install.to {
                Destination::DataDir(path) => drop(paths.insert(path.clone(), Some(staged))),
                Destination::Config => config = Some(self.config_change(staged)?),
            }
        }
        // A config file inside the data dir is in the archive twice; the one that is never absent meanwhile is enough.
        if let Some(inside) = config.as_ref().and_then(|config| path_in(self.hold.dir(), &config.live)) {
            paths.remove(&inside);
        }
        let (folders, copies) = (swap.folders.iter().cloned().collect(), swap.copies.clone());
        Ok(Change { at: swap.at, paths, folders, copies, config })
    }

    fn config_change(&self, staged: PathBuf) -> Result<ConfigChange, TargetError> {
        let unavailable = unavailable(self.hold.dir());
        let Some(config) = &self.config else {
            return Err(unavailable(io::Error::other("no place for the config file was named")));
        };
        let live = std::path::absolute(config).map_err(unavailable)?;
        Ok(ConfigChange { live, new: Some(staged) })
    }
}

#[async_trait]
impl StagingArea for LocalClaim {
    async fn begin_file(&mut self, path: &MemberPath, _bytes: u64) -> Result<(), StagingError> {
        self.files.begin_file(path).await
    }

    async fn write(&mut self, chunk: Bytes) -> Result<(), StagingError> {
        self.files.write(chunk).await
    }

    async fn end_file(&mut self) -> Result<PathBuf, StagingError> {
        self.files.end_file().await
    }

    async fn folder(&mut self, path: &MemberPath) -> Result<(), StagingError> {
        self.files.folder(path).await
    }
}

#[async_trait]
impl Claim for LocalClaim {
    async fn apply(self: Box<Self>, swap: &Swap) -> Result<Vec<MemberPath>, TargetError> {
        let mut change = self.change(swap)?;
        // Once begun it runs to its end, even if nobody waits for it any more.
        blocking(move || {
            let dir = self.hold.dir();
            let mut names = Vec::new();
            if let Some(set) = UndoSet::read(dir).map_err(sort(dir))? {
                let kept = replaced_keys::of_undo_set(dir, &set, &change).map_err(unavailable(dir))?;
                names.extend(kept.keys().cloned());
                change.paths.extend(kept.into_iter().map(|(to, from)| (to, Some(from))));
            }
            let prepared = change.prepare(dir, &self.steps).map_err(sort(dir))?;
            // Staging took its time; whoever opened a database since must not lose it.
            self.hold.look_for_others()?;
            prepared.make(dir, &self.steps).map(|_| names).map_err(sort(dir))
        })
        .await
    }
}

impl Drop for LocalClaim {
    fn drop(&mut self) {
        // What cannot be removed now is removed by the next recovery.
        _ = swap::abandon(self.hold.dir(), &self.steps);
    }
}

/// The path in the data dir of a file that lies in it, however it was named.
fn path_in(dir: &Path, file: &Path) -> Option<MemberPath> {
    let folder = parent_of(file);
    // The folders below this one are yet to be made.
    let mut above = folder.ancestors();
    let (above, resolved) = above.find_map(|above| Some((above, above.canonicalize().ok()?)))?;
    let path = resolved.join(folder.strip_prefix(above).ok()?).join(file.file_name()?);
    let path = path.strip_prefix(dir.canonicalize().ok()?).ok()?;
    MemberPath::parse(path.as_os_str().as_encoded_bytes()).ok()
}
