//! `backup undo-restore`.
//!
//! Does NOT know where the replaced state is kept.

use crate::args::UndoArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{interrupt, output};
use loom_app::KeyJobError;
use loom_app::bootstrap::ConfigFile;
use loom_app::key_report::KeyReport;
use loom_domain::archive::{KeyFileKind, MemberPath};
use serde_json::{Value, json};
use std::path::Path;

pub(crate) async fn run(args: UndoArgs) -> Result<ExitCode, Failure> {
    let bootstrap =
        super::bootstrap(args.config.as_deref(), ConfigFile::MayBeMissing, args.data_dir.as_deref())?;
    interrupt::must_finish();
    super::recover_key_switch(&bootstrap).await?;
    let undone = loom_app::undo_restore(&bootstrap).await?;
    let report = loom_app::key_status(&bootstrap, None, &super::environment()).await;
    let closed = report.as_ref().ok().and_then(|report| closed_secrets(report, &bootstrap.data_dir));
    if args.json {
        let names = |paths: &[MemberPath]| paths.iter().map(MemberPath::as_str).collect::<Value>();
        output::json(&json!({
            "data_dir": bootstrap.data_dir.display().to_string(),
            "replaced_at": undone.replaced_at.to_string(),
            "brought_back": names(&undone.brought_back),
            "set_aside": names(&undone.set_aside),
            "not_kept": names(&undone.not_kept),
            "unreadable": closed.as_ref().map_or(0, |(count, _)| *count),
        }));
    } else {
        output::text(&format!(
            "{}: brought back {} files replaced at {}, set {} aside",
            bootstrap.data_dir.display(),
            undone.brought_back.len(),
            undone.replaced_at,
            undone.set_aside.len(),
        ));
        output::note("running `backup undo-restore` again takes this back");
    }
    for path in &undone.not_kept {
        output::warning(&format!(
            "`{path}` cannot be read, so no copy of it is kept: it lies in the undo set only, which the next restore replaces"
        ));
    }
    match (closed, report) {
        (Some((_, words)), _) => {
            output::warning(&words);
            Ok(ExitCode::Partly)
        }
        (None, Ok(_) | Err(KeyJobError::NoState(_) | KeyJobError::NoDataDir(_))) => Ok(ExitCode::Done),
        (None, Err(error)) => {
            // What was asked for is done; the next start of the daemon tells the rest.
            output::note(&format!("whether the secrets open was not looked at: {error}"));
            Ok(ExitCode::Done)
        }
    }
}

/// How many secrets of the state the present key does not open, and where the key is that does, in words.
fn closed_secrets(report: &KeyReport, data_dir: &Path) -> Option<(u64, String)> {
    let values = Some(&report.values).filter(|values| values.unreadable() > 0)?;
    let (count, total) = (values.unreadable(), values.v1() + values.v2());
    let right = report.old_keys.iter().find(|old| {
        old.fingerprint.as_ref().is_some_and(|fingerprint| values.other_keys.contains_key(fingerprint))
    });
    let hint = match (right, report.old_keys.last()) {
        (Some(old), _) => {
            format!(
                "`{}` holds the key they name: put it in place with {}",
                old.name,
                way_back(&old.name, data_dir)
            )
        }
        (None, Some(newest)) => format!(
            "`key check --key-file` tells which earlier key opens them; if it is `{}`, put it in place with {}",
            newest.name,
            way_back(&newest.name, data_dir)
        ),
        (None, None) => {
            "put the key of that time in the place of the present one, and keep that too".to_owned()
        }
    };
    Some((
        count,
        format!(
            "{count} of {total} sealed values of the state that is back do not open with the present master key\n\
             hint: {hint}, or run `backup undo-restore` again"
        ),
    ))
}

/// The commands that make an earlier key the key, and lose none.
fn way_back(old: &str, data_dir: &Path) -> String {
    let present = KeyFileKind::all().filter(|kind| data_dir.join(kind.file_name()).exists());
    let kind = KeyFileKind::of_old(old).unwrap_or(KeyFileKind::Clear);
    let from = data_dir.join(old).display().to_string();
    format!("`{}`", kind.commands_to_put_in_place(&from, &data_dir.display().to_string(), present))
}
