//! The job behind `ccu verify FILE`: a CCU backup in a file, judged where it lies, without a daemon.
//!
//! Does NOT know what makes one good (`loom_domain::sbk`).

use loom_adapter_archive::judge_sbk_file;
use loom_domain::sbk::SbkVerdict;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

/// Reads a regular file to its end and judges it; `reached` is told how many bytes were judged so far. Dropping the future
/// ends the reading soon.
///
/// # Errors
/// The file cannot be opened or read; what is wrong with its contents is in the verdict.
pub async fn judge_sbk(
    path: PathBuf,
    mut reached: impl FnMut(u64) + Send + 'static,
) -> io::Result<SbkVerdict> {
    let wanted = Arc::new(());
    let still_wanted = Arc::downgrade(&wanted);
    let go_on = move |bytes| {
        reached(bytes);
        if Weak::strong_count(&still_wanted) == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let judged = tokio::task::spawn_blocking(move || judge_sbk_file(&path, go_on)).await;
    drop(wanted);
    judged.map_err(io::Error::other)??.ok_or_else(|| io::ErrorKind::Interrupted.into())
}
