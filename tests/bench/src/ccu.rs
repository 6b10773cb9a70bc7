//! Simulated centrals: the cache of their devices beside bare loops over the same calls, a large backup beside the shell
//! way, and fifty backups at once.
//!
//! Does NOT judge. Simulators run on the same machine, so they take their share of it.

mod bed;
mod cache;
mod fifty;
mod large;

use crate::table::Table;
use crate::{Outcome, tools};

const ROUNDS: usize = 3;

pub(crate) fn run() -> Outcome<()> {
    tools::check(&["curl", "tar", "gzip", "sha256sum"], "curl tar gzip coreutils")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let mut table = Table::new(["", "ours", "beside it"]);
    runtime.block_on(cache::measure(&mut table))?;
    runtime.block_on(large::measure(&mut table))?;
    runtime.block_on(fifty::measure(&mut table))?;
    table.print();
    Ok(())
}
