//! `backup list`: the archives of a folder, newest first, damaged ones shown as such.
//!
//! Does NOT open databases; `backup verify` does.

use super::report;
use crate::args::ListArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::openers::Openers;
use crate::output;
use loom_domain::archive::{self, ArchiveFormat};
use loom_domain::ports::{ListedArchive, Undescribed};
use loom_domain::usecases::{format_in_name, list_newest_first, taken_at};
use serde_json::{Value, json};

pub(crate) async fn run(args: ListArgs) -> Result<ExitCode, Failure> {
    let named = Openers::read_for_list(args.key_file.as_deref(), &args.openers)?.unasked();
    let given = match loom_app::given_key(named.key_file.as_deref(), &super::environment()).await {
        // Nobody named it for this list, which may not need it.
        Err(error) if named.key_file.is_none() => {
            output::note(&format!("not used: {error}"));
            None
        }
        given => given?,
    };
    let openers = archive::Openers {
        master_keys: given.map(|resolved| resolved.key).into_iter().collect(),
        identities: named.identities,
        passphrase: named.passphrase,
    };
    if args.folder.exists() && !args.folder.is_dir() {
        return Err(Failure::Usage(format!(
            "`{}` is no folder\nhint: `backup inspect` shows what is in one archive",
            args.folder.display()
        )));
    }
    let listed = list_newest_first(loom_app::listing(&args.folder, openers).list_archives().await?);
    if args.json {
        let archives = listed.iter().map(as_json).collect::<Value>();
        output::json(&json!({ "folder": args.folder.display().to_string(), "archives": archives }));
    } else if listed.is_empty() {
        output::note(&format!("no archives in `{}`", args.folder.display()));
    } else {
        let rows: Vec<_> = listed.iter().map(as_row).collect();
        output::table(&["TAKEN", "SIZE", "STATE", "SEALED FOR", "ARCHIVE"], &rows);
        for archive in &listed {
            if let Err(Undescribed::Damaged(reason) | Undescribed::Unreadable(reason)) = &archive.manifest {
                output::text(&format!("{}: {reason}", archive.id));
            }
        }
    }
    let unknown = |archive: &ListedArchive| {
        matches!(archive.manifest, Err(Undescribed::Damaged(_) | Undescribed::Unreadable(_)))
    };
    Ok(if listed.iter().any(unknown) { ExitCode::Partly } else { ExitCode::Done })
}

fn as_row(archive: &ListedArchive) -> Vec<String> {
    let state = match &archive.manifest {
        Ok(_) => "ok",
        Err(Undescribed::Locked(_) | Undescribed::Unopened(_)) => "sealed",
        Err(Undescribed::Damaged(_)) => "DAMAGED",
        Err(Undescribed::Unreadable(_)) => "unreadable",
    };
    let taken = taken_at(archive).map_or("-".to_owned(), |at| at.to_string());
    let sealed_for = archive.lock.as_ref().map_or("-".to_owned(), report::sealed_for_words);
    vec![taken, output::size(archive.bytes), state.to_owned(), sealed_for, archive.id.to_string()]
}

fn as_json(archive: &ListedArchive) -> Value {
    let manifest = archive.manifest.as_ref().ok();
    let lock = archive.lock.as_ref();
    let (closed, damage, unreadable) = match &archive.manifest {
        Ok(_) => (None, None, None),
        Err(Undescribed::Locked(words) | Undescribed::Unopened(words)) => (Some(words), None, None),
        Err(Undescribed::Damaged(words)) => (None, Some(words), None),
        Err(Undescribed::Unreadable(words)) => (None, None, Some(words)),
    };
    json!({
        "archive": archive.id.as_str(),
        "bytes": archive.bytes,
        "ok": manifest.is_some(),
        "format": format_in_name(&archive.id).map(ArchiveFormat::as_str),
        "sealed_for": report::sealed_for(lock),
        "recipients": report::recipients(lock),
        "created_at": taken_at(archive).map(|at| at.to_string()),
        "host": manifest.and_then(|manifest| manifest.host.clone()),
        "master_key": manifest.map_or_else(|| report::hinted_key(lock), report::listed_key),
        "closed": closed,
        "damage": damage,
        "unreadable": unreadable,
    })
}
