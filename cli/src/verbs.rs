//! The verbs, one file each: call, then print.
//!
//! Does NOT hold policy.

pub(crate) mod ccu;
pub(crate) mod config_export;
pub(crate) mod config_import;
pub(crate) mod create;
#[cfg(feature = "demo")]
pub(crate) mod demo;
pub(crate) mod inspect;
pub(crate) mod key;
pub(crate) mod list;
mod report;
pub(crate) mod restore;
pub(crate) mod run;
pub(crate) mod shell_files;
pub(crate) mod undo_restore;
pub(crate) mod verify;

use crate::failure::Failure;
use crate::interrupt;
use loom_app::bootstrap::{Bootstrap, ConfigFile, Sources};
use loom_app::{Environment, Origin};
use loom_domain::ports::Recovery;
use loom_domain::usecases::{ExamineError, KeyRecovery, RestoreError};
use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

/// The process's own environment.
fn environment() -> Environment {
    Arc::new(|name: &str| std::env::var_os(name))
}

fn bootstrap(
    config: Option<&Path>,
    config_file: ConfigFile,
    data_dir: Option<&Path>,
) -> Result<Bootstrap, Failure> {
    let environment = environment();
    let sources = Sources { config, config_file, data_dir, environment: environment.as_ref() };
    Ok(Bootstrap::load(&sources)?)
}

/// Says which data dir it is where nobody named one.
fn note_default_data_dir(config: Option<&Path>, data_dir: Option<&Path>, bootstrap: &Bootstrap) {
    if config.is_none() && data_dir.is_none() {
        let (dir, from) = (bootstrap.data_dir.display(), bootstrap.data_dir_from);
        crate::output::note(&format!("no --config given: data dir is `{dir}` ({from})"));
    }
}

/// Brings an interrupted restore or undo to its end, which no signal keeps it from, and says what it had to leave.
async fn recover_restore(bootstrap: &Bootstrap) -> Result<Recovery, Failure> {
    let recovery = interrupt::finish(loom_app::recover_restore(&bootstrap.data_dir)).await?;
    loom_app::restore_leftover(&bootstrap.data_dir).iter().for_each(|left| crate::output::warning(left));
    Ok(recovery)
}

/// The configuration once an interrupted restore or undo is at its end: what was read before may be the file it replaced.
async fn settled(load: impl Fn() -> Result<Bootstrap, Failure>) -> Result<Bootstrap, Failure> {
    let bootstrap = load()?;
    let recovery = recover_restore(&bootstrap).await?;
    if recovery != Recovery::NothingToDo {
        crate::output::note("an interrupted restore was brought to its end first");
    }
    if recovery == Recovery::RolledForward { load() } else { Ok(bootstrap) }
}

/// Brings an interrupted change of the master key to its end before files of the data dir are replaced.
async fn recover_key_switch(bootstrap: &Bootstrap) -> Result<(), Failure> {
    let wrappings = loom_app::key_settings::wrappings(&bootstrap.keys, &environment());
    let recovered = loom_app::recover_key_switch(&bootstrap.data_dir, &wrappings).await;
    let what = "bring an interrupted change of the master key to its end";
    let recovered = recovered.map_err(|error| Failure::KeyJob { what, error: Box::new(error) })?;
    if recovered != KeyRecovery::NothingToDo {
        crate::output::note("an interrupted change of the master key was brought to its end first");
    }
    Ok(())
}

/// The data dir's own key where a variable or credential beats it, opens nothing, and that one does. Asked once something
/// did not open: what cannot be found out then is left out.
async fn beaten_key(bootstrap: &Bootstrap) -> Option<loom_app::BeatenKey> {
    loom_app::try_key(bootstrap, &environment()).await.ok()??.beaten
}

/// Says where a copy of the state lay that has its place in the data dir.
fn note_copied_beside(folder: &Path) {
    let folder = folder.display();
    crate::output::note(&format!(
        "the data dir cannot be written: the copy of the state lay in `{folder}` meanwhile"
    ));
}

/// The archive named on the command line.
fn origin(file: &Path) -> Result<Origin, Failure> {
    if file != Path::new("-") {
        if file.is_dir() {
            let folder = file.display();
            return Err(Failure::Usage(format!(
                "`{folder}` is a folder, and not an archive\nhint: name an archive in it; `backup list {folder}` shows them"
            )));
        }
        return Ok(Origin::file(file)?);
    }
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return Err(Failure::Usage(
            "standard input is a terminal\nhint: redirect an archive into it, as in `… restore - < backup.tar.gz`".to_owned(),
        ));
    }
    Ok(Origin::stream(Box::new(stdin))?)
}

/// Adds what to do where databases could not be unpacked for a look.
fn with_scratch_hint(failure: Failure) -> Failure {
    match failure {
        Failure::Examine(error @ ExamineError::Staging(_))
        | Failure::Restore(RestoreError::Examine(error @ ExamineError::Staging(_))) => {
            Failure::Other(format!(
                "failed to unpack the archive's databases for a look: {error}\nhint: name a folder with room for them with --scratch"
            ))
        }
        other => other,
    }
}
