//! The verbs of `ccu`, one file each: ask the daemon, then print.
//!
//! Does NOT talk to centrals; the daemon does.

mod backup;
mod cancel;
mod delete;
mod download;
mod entry;
mod landing;
mod list;
mod restore;
mod resume;
mod status;
mod test;
mod upload;
mod verify;
pub(crate) mod watching;

use crate::args::{CcuVerb, DaemonArgs};
use crate::daemon_client::{DaemonClient, DaemonError};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::interrupt;

pub(crate) async fn run(verb: CcuVerb) -> Result<ExitCode, Failure> {
    interrupt::last_words("interrupted; a file stands under its name only if it is complete");
    match verb {
        CcuVerb::Backup(args) => backup::run(args).await,
        CcuVerb::List(args) => list::run(args).await,
        CcuVerb::Download(args) => download::run(args).await,
        CcuVerb::Restore(args) => restore::run(args).await,
        CcuVerb::Resume(args) => resume::run(args).await,
        CcuVerb::Verify(args) => verify::run(args).await,
        CcuVerb::Test(args) => test::run(args).await,
        CcuVerb::Status(args) => status::run(args).await,
        CcuVerb::Cancel(args) => cancel::run(args).await,
        CcuVerb::Delete(args) => delete::run(args).await,
        CcuVerb::Upload(args) => upload::run(args).await,
    }
}

fn client(args: &DaemonArgs) -> Result<DaemonClient, Failure> {
    DaemonClient::new(args, &super::environment())
}

/// Says what was asked for; `what` reads after "failed to ".
trait Asked<T> {
    fn asked_to(self, what: impl FnOnce() -> String) -> Result<T, Failure>;
}

impl<T> Asked<T> for Result<T, DaemonError> {
    fn asked_to(self, what: impl FnOnce() -> String) -> Result<T, Failure> {
        self.map_err(|error| Failure::Daemon { what: what(), error: Box::new(error) })
    }
}
