//! Judges a CCU backup that lies in a file.
//!
//! Does NOT change anything, and does NOT hold more than a chunk of it.

use super::{CcuFilesError, look_at, unavailable};
use crate::blocking::blocking;
use crate::kept_open;
use loom_domain::ccu_backup::CcuBackupId;
use loom_domain::ports::MAX_CHUNK_BYTES;
use loom_domain::sbk::{SbkJudge, SbkLimits, SbkVerdict};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Judges the CCU backup in a regular file; links lead to it. Blocks the thread until the end of the file.
///
/// `reached` is told after each piece how many bytes were judged so far; when it says `Break`, there is no verdict.
pub fn judge_sbk_file(
    path: &Path,
    mut reached: impl FnMut(u64) -> ControlFlow<()>,
) -> io::Result<Option<SbkVerdict>> {
    let mut file = kept_open::open_to_read(path)?;
    let mut judge = SbkJudge::new(SbkLimits::default());
    let mut chunk = vec![0; MAX_CHUNK_BYTES];
    let mut judged = 0;
    loop {
        let read = match file.read(&mut chunk) {
            Ok(0) => return Ok(Some(judge.finish(None))),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        // What is wrong is told at the end; the hash is one of all bytes.
        _ = judge.push(&chunk[..read]);
        judged += read as u64;
        if reached(judged).is_break() {
            return Ok(None);
        }
    }
}

/// Judges a stored file. Dropping it ends the reading soon.
pub(super) async fn judge_stored(path: PathBuf, id: CcuBackupId) -> Result<SbkVerdict, CcuFilesError> {
    let wanted = StopOnDrop::default();
    let stopped = wanted.0.clone();
    let go_on = move |_| match stopped.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let judged = blocking(move || {
        let there = look_at(&path)?.is_some();
        let verdict = there.then(|| judge_sbk_file(&path, go_on)).transpose();
        verdict.map_err(|error| unavailable(&path, error))
    });
    judged.await?.flatten().ok_or(CcuFilesError::NotFound(id))
}

/// Tells the reading thread that nobody waits for the verdict any more.
#[derive(Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
