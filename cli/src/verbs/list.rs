//! `backup list`: the archives of a folder, newest first, damaged ones shown as such.
//!
//! Does NOT open databases; `backup verify` does.

use super::report;
use crate::args::ListArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_domain::archive::Openers;
use loom_domain::ports::ListedArchive;
use loom_domain::usecases::list_newest_first;
use serde_json::{Value, json};

pub(crate) async fn run(args: ListArgs) -> Result<ExitCode, Failure> {
    let given = loom_app::given_key(args.key_file.as_deref(), &super::environment()).await?;
    let openers = given.map_or_else(Openers::default, |resolved| Openers::master_key(resolved.key));
    let listed = list_newest_first(loom_app::listing(&args.folder, openers).list_archives().await?);
    if args.json {
        let archives = listed.iter().map(as_json).collect::<Value>();
        output::json(&json!({ "folder": args.folder.display().to_string(), "archives": archives }));
    } else if listed.is_empty() {
        output::note(&format!("no archives in `{}`", args.folder.display()));
    } else {
        let rows: Vec<_> = listed.iter().map(as_row).collect();
        output::table(&["TAKEN", "SIZE", "STATE", "ARCHIVE"], &rows);
        for archive in &listed {
            if let Err(reason) = &archive.manifest {
                output::text(&format!("{}: {reason}", archive.id));
            }
        }
    }
    let damaged = listed.iter().any(|archive| archive.manifest.is_err());
    Ok(if damaged { ExitCode::Partly } else { ExitCode::Done })
}

fn as_row(archive: &ListedArchive) -> Vec<String> {
    let (taken, state) = match &archive.manifest {
        Ok(manifest) => (manifest.created_at.to_string(), "ok"),
        Err(_) => ("-".to_owned(), "DAMAGED"),
    };
    vec![taken, output::size(archive.bytes), state.to_owned(), archive.id.to_string()]
}

fn as_json(archive: &ListedArchive) -> Value {
    let manifest = archive.manifest.as_ref().ok();
    json!({
        "archive": archive.id.as_str(),
        "bytes": archive.bytes,
        "ok": manifest.is_some(),
        "created_at": manifest.map(|manifest| manifest.created_at.to_string()),
        "host": manifest.and_then(|manifest| manifest.host.clone()),
        "master_key": manifest.map_or(Value::Null, report::listed_key),
        "damage": archive.manifest.as_ref().err().map(ToString::to_string),
    })
}
