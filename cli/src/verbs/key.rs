//! The verbs of `key`, one file each: call, then print.
//!
//! Does NOT hold policy. No key and no part of one is ever printed.

mod change;
mod check;
mod kit;
mod retire;
mod rotate;
mod running;
mod status;

use crate::args::{KeyVerb, PlaceArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::bootstrap::{Bootstrap, ConfigFile};
use loom_app::{KeyJob, KeyJobError};
use loom_domain::ports::KeySource;

pub(crate) async fn run(verb: KeyVerb) -> Result<ExitCode, Failure> {
    match verb {
        KeyVerb::Status(args) => status::run(args).await,
        KeyVerb::Check(args) => check::run(args).await,
        KeyVerb::Rotate(args) => rotate::run(args).await,
        KeyVerb::Wrap(args) => change::wrap(args).await,
        KeyVerb::Unwrap(args) => change::unwrap(args).await,
        KeyVerb::Retire(args) => retire::run(args).await,
        KeyVerb::Kit(args) => kit::run(args).await,
    }
}

/// The data dir of these flags; told where nobody named one.
fn place(args: &PlaceArgs) -> Result<Bootstrap, Failure> {
    let bootstrap = load(args)?;
    super::note_default_data_dir(args.config.as_deref(), args.data_dir.as_deref(), &bootstrap);
    Ok(bootstrap)
}

/// The same once an interrupted restore is at its end, for what goes by the config file that came with it.
async fn settled_place(args: &PlaceArgs) -> Result<Bootstrap, Failure> {
    let bootstrap = super::settled(|| load(args)).await?;
    super::note_default_data_dir(args.config.as_deref(), args.data_dir.as_deref(), &bootstrap);
    Ok(bootstrap)
}

fn load(args: &PlaceArgs) -> Result<Bootstrap, Failure> {
    super::bootstrap(args.config.as_deref(), ConfigFile::MustExist, args.data_dir.as_deref())
}

/// Says what was tried; `what` reads after "failed to ".
fn failed(what: &'static str) -> impl Fn(KeyJobError) -> Failure {
    move |error| Failure::KeyJob { what, error: Box::new(error) }
}

/// Prints a result, as JSON or in words.
fn tell(as_json: bool, value: &serde_json::Value, words: &str) {
    match as_json {
        true => output::json(value),
        false => output::text(words),
    }
}

/// Says that something was brought to its end first.
fn note_recovery(job: &KeyJob) {
    if let Some(recovered) = &job.recovered {
        output::note(recovered);
    }
}

/// Tells that a key which came from outside of the data dir is still there.
fn warn_of_what_beats(from: &KeySource, key: &str, beaten: &str) {
    match from {
        KeySource::Environment(variable) => output::warning(&format!(
            "{key} is still in {variable}, which beats {beaten}\nhint: remove {variable} wherever the daemon's environment is set"
        )),
        KeySource::Credential(path) => output::warning(&format!(
            "{key} is still in the credential `{path}`, which beats {beaten}\nhint: take LoadCredential=secret.key out of the daemon's unit"
        )),
        _ => {}
    }
}
