//! `key status`: the master key, what it opens, which keys there were, and which archive needs which.
//!
//! Does NOT show a key. Works beside a running daemon and changes nothing but an interrupted change of the key, which it
//! brings to its end where nobody else is at work.

use super::running;
use crate::args::KeyStatusArgs;
use crate::daemon_client::{ArchiveKey, KeyStatus, OldKeyFile, PendingChange, UsedKey, ValueCounts};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use loom_app::BeatenKey;
use loom_app::key_report::{KeyReport, ReportedArchive, ReportedOldKey};
use loom_domain::ports::PendingSwitch;
use loom_domain::usecases::TableSecrets;
use serde_json::{Value, json};

pub(super) async fn run(args: KeyStatusArgs) -> Result<ExitCode, Failure> {
    let status = match args.who.running {
        true => running::status(&args.who).await?,
        false => here(&args).await?,
    };
    match args.who.daemon.json {
        true => output::json(&as_json(&status)),
        false => print(&status),
    }
    let unreadable = status.values.values().any(|counts| counts.unreadable > 0);
    match &status.problem {
        // Without a key it stands in its place.
        Some(problem) if status.key.is_some() && !args.who.daemon.json => output::warning(problem),
        None if unreadable => output::warning(&closed_words(&status)),
        _ => {}
    }
    Ok(if unreadable || status.problem.is_some() { ExitCode::Key } else { ExitCode::Done })
}

/// Says that values do not open, and what to do.
fn closed_words(status: &KeyStatus) -> String {
    let sum = |count: fn(&ValueCounts) -> u64| status.values.values().map(count).sum::<u64>();
    let (unreadable, sealed) = (sum(|counts| counts.unreadable), sum(|counts| counts.v1 + counts.v2));
    if status.key.is_none() {
        return format!(
            "{sealed} sealed values, and no master key was found\nhint: if the daemon gets it from a variable, a credential or a `.env` file, give it to this command as OPENCCU_LOOM_SECRET_KEY; else put `secret.key` back"
        );
    }
    let hint = match &status.beaten_key {
        Some(beaten) if unreadable == sealed && beaten.opens > 0 => {
            format!("{} and run this again", beaten.advice())
        }
        _ => "find the key they were sealed with, and try it with `openccu-loom key check --key-file FILE`; `--archives DIR` tells which archives hold which key".to_owned(),
    };
    format!("{unreadable} of {sealed} sealed values do not open with the present key\nhint: {hint}")
}

async fn here(args: &KeyStatusArgs) -> Result<KeyStatus, Failure> {
    let bootstrap = super::place(&args.place)?;
    let report =
        loom_app::key_status(&bootstrap, args.archives.as_deref(), &crate::verbs::environment()).await;
    Ok(KeyStatus::from(report.map_err(super::failed("look at the master key"))?))
}

fn as_json(status: &KeyStatus) -> Value {
    let counts = |counts: &ValueCounts| {
        json!({
            "v1": counts.v1, "v2": counts.v2, "clear": counts.clear, "unreadable": counts.unreadable,
        })
    };
    let old = |old: &OldKeyFile| json!({ "name": old.name, "fingerprint": old.fingerprint, "problem": old.problem });
    json!({
        "key": status.key.as_ref().map(|key| json!({ "fingerprint": key.fingerprint, "source": key.source })),
        "problem": status.problem,
        "providers": status.providers,
        "values": status.values.iter().map(|(table, of)| (table.clone(), counts(of))).collect::<Value>(),
        "beaten_key": status.beaten_key.as_ref().map(|beaten| json!({
            "fingerprint": beaten.fingerprint.as_str(),
            "source": beaten.source.to_string(),
            "opens": beaten.opens,
        })),
        "unreadable_places": status.unreadable_places,
        "other_keys": status.other_keys,
        "old_keys": status.old_keys.iter().map(old).collect::<Value>(),
        "pending": status.pending.as_ref().map(|pending| json!({
            "from": pending.from,
            "to": pending.to,
            "target": pending.target,
            "begun_at": pending.begun_at,
        })),
        "archives": status.archives.as_ref().map(|archives| {
            archives.iter().map(archive_json).collect::<Value>()
        }),
    })
}

fn archive_json(archive: &ArchiveKey) -> Value {
    json!({
        "archive": archive.archive,
        "format": archive.format,
        "sealed_for": archive.sealed_for,
        "recipients": archive.recipients,
        "fingerprint": archive.fingerprint,
        "key_at": archive.key_at,
        "old_key": archive.old_key,
        "other_keys": archive.other_keys,
        "problem": archive.problem,
    })
}

fn print(status: &KeyStatus) {
    let key = match (&status.key, &status.problem) {
        (Some(key), _) => format!("{}  {}", key.fingerprint, key.source),
        (None, Some(problem)) => format!("NOT USABLE: {problem}"),
        (None, None) => "none".to_owned(),
    };
    output::text(&format!("key        {key}"));
    output::text(&format!("places     {}", status.providers.join(", ")));
    if let Some(BeatenKey { fingerprint, source, opens, .. }) = &status.beaten_key {
        output::text(&format!("beaten     {fingerprint}  {source}  opens {opens}"));
    }
    if let Some(pending) = &status.pending {
        output::text(&format!(
            "PENDING    a change from {} to {} in {}, begun {}",
            pending.from, pending.to, pending.target, pending.begun_at
        ));
    }
    for old in &status.old_keys {
        let shown = old.fingerprint.as_deref().unwrap_or("unknown");
        let problem = old.problem.as_ref().map(|problem| format!("  NOT USABLE: {problem}"));
        output::text(&format!("old key    {shown}  {}{}", old.name, problem.unwrap_or_default()));
    }
    for other in &status.other_keys {
        output::text(&format!("OTHER KEY  {other} is named by values it sealed"));
    }
    output::text("");
    let row = |(table, of): (&String, &ValueCounts)| {
        let counts = [of.v2, of.v1, of.clear, of.unreadable].map(|count| count.to_string());
        [vec![table.clone()], counts.to_vec()].concat()
    };
    let rows: Vec<_> = status.values.iter().map(row).collect();
    output::table(&["SECRETS OF", "V2", "V1", "CLEAR", "UNREADABLE"], &rows);
    status.unreadable_places.iter().for_each(|place| output::text(&format!("UNREADABLE: {place}")));
    print_archives(status);
}

fn print_archives(status: &KeyStatus) {
    let Some(archives) = &status.archives else { return };
    output::text("");
    if archives.is_empty() {
        return output::text("no archives");
    }
    let row = |archive: &ArchiveKey| {
        let dash = || "-".to_owned();
        vec![
            archive.archive.clone(),
            archive.sealed_for.clone().unwrap_or_else(dash),
            archive.fingerprint.clone().unwrap_or_else(dash),
            match archive.other_keys.as_slice() {
                [] => key_words(archive),
                others => format!("{}; values in it need {}", key_words(archive), others.join(", ")),
            },
        ]
    };
    output::table(
        &["ARCHIVE", "SEALED FOR", "KEY", "THAT KEY IS"],
        &archives.iter().map(row).collect::<Vec<_>>(),
    );
}

fn key_words(archive: &ArchiveKey) -> String {
    match archive.key_at.as_str() {
        "not-needed" => "not needed".to_owned(),
        "inside" => "inside".to_owned(),
        "wrapped-inside" => "inside, wrapped".to_owned(),
        "present" => "the present key".to_owned(),
        "old" => format!("the old key {}", archive.old_key.as_deref().unwrap_or("of another name")),
        "identity" => match archive.recipients.as_slice() {
            [] => "needs the identity of a recipient".to_owned(),
            known => format!("needs the identity of {}", known.join(" or ")),
        },
        "not-at-hand" => "NOT AT HAND".to_owned(),
        _ => archive.problem.clone().unwrap_or_else(|| "unknown".to_owned()),
    }
}

impl From<KeyReport> for KeyStatus {
    fn from(report: KeyReport) -> Self {
        let archive = |archive: &ReportedArchive| ArchiveKey {
            archive: archive.name.clone(),
            format: archive.format.map(|format| format.as_str().to_owned()),
            sealed_for: archive.lock.as_ref().map(|lock| lock.as_str().to_owned()),
            recipients: archive.recipients().to_vec(),
            fingerprint: archive.needs.fingerprint.as_ref().map(ToString::to_string),
            key_at: archive.needs.at.as_str().to_owned(),
            old_key: archive.old_key().map(str::to_owned),
            other_keys: archive.other_keys(),
            problem: archive.problem.clone(),
        };
        let old = |old: ReportedOldKey| OldKeyFile {
            name: old.name,
            fingerprint: old.fingerprint.as_ref().map(ToString::to_string),
            problem: old.problem,
        };
        let counts = |(table, of): (String, TableSecrets)| {
            (table, ValueCounts { v1: of.v1, v2: of.v2, clear: of.clear, unreadable: of.unreadable })
        };
        let pending = |pending: PendingSwitch| PendingChange {
            from: pending.order.from.to_string(),
            to: pending.to.to_string(),
            target: pending.order.target.as_str().to_owned(),
            begun_at: pending.order.begun_at.to_string(),
        };
        let key =
            report.key.map(|key| UsedKey { fingerprint: key.fingerprint.to_string(), source: key.source });
        Self {
            key,
            problem: report.problem,
            providers: report.places.into_iter().map(str::to_owned).collect(),
            values: report.values.tables.into_iter().map(counts).collect(),
            beaten_key: report.beaten,
            unreadable_places: report.values.unreadable_places,
            other_keys: report.values.other_keys.keys().map(ToString::to_string).collect(),
            old_keys: report.old_keys.into_iter().map(old).collect(),
            pending: report.pending.map(pending),
            archives: report.archives.map(|archives| archives.iter().map(archive).collect()),
        }
    }
}
