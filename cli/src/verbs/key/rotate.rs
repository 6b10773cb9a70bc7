//! `key rotate`: every secret under a new master key; the old one is kept beside it.
//!
//! Does NOT know how it is done, and shows neither key.

use super::running;
use crate::args::KeyRotateArgs;
use crate::daemon_client::RotatedKey;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{interrupt, output};
use loom_app::bootstrap::SECRET_KEY_VARIABLE;
use loom_app::{KeyJob, NEW_SECRET_KEY_VARIABLE, RotationReport};
use loom_domain::ports::{KeySource, KeyTarget};
use serde_json::json;

pub(super) async fn run(args: KeyRotateArgs) -> Result<ExitCode, Failure> {
    let (rotated, only_outside) = match args.who.running {
        true => {
            if args.wrapping.is_given() {
                return Err(Failure::Usage(
                    "a daemon that runs takes the wrapping key from its configuration\nhint: leave out --key-id, --module and the like, or --running"
                        .to_owned(),
                ));
            }
            let rotated = running::rotate(&args).await?;
            let only_outside = rotated.kept.is_empty();
            if only_outside {
                output::warning(&format!(
                    "the data dir does not keep the old key {}, and archives taken so far may need it\nhint: if you have it elsewhere, put it where you keep passwords",
                    rotated.from
                ));
            }
            (rotated, only_outside)
        }
        false => here(&args).await?,
    };
    let words = format!(
        "master key {} is in use now, in {}; {} secrets are sealed with it",
        rotated.to, rotated.source, rotated.resealed
    );
    super::tell(args.who.daemon.json, &as_json(&rotated, only_outside), &words);
    if rotated.left > 0 {
        output::warning(&format!(
            "{} secrets do not open with the old key and stayed as they were: {}",
            rotated.left,
            rotated.unreadable_places.join(", ")
        ));
    }
    for kept in &rotated.kept {
        output::note(&format!(
            "the old key {} is kept as `{kept}`: archives taken so far may need it\nhint: `key status --archives DIR` tells which, `key retire --archives DIR` removes it once none there does",
            rotated.from
        ));
    }
    for file in &rotated.set_aside {
        output::note(&format!("a file that held another key was in the way and is kept as `{file}`"));
    }
    Ok(if rotated.left > 0 { ExitCode::Partly } else { ExitCode::Done })
}

/// Rotates in the data dir; tells whether nothing there keeps the old key.
async fn here(args: &KeyRotateArgs) -> Result<(RotatedKey, bool), Failure> {
    let what = "change the master key";
    let bootstrap = super::settled_place(&args.place).await?;
    let settings = args.wrapping.over(&bootstrap.keys);
    let job = KeyJob::prepare(&bootstrap, &settings, &crate::verbs::environment()).await;
    let job = job.map_err(super::failed(what))?;
    super::note_recovery(&job);
    // From here on it comes to its end, whoever asks to stop.
    interrupt::must_finish();
    let target = args.to.map(KeyTarget::from);
    let rotated = job.rotate(target, args.new_key_file.as_deref(), args.allow_unreadable_secrets).await;
    let rotated = rotated.map_err(super::failed(what))?;
    let only_outside = match &rotated.from_source {
        KeySource::Environment(place) | KeySource::Credential(place) if rotated.kept.is_empty() => {
            output::warning(&format!(
                "the old key {} is kept nowhere but in {place}, and archives taken so far may need it\nhint: put its value where you keep passwords before you remove or replace it",
                rotated.from
            ));
            true
        }
        _ => false,
    };
    match &rotated.source {
        KeySource::Environment(_) => output::warning(&format!(
            "the daemon finds the new key only once {SECRET_KEY_VARIABLE} holds it\nhint: give {SECRET_KEY_VARIABLE} the value of {NEW_SECRET_KEY_VARIABLE}, and remove {NEW_SECRET_KEY_VARIABLE}, wherever the daemon's environment is set"
        )),
        _ => super::warn_of_what_beats(&rotated.from_source, "the old key", "the new one"),
    }
    Ok((rotated.into(), only_outside))
}

impl From<RotationReport> for RotatedKey {
    fn from(report: RotationReport) -> Self {
        Self {
            from: report.from.to_string(),
            to: report.to.to_string(),
            source: report.source.to_string(),
            resealed: report.resealed,
            left: report.left,
            unreadable_places: report.unreadable_places,
            kept: report.kept,
            set_aside: report.set_aside,
        }
    }
}

fn as_json(rotated: &RotatedKey, only_outside: bool) -> serde_json::Value {
    json!({
        "from": rotated.from,
        "to": rotated.to,
        "source": rotated.source,
        "resealed": rotated.resealed,
        "left": rotated.left,
        "unreadable_places": rotated.unreadable_places,
        "kept": rotated.kept,
        "set_aside": rotated.set_aside,
        "old_key_only_outside": only_outside,
    })
}
