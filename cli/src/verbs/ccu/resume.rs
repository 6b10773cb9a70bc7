//! `ccu resume`: an interrupted restore goes on.
//!
//! Does NOT begin one anew.

use super::{Asked, restore};
use crate::args::CcuResumeArgs;
use crate::daemon_client::{OrderedRestore, Restore, StartedJob};
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(super) async fn run(args: CcuResumeArgs) -> Result<ExitCode, Failure> {
    let id = args.id.as_str();
    let client = super::client(&args.daemon)?;
    let what = || format!("go on with the restore `{id}`");
    let record: Restore = client.get(&["restores", id]).await.asked_to(what)?;
    let job: StartedJob = client.post(&["restores", id, "resume"], None).await.asked_to(what)?;
    let ordered = OrderedRestore { id: record.backup, restore: record.id, job: job.id };
    restore::follow(&client, &ordered, args.no_wait, args.daemon.json).await
}
