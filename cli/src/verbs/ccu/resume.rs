//! `ccu resume`: an interrupted restore goes on.
//!
//! Does NOT begin one anew.

use super::{Asked, restore};
use crate::args::CcuResumeArgs;
use crate::daemon_client::OrderedRestore;
use crate::exit_code::ExitCode;
use crate::failure::Failure;

pub(super) async fn run(args: CcuResumeArgs) -> Result<ExitCode, Failure> {
    let id = args.id.as_str();
    let client = super::client(&args.daemon)?;
    let ordered: OrderedRestore = client
        .post(&["restores", id, "resume"], None)
        .await
        .asked_to(|| format!("go on with the restore `{id}`"))?;
    restore::follow(&client, &ordered, args.no_wait, args.daemon.json).await
}
