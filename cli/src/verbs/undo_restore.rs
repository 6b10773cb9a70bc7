//! `backup undo-restore`.
//!
//! Does NOT know where the replaced state is kept.

use crate::args::UndoArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::{interrupt, output};
use loom_app::KeyJobError;
use loom_app::bootstrap::{BootstrapError, ConfigFile};
use loom_app::key_report::KeyReport;
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::words::reason_and_hint;
use serde_json::{Value, json};
use std::path::Path;

pub(crate) async fn run(args: UndoArgs) -> Result<ExitCode, Failure> {
    let load = |data_dir| super::bootstrap(args.config.as_deref(), ConfigFile::MayBeMissing, data_dir);
    let bootstrap = load(args.data_dir.as_deref()).map_err(without_the_config_file)?;
    interrupt::must_finish();
    super::recover_key_switch(&bootstrap).await?;
    let undone = loom_app::undo_restore(&bootstrap).await?;
    // The config file came back too, and may name another place for the key.
    let secrets = match load(Some(&bootstrap.data_dir)) {
        Ok(now) => {
            secrets(loom_app::key_status(&now, None, &super::environment()).await, &bootstrap.data_dir)
        }
        Err(unread) => Secrets::NotLookedAt(unread.words()),
    };
    if args.json {
        let names = |paths: &[MemberPath]| paths.iter().map(MemberPath::as_str).collect::<Value>();
        output::json(&json!({
            "data_dir": bootstrap.data_dir.display().to_string(),
            "replaced_at": undone.replaced_at.to_string(),
            "brought_back": names(&undone.brought_back),
            "set_aside": names(&undone.set_aside),
            "not_kept": names(&undone.not_kept),
            "config_stays": undone.config_stays,
            "unreadable": match &secrets {
                Secrets::Open => json!(0),
                Secrets::Closed { count, .. } => json!(count),
                Secrets::NotTried { .. } | Secrets::NotLookedAt(_) => Value::Null,
            },
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
    if let Some(config) = &undone.config_stays {
        output::warning(&format!(
            "`{config}` stays as it is: the config file it replaced is no longer kept beside it"
        ));
    }
    for path in &undone.not_kept {
        output::warning(&format!(
            "`{path}` cannot be read, so no copy of it is kept: it lies in the undo set only, which the next restore replaces"
        ));
    }
    Ok(match secrets {
        Secrets::Open => ExitCode::Done,
        Secrets::Closed { words, .. } | Secrets::NotTried { words } => {
            output::warning(&words);
            ExitCode::Partly
        }
        Secrets::NotLookedAt(why) => {
            // What was asked for is done; the next start of the daemon tells the rest.
            output::note(&format!("whether the secrets open was not looked at: {why}"));
            ExitCode::Done
        }
    })
}

/// Says how a restore is taken back whose config file is what is wrong with it.
fn without_the_config_file(failure: Failure) -> Failure {
    match failure {
        Failure::Bootstrap(error @ (BootstrapError::Malformed { .. } | BootstrapError::Settings(_))) => {
            let (reason, _) = reason_and_hint(&error);
            Failure::Usage(format!(
                "failed to read the configuration: {reason}\nhint: if it came with the restore, name the data dir with --data-dir instead of --config; that brings the config file back too"
            ))
        }
        other => other,
    }
}

/// Whether the secrets of the state that is back open; in words where somebody has to act.
enum Secrets {
    /// All of them, or there are none.
    Open,
    /// Some do not open with the present master key.
    Closed { count: u64, words: String },
    /// There are some, and the present master key cannot be had.
    NotTried { words: String },
    /// Nobody knows whether there are any.
    NotLookedAt(String),
}

fn secrets(report: Result<KeyReport, KeyJobError>, data_dir: &Path) -> Secrets {
    match report {
        // That they do not open without a key tells nothing of the key.
        Ok(KeyReport { problem: Some(problem), values, .. }) if values.unreadable() > 0 => {
            Secrets::NotTried {
                words: format!(
                    "whether the sealed values of the state that is back, {} of them, open was not tried: {problem}",
                    values.v1() + values.v2()
                ),
            }
        }
        Ok(KeyReport { problem: Some(problem), .. }) => Secrets::NotLookedAt(problem),
        Ok(report) => closed_secrets(&report, data_dir)
            .map_or(Secrets::Open, |(count, words)| Secrets::Closed { count, words }),
        Err(KeyJobError::NoState(_) | KeyJobError::NoDataDir(_)) => Secrets::Open,
        Err(error) => Secrets::NotLookedAt(error.to_string()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use loom_app::key_report::ReportedOldKey;
    use loom_domain::usecases::{KeyInventory, TableSecrets};

    fn one_value_shut(problem: Option<&str>) -> Result<KeyReport, KeyJobError> {
        let counts = TableSecrets { v2: 1, unreadable: 1, ..TableSecrets::default() };
        let tables = [("centrals".to_owned(), counts)].into();
        let old = ReportedOldKey {
            name: "secret.key.old-20261123T120000Z".to_owned(),
            fingerprint: None,
            problem: None,
        };
        Ok(KeyReport {
            problem: problem.map(str::to_owned),
            values: KeyInventory { tables, ..KeyInventory::default() },
            old_keys: vec![old],
            ..KeyReport::default()
        })
    }

    #[test]
    fn a_key_that_cannot_be_had_is_not_called_another_one_and_no_command_moves_it() {
        let dir = Path::new("/data");
        let Secrets::Closed { count: 1, words } = secrets(one_value_shut(None), dir) else { panic!() };
        assert!(words.contains("mv -n") || words.contains("install -m 600"), "{words}");
        let away = secrets(one_value_shut(Some("the service is away\nhint: try again")), dir);
        let Secrets::NotTried { words } = away else { panic!() };
        assert_eq!(
            words,
            "whether the sealed values of the state that is back, 1 of them, open was not tried: the service is away\nhint: try again"
        );
    }
}
