//! The restore plan: what a restore would check, put in place, set aside and keep, worked out before anything is touched.
//!
//! Does NOT read archives or write files; `usecases::restore_archive` carries a plan out.

mod key_notes;
mod live_keys;
mod refusals;

pub use key_notes::of_the_environment as note_of_env_alone;
pub use refusals::{Refusal, refused_unread};

use crate::archive::layout::{
    CONFIG_NAME, ENV_FILE, ENV_FILE_REASON, FileFate, STATE_FOLDER, WORK_PREFIX, judge_file, sidecars_of,
};
use crate::archive::{KeyFileKind, KnownKeys, MemberPath, SchemaLineage};
use crate::usecases::Examined;
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What a data dir holds before a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// The data dir, for people.
    pub dir: String,
    /// Its files by path, without this program's working files and without what an archive never holds.
    pub files: BTreeMap<MemberPath, Present>,
    /// What else stands there, by path: folders, and what an archive never holds. Not this program's working files.
    pub beside: BTreeMap<MemberPath, Beside>,
    /// Who uses it right now, if somebody does.
    pub in_use_by: Option<String>,
    /// Whether a swap has begun, was interrupted and waits to be brought to its end. Leftovers of an unpacking that died
    /// are none.
    pub interrupted: bool,
    /// Whether the config file a restore would write exists; `None` where none was named.
    pub config_exists: Option<bool>,
}

/// What a file of the data dir is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Present {
    /// A SQLite database, or a file in the main database's place.
    Database,
    /// Anything else.
    File,
    /// A key file whose content whoever restores may not read.
    Closed,
}

/// What stands in a data dir beside the files an archive could hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Beside {
    /// A folder.
    Folder,
    /// A file that no archive holds: a stored CCU backup, an archive, whatever lies in a folder that holds `.nobackup`.
    File,
    /// Neither, such as a socket or a link to a folder.
    Other,
}

/// What the operator agreed to beforehand. Three different things, three switches.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Consents {
    /// Replace an existing state (`--force`).
    pub overwrite: bool,
    /// Accept a schema newer than this program knows (`--allow-newer-schema`).
    pub newer_schema: bool,
    /// Accept sealed values no key at hand opens (`--allow-unreadable-secrets`).
    pub unreadable_secrets: bool,
}

/// The files to put in place and to set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Swap {
    /// When the plan was made; names the undo set.
    pub at: Timestamp,
    /// Staged members and where they go.
    pub install: Vec<Install>,
    /// Folders to create where they are missing.
    pub folders: Vec<MemberPath>,
    /// Live files to move into the undo set, where they exist: replaced ones, sidecars of replaced databases, and
    /// databases the archive does not hold, which would mix two instants.
    pub set_aside: Vec<MemberPath>,
    /// Live files of which a copy, made before anything is moved, is put in place too: keys that must not lie in the undo
    /// set alone, and an earlier one that becomes the key again.
    pub copies: Vec<LiveCopy>,
}

/// A copy of a live file, in the data dir like itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveCopy {
    /// The file.
    pub from: MemberPath,
    /// Where its copy goes; nothing lies there that is not set aside.
    pub to: MemberPath,
}

/// One staged member and where it goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    /// Name of the staged member.
    pub member: MemberPath,
    /// Where it goes.
    pub to: Destination,
}

/// Where a member goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// A path in the data dir.
    DataDir(MemberPath),
    /// The config file that was named.
    Config,
}

/// A restore, worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestorePlan {
    /// The data dir.
    pub dir: String,
    /// What will happen to files.
    pub swap: Swap,
    /// Live files that exist and will be replaced or set aside.
    pub replaced: Vec<MemberPath>,
    /// Live files the archive does not hold and that stay.
    pub kept: Vec<MemberPath>,
    /// What the operator should know.
    pub notes: Vec<String>,
    /// Why it must not be carried out; empty means it may.
    pub refusals: Vec<Refusal>,
}

impl RestorePlan {
    /// Works the plan out. Pure: the same facts give the same plan. `keys` are those in the files of the data dir;
    /// `env_files` are files of variables in it, beside `.env`.
    pub fn work_out(
        examined: &Examined,
        survey: &Survey,
        keys: &KnownKeys,
        env_files: &[MemberPath],
        consents: Consents,
        now: Timestamp,
    ) -> Self {
        let mut install = Vec::new();
        let mut notes = Vec::new();
        let sidecars: BTreeSet<_> =
            examined.databases.iter().flat_map(|database| sidecars_of(&database.member)).collect();
        for member in examined.files.keys() {
            if is_working_name(member) || sidecars.contains(member) {
                notes.push(format!(
                    "member `{member}` stays in the archive: it is a working file of a program"
                ));
            } else if in_state(member, ENV_FILE)
                || env_files.iter().any(|file| in_state(member, file.as_str()))
            {
                notes.push(format!("member `{member}` stays in the archive: {ENV_FILE_REASON}"));
            } else if let Some(path) = member.strip(STATE_FOLDER)
                && survey.beside.get(&path) == Some(&Beside::File)
                // Without one of its databases a state would be of two instants: that refuses.
                && !examined.databases.iter().any(|database| database.member == *member)
            {
                // The undo set of the next restore would be the end of it, and nobody was asked.
                notes.push(format!(
                    "member `{member}` stays in the archive: `{path}` is there, and a restore replaces nothing that a backup leaves out"
                ));
            } else if let Some(path) = member.strip(STATE_FOLDER) {
                install.push(Install { member: member.clone(), to: Destination::DataDir(path) });
            } else if member.as_str() == CONFIG_NAME && survey.config_exists.is_some() {
                install.push(Install { member: member.clone(), to: Destination::Config });
            } else {
                notes.push(format!("member `{member}` stays in the archive"));
            }
        }
        let folders = examined.folders.iter().filter(|folder| !is_working_name(folder));
        let folders = folders.filter_map(|folder| folder.strip(STATE_FOLDER)).collect();
        let brought_back = live_keys::brought_back(examined, keys);
        let incoming = examined.own_key.as_ref().or(brought_back.as_ref().map(|(_, key)| *key));
        let mut copies = Vec::from_iter(brought_back.as_ref().map(|(copy, _)| copy.clone()));
        let set_aside = set_aside(&install, &copies, survey);
        let mut swap = Swap { at: now, set_aside, install, folders, copies: Vec::new() };
        let is_there = |path: &&MemberPath| {
            survey.files.contains_key(*path) || survey.beside.get(*path) == Some(&Beside::Other)
        };
        let replaced: Vec<_> = swap.set_aside.iter().filter(is_there).cloned().collect();
        // `set_aside` is sorted.
        let stays = |path: &&MemberPath| swap.set_aside.binary_search(path).is_err();
        let kept = survey.files.keys().filter(stays).cloned().collect();
        // Databases and another key are state; the same key once more replaces nothing, and other files only matter with
        // them. All of it goes into the undo set.
        let same_key = incoming.is_some() && incoming == keys.present.as_ref();
        let is_state = |path: &&MemberPath| match path.as_str() {
            _ if KeyFileKind::of(path).is_some() => !same_key,
            _ => survey.files.get(*path) == Some(&Present::Database),
        };
        let lost = replaced.iter().find(is_state);
        let is_taken = |path: &MemberPath| swap.set_aside.binary_search(path).is_ok();
        let kept_keys = live_keys::kept(examined, &replaced, survey, keys, now, is_taken);
        notes.extend(key_notes::of(examined, survey, keys, &replaced, brought_back.as_ref(), &kept_keys));
        copies.extend(kept_keys);
        swap.copies = copies;
        if survey.config_exists == Some(true) && swap.install.iter().any(|i| i.to == Destination::Config) {
            notes.push("the config file is replaced; the old one is kept beside it".to_owned());
        }
        if swap.install.iter().any(|i| i.to == Destination::Config || in_state(&i.member, CONFIG_NAME)) {
            notes.push(format!(
                "`config.yaml` comes out of the archive, and says where a daemon's data dir is, where it looks for its master key, who unwraps one and for whom archives are sealed: look at `data_dir`, `backends.keys`, `keys` and `state_backups` in it before the daemon starts; with another `data_dir` than `{}` it would not find this state",
                survey.dir
            ));
        }
        notes.extend(examined.bad_key_file.iter().cloned());
        notes.extend(examined.orphans());
        Self {
            dir: survey.dir.clone(),
            refusals: refusals::refusals(examined, survey, consents, &swap, lost),
            swap,
            replaced,
            kept,
            notes,
        }
    }
}

/// Files the swap moves away: what is replaced, every other live database, the sidecars of both, and live key files beside
/// one that comes: a daemon would search them in an order of its own.
fn set_aside(install: &[Install], copies: &[LiveCopy], survey: &Survey) -> Vec<MemberPath> {
    let installed = install.iter().filter_map(|install| match &install.to {
        Destination::DataDir(path) => Some(path.clone()),
        Destination::Config => None,
    });
    let databases =
        survey.files.iter().filter(|(_, kind)| **kind == Present::Database).map(|(path, _)| path.clone());
    let copied = copies.iter().map(|copy| copy.to.clone());
    let mut paths: Vec<_> = installed.chain(copied).chain(databases).collect();
    if paths.iter().any(|path| KeyFileKind::of(path).is_some()) {
        paths.extend(survey.files.keys().filter(|path| KeyFileKind::of(path).is_some()).cloned());
    }
    let sidecars: Vec<_> = paths.iter().flat_map(sidecars_of).collect();
    paths.extend(sidecars);
    paths.sort();
    paths.dedup();
    paths
}

/// Whether the member is the file `path` of the data dir.
fn in_state(member: &MemberPath, path: &str) -> bool {
    member.strip(STATE_FOLDER).is_some_and(|stripped| stripped.as_str() == path)
}

/// Go daemons archive such files too. Put in place, one would be replayed into a database or taken for the work of a
/// restore; as nobody needs it, it is no reason to refuse the rest.
fn is_working_name(member: &MemberPath) -> bool {
    member.strip(STATE_FOLDER).is_some_and(|path| {
        judge_file(&path, b"") == FileFate::Internal
            || path.as_str().split('/').any(|part| part.starts_with(WORK_PREFIX))
    })
}

/// The words for a schema, such as `loom 100`.
pub fn schema_words(lineage: SchemaLineage, version: Option<i64>) -> String {
    match version {
        Some(version) => format!("{} {version}", lineage.as_str()),
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests;
