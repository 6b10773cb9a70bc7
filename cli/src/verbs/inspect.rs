//! `backup inspect`: what one archive holds.
//!
//! Does NOT open its databases; `backup verify` does.

use super::report;
use crate::args::InspectArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::openers::Openers;
use crate::output;
use loom_app::InspectJob;
use loom_app::bootstrap::ConfigFile;
use loom_domain::archive::manifest::ListedKey;
use loom_domain::archive::{ArchiveFormat, ArchiveLock};
use loom_domain::ports::ListedArchive;
use loom_domain::usecases::{Inspected, format_in_name, taken_at};
use serde_json::{Value, json};
use std::slice::from_ref;

pub(crate) async fn run(args: InspectArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.keys.config.as_deref(), ConfigFile::MustExist, args.keys.data_dir.as_deref())?;
    let openers = Openers::read(args.keys.key_file.as_deref(), &args.openers, from_ref(&args.file))?;
    let (origin, at_hand) = (super::origin(&args.file)?, openers.for_archive(&args.file));
    let job = InspectJob::prepare(&bootstrap, origin, at_hand, &super::environment()).await?;
    if let Some(note) = &job.key_note {
        output::note(note);
    }
    let name = args.file.display().to_string();
    let inspected = match job.run().await {
        Ok(inspected) => inspected,
        Err(error) => {
            let failure = Failure::from(error);
            let Some(sealed_for) = sealed_for(&failure) else { return Err(failure) };
            return Ok(closed(&name, job.look().await.as_ref(), sealed_for, &failure, args.json));
        }
    };
    if args.json {
        output::json(&as_json(&name, &inspected))
    } else {
        print(&name, &inspected)
    }
    Ok(if inspected.disagreements.is_empty() { ExitCode::Done } else { ExitCode::Damaged })
}

/// For whom an archive is sealed that nothing at hand opens; `None` if it failed for another reason.
fn sealed_for(failure: &Failure) -> Option<&'static str> {
    match ExitCode::from(failure) {
        ExitCode::Key => Some("master-key"),
        ExitCode::Passphrase => Some("passphrase"),
        ExitCode::Identity => Some("recipients"),
        _ => None,
    }
}

/// What an archive shows that nothing at hand opens, and why nothing does. Over a stream it shows little.
fn closed(
    name: &str,
    seen: Option<&ListedArchive>,
    sealed_for: &str,
    failure: &Failure,
    as_json: bool,
) -> ExitCode {
    let code = ExitCode::from(failure);
    let lock = seen.and_then(|seen| seen.lock.as_ref());
    let taken = seen.and_then(taken_at);
    if as_json {
        output::json(&json!({
            "archive": name,
            "bytes": seen.map(|seen| seen.bytes),
            "format": seen.and_then(|seen| format_in_name(&seen.id)).map(ArchiveFormat::as_str),
            "sealed_for": sealed_for,
            "recipients": report::recipients(lock),
            "created_at": taken.map(|at| at.to_string()),
            "master_key": report::hinted_key(lock),
            "error": failure.to_string(),
            "exit_code": code.number(),
        }));
    } else {
        output::text(&format!("archive    {name}"));
        if let Some(ListedArchive { bytes, .. }) = seen {
            output::text(&format!("size       {} ({bytes} bytes)", output::size(*bytes)));
        }
        if let Some(at) = taken {
            output::text(&format!("taken      {at} (by its name)"));
        }
        let how = lock.map_or_else(|| format!("for {sealed_for}"), report::sealed_how);
        output::text(&format!("sealed     {how}"));
        if let Some(ArchiveLock::Recipients { hint, .. }) = lock
            && let Some(key) = hint.master_key.fingerprint()
        {
            output::text(&format!("key        {key} (as it says from outside; not proven)"));
        }
    }
    output::failure(failure, code, false);
    code
}

fn print(name: &str, inspected: &Inspected) {
    let manifest = &inspected.manifest;
    output::text(&format!("archive    {name}"));
    output::text(&format!("kind       {}", inspected.kind.as_str()));
    if let Some(lock) = &inspected.lock {
        output::text(&format!("sealed     {}", report::sealed_how(lock)));
    }
    if let Some(format) = manifest.format {
        output::text(&format!("format     {}.{}", format.major, format.minor));
    }
    if let Some(bytes) = inspected.bytes {
        output::text(&format!("size       {} ({bytes} bytes)", output::size(bytes)));
    }
    output::text(&format!("taken      {}", manifest.created_at));
    if let Some(host) = &manifest.host {
        output::text(&format!("host       {host}"));
    }
    output::text(&format!("version    {}", manifest.daemon_version));
    let key = match &manifest.master_key {
        Some(key) if key.inside => format!("{} (inside)", key.fingerprint),
        Some(ListedKey { fingerprint, wrapped_by: Some(wrapper), .. }) => {
            format!("{fingerprint} (inside, wrapped by {wrapper}: a restore needs that)")
        }
        Some(key) => format!("{} (not inside: a restore needs it)", key.fingerprint),
        None => "not recorded".to_owned(),
    };
    output::text(&format!("key        {key}"));
    if let Some(sealed) = manifest.sealed_values {
        output::text(&format!("secrets    {sealed} sealed values"));
    }
    for database in &manifest.databases {
        output::text(&format!("database   {}: {}", database.member, report::database_words(&database.facts)));
    }
    for left in &manifest.left_out {
        output::text(&format!("left out   {} ({})", left.path.escape_debug(), left.reason));
    }
    let rows: Vec<_> = inspected
        .files
        .iter()
        .map(|(path, found)| vec![path.to_string(), found.bytes.to_string(), found.sha256.clone()])
        .collect();
    output::text("");
    output::table(&["FILE", "BYTES", "SHA256"], &rows);
    inspected.disagreements.iter().for_each(|point| output::text(&format!("DAMAGED: {point}")));
}

fn as_json(name: &str, inspected: &Inspected) -> Value {
    let manifest = &inspected.manifest;
    let files = inspected
        .files
        .iter()
        .map(|(path, found)| json!({ "path": path.as_str(), "bytes": found.bytes, "sha256": found.sha256 }))
        .collect::<Value>();
    json!({
        "archive": name,
        "kind": inspected.kind.as_str(),
        "format": report::format(inspected.kind),
        "sealed_for": report::sealed_for(inspected.lock.as_ref()),
        "recipients": report::recipients(inspected.lock.as_ref()),
        "bytes": inspected.bytes,
        "format_version": manifest.format.map(|format| format!("{}.{}", format.major, format.minor)),
        "created_at": manifest.created_at.to_string(),
        "host": manifest.host,
        "daemon_version": manifest.daemon_version,
        "master_key": report::listed_key(manifest),
        "sealed_values": manifest.sealed_values,
        "databases": report::databases(manifest),
        "files": files,
        "left_out": manifest
            .left_out
            .iter()
            .map(|left| json!({ "path": left.path, "reason": left.reason }))
            .collect::<Value>(),
        "damage": inspected.disagreements.iter().map(ToString::to_string).collect::<Value>(),
    })
}
