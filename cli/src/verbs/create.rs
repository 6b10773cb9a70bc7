//! `backup create`.
//!
//! Does NOT know how a backup is taken.

mod archive_name;
mod seal_order;

use super::report;
use crate::args::CreateArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{output, terminal_progress};
use jiff::Timestamp;
use loom_app::bootstrap::{ConfigFile, check_unnamed_seal};
use loom_app::config::Inputs;
use loom_app::{BeatenKey, CreateError, CreateJob, Destination, default_archive_name, host_name};
use loom_domain::archive::{FormOrder, SealOrder};
use loom_domain::usecases::TakenBackup;
use seal_order::seal_order;
use serde_json::{Value, json};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

impl From<CreateError> for Failure {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::Target(error) => error.into(),
            CreateError::TakeBackup(error) => error.into(),
            CreateError::Sealing(error) => error.into(),
            CreateError::KeySwitch(error) => Self::KeyJob { what: "take a backup", error },
            error @ CreateError::NoScratch { .. } => Self::Other(format!(
                "failed to take a backup: {error}\nhint: name a private folder of this machine for them with --scratch"
            )),
        }
    }
}

pub(crate) async fn run(args: CreateArgs) -> Result<ExitCode, Failure> {
    let load = || super::bootstrap(args.config.as_deref(), ConfigFile::MustExist, None);
    let mut bootstrap = super::settled(load).await?;
    if args.config.is_none() {
        output::note(&format!(
            "no --config given: data dir is `{}` ({})",
            bootstrap.data_dir.display(),
            bootstrap.data_dir_from
        ));
    }
    let environment = super::environment();
    if args.config.is_none() {
        let inputs = Inputs::new(None, &environment);
        if !args.seal.names_a_seal() {
            check_unnamed_seal(&inputs, &bootstrap.data_dir)?;
        }
        bootstrap.unread_config_notes(&inputs).iter().for_each(|note| output::note(note));
        bootstrap = bootstrap.with_unnamed_env_files(&inputs);
    }
    let to_stdout = args.out.as_deref() == Some(Path::new("-"));
    if to_stdout && std::io::stdout().is_terminal() {
        let refused = "standard output is a terminal\nhint: redirect it, as in `… --out - > backup.tar.gz`";
        return Err(Failure::Usage(refused.to_owned()));
    }
    let (configured, odd) = bootstrap.sealing()?;
    odd.iter().for_each(|line| output::warning(line));
    let order = seal_order(&args.seal, configured).await?;
    let destination = if to_stdout {
        Destination::Stream(Box::new(std::io::stdout()))
    } else {
        let (host, now) = (host_name(), Timestamp::now());
        let default = || PathBuf::from(default_archive_name(host.as_deref(), now, &order.ending()));
        Destination::File(args.out.unwrap_or_else(default))
    };
    let odd_name = match &destination {
        Destination::File(path) => archive_name::check(&path.display().to_string(), &order)?,
        Destination::Stream(_) => None,
    };
    let progress = terminal_progress::for_operator(args.json);
    let job = CreateJob::prepare(
        &bootstrap,
        destination,
        order.clone(),
        args.include_secrets,
        args.scratch.as_deref(),
        &environment,
        progress,
    )
    .await?;
    let taken = job.run().await?;
    let opens_nothing = taken.sealed.total > 0 && taken.sealed.unreadable == taken.sealed.total;
    let beaten = match opens_nothing {
        true => super::beaten_key(&bootstrap).await,
        false => None,
    };
    warn_of_secrets(&taken, beaten.as_ref());
    note_what_a_restore_needs(&taken, &order, opens_nothing);
    odd_name.iter().for_each(|words| output::warning(words));
    match (args.json, to_stdout) {
        (true, false) => output::json(&as_json(&taken, &order)),
        // Standard output is the archive itself: its description must go elsewhere.
        (true, true) => output::note(&output::json_line(&as_json(&taken, &order))),
        (false, true) => output::note(&as_text(&taken, &order)),
        (false, false) => output::text(&as_text(&taken, &order)),
    }
    Ok(if taken.sealed.unreadable > 0 { ExitCode::Partly } else { ExitCode::Done })
}

fn warn_of_secrets(taken: &TakenBackup, beaten: Option<&BeatenKey>) {
    if taken.sealed.unreadable > 0 {
        let places = taken.sealed.unreadable_places.join(", ");
        let (unreadable, total) = (taken.sealed.unreadable, taken.sealed.total);
        let why = taken.sealed.why_in_words().join("; ");
        output::warning(&match (&taken.key_source, beaten) {
            (Some(source), Some(beaten)) => format!(
                "the key from {source} does not open {unreadable} of {total} sealed values ({places}): {why}\nhint: {} and run this again",
                beaten.advice()
            ),
            (Some(source), None) => format!(
                "the key from {source} does not open {unreadable} of {total} sealed values ({places}): {why}; a restored daemon could not open them either\nhint: keep earlier archives until the right key is back; `openccu-loom key status` tells which key the values name"
            ),
            (None, _) => format!(
                "encrypted value but no master key available: {total} sealed values ({places}) need the key of this data dir after a restore: {why}\nhint: give this command the daemon's OPENCCU_LOOM_SECRET_KEY or credential, or put `secret.key` back; keep earlier archives until then"
            ),
        });
    }
}

fn note_what_a_restore_needs(taken: &TakenBackup, order: &FormOrder, opens_nothing: bool) {
    for left in &taken.manifest.left_out {
        output::note(&format!("left out: `{}` ({})", left.path.escape_debug(), left.reason));
    }
    match (&taken.manifest.master_key, &order.seal) {
        (Some(key), None) if key.inside => {
            output::note("the archive holds `secret.key` and is not encrypted: keep it as safe as the key");
        }
        (Some(key), Some(SealOrder::MasterKey)) => output::note(&format!(
            "the archive opens with the master key {} only, which is not inside: keep it elsewhere, a restore needs it",
            key.fingerprint
        )),
        // A restore does not need a key that opens nothing.
        (Some(key), _) if !key.inside && !opens_nothing => output::note(&match key.wrapped_by {
            None => format!(
                "the master key {} is not inside: keep it with the archive, a restore needs it",
                key.fingerprint
            ),
            Some(wrapper) => format!(
                "the master key {} is inside wrapped by {wrapper}: a restore needs that too, or the key itself",
                key.fingerprint
            ),
        }),
        _ => {}
    }
}

fn as_text(taken: &TakenBackup, order: &FormOrder) -> String {
    let receipt = &taken.receipt;
    format!(
        "{}  {} bytes ({})  {} files  {}  sha256 {}",
        receipt.location,
        receipt.bytes,
        output::size(receipt.bytes),
        taken.manifest.files.len(),
        sealed_words(order),
        receipt.sha256
    )
}

fn sealed_words(order: &FormOrder) -> String {
    match &order.seal {
        None => "UNENCRYPTED".to_owned(),
        Some(SealOrder::Recipients(recipients)) if recipients.len() == 1 => "for 1 recipient".to_owned(),
        Some(SealOrder::Recipients(recipients)) => format!("for {} recipients", recipients.len()),
        Some(SealOrder::Passphrase(_)) => "sealed with a passphrase".to_owned(),
        Some(SealOrder::MasterKey) => "sealed with the master key".to_owned(),
    }
}

fn as_json(taken: &TakenBackup, order: &FormOrder) -> Value {
    let manifest = &taken.manifest;
    let recipients = match &order.seal {
        Some(SealOrder::Recipients(recipients)) => recipients.as_slice(),
        _ => &[],
    };
    let sealed_for = order.seal.as_ref().map(|seal| match seal {
        SealOrder::Recipients(_) => "recipients",
        SealOrder::Passphrase(_) => "passphrase",
        SealOrder::MasterKey => "master-key",
    });
    json!({
        "path": taken.receipt.location,
        "bytes": taken.receipt.bytes,
        "sha256": taken.receipt.sha256,
        "format": order.format.as_str(),
        "encrypted": order.seal.is_some(),
        "sealed_for": sealed_for,
        "recipients": recipients
            .iter()
            .map(|one| json!({ "recipient": one.as_str(), "fingerprint": one.fingerprint() }))
            .collect::<Value>(),
        "created_at": manifest.created_at.to_string(),
        "files": manifest.files.len(),
        "databases": report::databases(manifest),
        "master_key": report::listed_key(manifest),
        "sealed_values": report::sealed(&taken.sealed),
        "left_out": manifest
            .left_out
            .iter()
            .map(|left| json!({ "path": left.path, "reason": left.reason }))
            .collect::<Value>(),
    })
}
