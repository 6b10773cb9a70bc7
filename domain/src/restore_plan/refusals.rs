//! Why a restore must not be carried out as things are: the reasons, and when each holds.
//!
//! Does NOT look at anything: it goes by what was surveyed and examined.

use super::{Beside, Consents, Destination, Survey, Swap, in_state};
use crate::archive::MemberPath;
use crate::archive::layout::MAIN_DATABASE;
use crate::usecases::{Examined, ExaminedDatabase};
use std::collections::BTreeSet;

/// Why a plan must not be carried out as things are.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// The archive is not what it says.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// The state would be replaced; known before the archive is read.
    #[error(
        "`{0}` exists; use --force to replace it\nhint: what is replaced can be brought back with `backup undo-restore`"
    )]
    StateExists(String),
    /// Another database, or a key, would be replaced.
    #[error(
        "`{0}` exists; use --force to replace it\nhint: what is replaced can be brought back with `backup undo-restore`"
    )]
    Exists(String),
    /// Something stands where a file or a folder must go.
    #[error("`{path}` is in the way: {reason}\nhint: move it away, then run the command again")]
    Blocked {
        /// Its place.
        path: String,
        /// What it is.
        reason: &'static str,
    },
    /// Somebody uses the data dir.
    #[error("data dir `{dir}` is in use by {by}\nhint: stop it first, then run the command again")]
    InUse {
        /// The data dir.
        dir: String,
        /// Who, with the pid where it is known.
        by: String,
    },
    /// A swap waits to be brought to its end first.
    #[error(
        "a restore was interrupted in `{0}` while it replaced files\nhint: the next `restore`, `undo-restore` or `create` brings it to its end"
    )]
    Interrupted(String),
    /// The schema is newer than this program knows.
    #[error(
        "database `{member}` has schema {lineage} {version}, newer than this binary supports ({known})\nhint: use a newer version, or pass --allow-newer-schema"
    )]
    NewerSchema {
        /// The database.
        member: MemberPath,
        /// Who numbers it.
        lineage: &'static str,
        /// Its version.
        version: i64,
        /// The highest version known.
        known: i64,
    },
    /// Sealed values would stay shut.
    #[error(
        "no master key opens {unreadable} of {total} sealed values ({places}): {why}\nhint: set OPENCCU_LOOM_SECRET_KEY, name the key with --key-file, or pass --allow-unreadable-secrets and enter these secrets anew"
    )]
    UnreadableSecrets {
        /// Why, and where the right key is if that is known.
        why: String,
        /// How many stay shut.
        unreadable: u64,
        /// How many there are.
        total: u64,
        /// Where, the first few.
        places: String,
    },
}

/// What a restore refuses before it reads an archive.
pub fn refused_unread(survey: &Survey, consents: Consents) -> Vec<Refusal> {
    let exists = survey.files.keys().any(|path| path.as_str() == MAIN_DATABASE);
    let exists = exists && !consents.overwrite;
    let exists = exists.then(|| Refusal::StateExists(format!("{}/{MAIN_DATABASE}", survey.dir)));
    let interrupted = survey.interrupted.then(|| Refusal::Interrupted(survey.dir.clone()));
    let in_use = |by| Refusal::InUse { dir: survey.dir.clone(), by };
    let in_use = survey.in_use_by.clone().map(in_use);
    exists.into_iter().chain(interrupted).chain(in_use).collect()
}

/// All that speaks against a plan; `lost` is a live file it replaces that needs consent, if there is one.
pub(super) fn refusals(
    examined: &Examined,
    survey: &Survey,
    consents: Consents,
    swap: &Swap,
    lost: Option<&MemberPath>,
) -> Vec<Refusal> {
    let mut refusals: Vec<_> = examined.damage().into_iter().map(Refusal::Damaged).collect();
    let unread = refused_unread(survey, consents);
    let exists = |path| Refusal::Exists(format!("{}/{path}", survey.dir));
    if !unread.iter().any(|refusal| matches!(refusal, Refusal::StateExists(_))) {
        refusals.extend(lost.filter(|_| !consents.overwrite).map(exists));
    }
    refusals.extend(unread);
    refusals.extend(blocked(survey, swap));
    if !consents.newer_schema {
        // Other databases count their versions by rules of their own.
        let main = |database: &&ExaminedDatabase| is_main(&database.member);
        refusals.extend(examined.databases.iter().filter(main).filter_map(|database| {
            let facts = database.verdict.facts.as_ref().filter(|facts| facts.is_newer_than_known())?;
            Some(Refusal::NewerSchema {
                member: database.member.clone(),
                lineage: facts.lineage.as_str(),
                version: facts.schema_version?,
                known: facts.lineage.highest_known()?,
            })
        }));
    }
    let tally = &examined.sealed;
    if tally.unreadable > 0 && !consents.unreadable_secrets {
        refusals.push(Refusal::UnreadableSecrets {
            why: why_unreadable(examined),
            unreadable: tally.unreadable,
            total: tally.total,
            places: tally.unreadable_places.join(", "),
        });
    }
    refusals
}

/// What the survey knows to stand in the way. A mount, or a folder nobody may write, shows when files are moved.
fn blocked(survey: &Survey, swap: &Swap) -> Vec<Refusal> {
    let refusal =
        |path: &MemberPath, reason| Refusal::Blocked { path: format!("{}/{path}", survey.dir), reason };
    let is_folder = |path: &&MemberPath| survey.beside.get(*path) == Some(&Beside::Folder);
    let is_other = |path: &MemberPath| {
        survey.files.contains_key(path)
            || survey.beside.get(path).is_some_and(|beside| *beside != Beside::Folder)
    };
    let places = swap.install.iter().filter_map(|install| match &install.to {
        Destination::DataDir(path) => Some(path),
        Destination::Config => None,
    });
    let left_out = places.clone().filter(|path| survey.beside.get(*path) == Some(&Beside::File));
    let left_out = left_out
        .map(|path| refusal(path, "a backup leaves it out, and the archive holds a database for its place"));
    let needed: BTreeSet<_> = places.flat_map(folders_above).chain(swap.folders.iter().cloned()).collect();
    let folders = swap.set_aside.iter().filter(is_folder);
    let folders = folders.map(|path| refusal(path, "it is a folder where a file must go"));
    let others = needed.iter().filter(|path| is_other(path));
    let others = others.map(|path| refusal(path, "it is no folder where one is needed"));
    folders.chain(left_out).chain(others).collect()
}

fn why_unreadable(examined: &Examined) -> String {
    let mut why = examined.sealed.why_in_words();
    why.extend(examined.bad_key_file.clone());
    why.extend(examined.better_key.as_ref().map(|key| match &examined.key {
        Some(tried) => {
            format!("the key from {} opens them, and that from {} is asked first", key.source, tried.source)
        }
        None => format!("the key from {} opens them", key.source),
    }));
    why.join("; ")
}

fn is_main(member: &MemberPath) -> bool {
    in_state(member, MAIN_DATABASE)
}

/// The folders above a path.
fn folders_above(path: &MemberPath) -> impl Iterator<Item = MemberPath> {
    let text = path.as_str();
    let ends = text.match_indices('/').map(|(at, _)| &text[..at]);
    ends.filter_map(|folder| MemberPath::parse(folder.as_bytes()).ok())
}
