//! `demo`: the demonstration, step by step in plain words.
//!
//! Does NOT touch anything but a temporary folder of its own, removed at the end.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run() -> Result<ExitCode, Failure> {
    let failed =
        |error: &dyn std::fmt::Display| Failure::Other(format!("failed to run the demonstration: {error}"));
    let folder =
        tempfile::Builder::new().prefix("openccu-loom-demo-").tempdir().map_err(|error| failed(&error))?;
    output::text(&format!(
        "OpenCCU-Loom: backup and restore of a sample state, in {}",
        folder.path().display()
    ));
    loom_app::demo(folder.path(), &mut |step| output::text(step)).await.map_err(|error| failed(&error))?;
    output::text("Done: what was lost came back. The temporary folder is removed.");
    Ok(ExitCode::Done)
}
