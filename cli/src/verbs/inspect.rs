//! `backup inspect`: what one archive holds.
//!
//! Does NOT open its databases; `backup verify` does.

use super::report;
use crate::args::InspectArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::bootstrap::ConfigFile;
use loom_domain::usecases::Inspected;
use serde_json::{Value, json};

pub(crate) async fn run(args: InspectArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.keys.config.as_deref(), ConfigFile::MustExist, args.keys.data_dir.as_deref())?;
    let origin = super::origin(&args.file)?;
    let environment = super::environment();
    let (inspect, id, keys, note) =
        loom_app::inspection(origin, args.keys.key_file.as_deref(), &bootstrap.data_dir, &environment)
            .await?;
    if let Some(note) = note {
        output::note(&note);
    }
    let inspected = inspect.run(&id, &keys.openers()).await?;
    let name = args.file.display().to_string();
    if args.json {
        output::json(&as_json(&name, &inspected))
    } else {
        print(&name, &inspected)
    }
    Ok(if inspected.disagreements.is_empty() { ExitCode::Done } else { ExitCode::Damaged })
}

fn print(name: &str, inspected: &Inspected) {
    let manifest = &inspected.manifest;
    output::text(&format!("archive    {name}"));
    output::text(&format!("kind       {}", inspected.kind.as_str()));
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
