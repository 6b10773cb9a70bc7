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
use loom_domain::archive::{ArchiveFormat, ArchiveLock, LockHint};
use loom_domain::ports::ListedArchive;
use loom_domain::usecases::{Inspected, format_in_name, taken_at};
use serde_json::{Value, json};

pub(crate) async fn run(args: InspectArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.keys.config.as_deref(), ConfigFile::MustExist, args.keys.data_dir.as_deref())?;
    let openers = Openers::read(args.keys.key_file.as_deref(), &args.openers)?;
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
            return match job.look().await {
                Some(seen) if is_closed(&failure) => Ok(closed(&name, &seen, &failure, args.json)),
                _ => Err(failure),
            };
        }
    };
    if args.json {
        output::json(&as_json(&name, &inspected))
    } else {
        print(&name, &inspected)
    }
    Ok(if inspected.disagreements.is_empty() { ExitCode::Done } else { ExitCode::Damaged })
}

/// Whether it is for others to open.
fn is_closed(failure: &Failure) -> bool {
    matches!(ExitCode::from(failure), ExitCode::Key | ExitCode::Passphrase | ExitCode::Identity)
}

/// What an archive shows that nothing at hand opens, and why nothing does.
fn closed(name: &str, seen: &ListedArchive, failure: &Failure, as_json: bool) -> ExitCode {
    let code = ExitCode::from(failure);
    let lock = seen.lock.as_ref();
    if as_json {
        output::json(&json!({
            "archive": name,
            "bytes": seen.bytes,
            "format": format_in_name(&seen.id).map(ArchiveFormat::as_str),
            "sealed_for": report::sealed_for(lock),
            "recipients": report::recipients(lock),
            "created_at": taken_at(seen).map(|at| at.to_string()),
            "master_key": report::hinted_key(lock),
            "error": failure.to_string(),
            "exit_code": code.number(),
        }));
    } else {
        output::text(&format!("archive    {name}"));
        output::text(&format!("size       {} ({} bytes)", output::size(seen.bytes), seen.bytes));
        if let Some(at) = taken_at(seen) {
            output::text(&format!("taken      {at} (by its name)"));
        }
        if let Some(lock) = lock {
            output::text(&format!("sealed     for {lock}"));
        }
        if let Some(ArchiveLock::Recipients { hint: LockHint { master_key: Some(key), .. }, .. }) = lock {
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
        output::text(&format!("sealed     for {lock}"));
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
