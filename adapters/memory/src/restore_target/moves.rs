//! The moves of a replacement: written down first, then carried out one after another.
//!
//! A journal that was begun is brought to its end, by this process or the next. Does NOT work out what to replace.

use super::{MemoryRestoreTarget, STAGE, UNDO, UndoSet};
use crate::scratch::Staged;
use crate::{MemoryDisk, Node};
use jiff::Timestamp;
use loom_domain::archive::layout::{INSTANCE_LOCK, WORK_PREFIX};
use loom_domain::archive::{KeyFileKind, MemberPath};
use loom_domain::ports::{TargetError, Undone};
use loom_domain::restore_plan::{Destination, LiveCopy, Swap};
use std::collections::{BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

/// Where an undo gathers the new undo set while the old one is in use.
const NEXT_UNDO: &str = ".loom-undo-next";

/// What is still to be done.
#[derive(Debug)]
pub(super) struct Journal {
    moves: VecDeque<Move>,
    /// The undo set once all is done.
    undo: UndoSet,
    /// Where key files go that lie in the undo set before alone.
    pub(super) kept: Vec<MemberPath>,
}

#[derive(Debug)]
enum Move {
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
    Folder(PathBuf),
    Put(PathBuf, Node),
}

impl Move {
    /// What it puts somewhere.
    fn node(&self, disk: &MemoryDisk) -> Option<Node> {
        match self {
            Self::Rename(from, _) => disk.node(from),
            Self::Put(_, node) => Some(node.clone()),
            Self::Remove(_) | Self::Folder(_) => None,
        }
    }

    fn carry_out(&self, disk: &MemoryDisk) {
        match self {
            Self::Remove(path) => drop(disk.remove(path)),
            Self::Rename(from, to) => drop(disk.rename(from, to)),
            Self::Folder(path) if disk.node(path).is_none() => disk.put(path, Node::Folder),
            Self::Folder(_) => {}
            Self::Put(path, node) => disk.put(path, node.clone()),
        }
    }
}

impl MemoryRestoreTarget {
    /// Works the moves of a swap out; refuses what stands in the way.
    pub(super) fn journal_of(&self, swap: &Swap, staged: &Staged) -> Result<Journal, TargetError> {
        let root = self.dir.root();
        let mut paths: BTreeSet<_> = swap.set_aside.iter().cloned().collect();
        let mut installs = Vec::new();
        let mut config = false;
        for install in &swap.install {
            let from = staged.location(&install.member);
            match (&install.to, &self.config) {
                (Destination::DataDir(path), _) => {
                    self.check_free(path)?;
                    paths.insert(path.clone());
                    installs.push(Move::Rename(from, root.join(path.as_str())));
                }
                (Destination::Config, Some(place)) => {
                    config = true;
                    installs.push(Move::Remove(beside(place)));
                    installs.push(Move::Rename(place.clone(), beside(place)));
                    installs.push(Move::Rename(from, place.clone()));
                }
                (Destination::Config, None) => return Err(self.unavailable("it has no config file")),
            }
        }
        for LiveCopy { from, to } in &swap.copies {
            if !paths.contains(to) && self.dir.disk().node(&root.join(to.as_str())).is_some() {
                let reason = "the name is needed for a key that is to be kept".to_owned();
                return Err(TargetError::Blocked { path: to.as_str().to_owned(), reason });
            }
            paths.insert(to.clone());
            installs.extend(self.copy(from, to));
        }
        let mut kept = Vec::new();
        for (from, to) in self.keys_of_undo_set(swap.at, &installs, &paths) {
            installs.insert(0, Move::Put(root.join(to.as_str()), from));
            kept.push(to.clone());
            paths.insert(to);
        }
        let mut moves = VecDeque::from([Move::Remove(root.join(UNDO)), Move::Folder(root.join(UNDO))]);
        for path in &paths {
            self.check_free(path)?;
            moves.push_back(Move::Rename(root.join(path.as_str()), root.join(UNDO).join(path.as_str())));
        }
        moves.extend(swap.folders.iter().map(|folder| Move::Folder(root.join(folder.as_str()))));
        moves.extend(installs);
        moves.push_back(Move::Remove(root.join(STAGE)));
        Ok(Journal { moves, undo: UndoSet { at: swap.at, paths, config }, kept })
    }

    /// Brings the state before the last replacement back; the data dir is held and nothing is interrupted.
    pub(super) fn undo_last(&self) -> Result<Undone, TargetError> {
        let undo = self.dir.lock().replacing.undo.clone();
        let Some(mut undo) = undo.filter(|_| self.dir.disk().node(self.dir.root()).is_some()) else {
            return Err(TargetError::NothingToUndo(self.name()));
        };
        let (root, disk) = (self.dir.root(), self.dir.disk());
        let exists = |folder: &Path, path: &MemberPath| disk.node(&folder.join(path.as_str())).is_some();
        let brought_back: Vec<_> =
            undo.paths.iter().filter(|path| exists(&root.join(UNDO), path)).cloned().collect();
        if brought_back.iter().any(|path| KeyFileKind::of(path).is_some()) {
            // Another kind of key file that was added since may beat the one that comes.
            let keys = KeyFileKind::all().filter_map(|kind| parse(kind.file_name()));
            undo.paths.extend(keys.filter(|path| exists(root, path)));
        }
        let set_aside: Vec<_> = undo.paths.iter().filter(|path| exists(root, path)).cloned().collect();

        let next = root.join(NEXT_UNDO);
        let mut moves = VecDeque::from([Move::Folder(next.clone())]);
        for path in &set_aside {
            moves.push_back(Move::Rename(root.join(path.as_str()), next.join(path.as_str())));
        }
        for path in &brought_back {
            moves.push_back(Move::Rename(root.join(UNDO).join(path.as_str()), root.join(path.as_str())));
        }
        for LiveCopy { from, to } in self.replaced_keys(&undo) {
            moves.extend(self.copy(&from, &to));
            undo.paths.insert(to);
        }
        moves.extend([Move::Remove(root.join(UNDO)), Move::Rename(next, root.join(UNDO))]);
        if let (true, Some(place)) = (undo.config, &self.config) {
            let aside = place.with_extension("swapping");
            moves.push_back(Move::Rename(place.clone(), aside.clone()));
            moves.push_back(Move::Rename(beside(place), place.clone()));
            moves.push_back(Move::Rename(aside, beside(place)));
        }
        let undone = Undone {
            replaced_at: undo.at,
            brought_back,
            set_aside,
            not_kept: Vec::new(),
            config_stays: None,
        };
        self.begin(Journal { moves, undo, kept: Vec::new() })?;
        self.run_journal()?;
        Ok(undone)
    }

    /// Key files that an undo replaces by others, and that no earlier key is a copy of.
    fn replaced_keys(&self, undo: &UndoSet) -> Vec<LiveCopy> {
        let (root, disk) = (self.dir.root(), self.dir.disk());
        let comes = |path: &&MemberPath| disk.node(&root.join(UNDO).join(path.as_str())).is_some();
        if !undo.paths.iter().filter(comes).any(|path| KeyFileKind::of(path).is_some()) {
            return Vec::new();
        }
        let copy = |kind: KeyFileKind| {
            let from = parse(kind.file_name()).filter(|path| undo.paths.contains(path))?;
            let live = disk.read(&root.join(from.as_str()))?;
            // There after the undo: what lies in the undo set, and what it does not touch.
            let holds_it = |path: &MemberPath| {
                let folder = if undo.paths.contains(path) { root.join(UNDO) } else { root.to_owned() };
                disk.read(&folder.join(path.as_str())).as_ref() == Some(&live)
            };
            let is_old = |path: &MemberPath| KeyFileKind::of_old(path.as_str()) == Some(kind);
            let names = self.dir.files().into_keys().filter_map(|name| parse(&name));
            if holds_it(&from) || names.chain(undo.paths.clone()).any(|path| is_old(&path) && holds_it(&path))
            {
                return None;
            }
            let mut names = kind.old_names(undo.at).filter_map(|name| parse(&name));
            let to = names.find(|name| disk.node(&root.join(name.as_str())).is_none())?;
            Some(LiveCopy { from, to })
        };
        KeyFileKind::all().filter_map(copy).collect()
    }

    /// Key files of the undo set that lie nowhere else: neither where a restore puts one, nor at a live path that is none
    /// of `touched`.
    fn keys_of_undo_set(
        &self,
        at: Timestamp,
        installs: &[Move],
        touched: &BTreeSet<MemberPath>,
    ) -> Vec<(Node, MemberPath)> {
        let (root, disk) = (self.dir.root(), self.dir.disk());
        let kind_of = |path: &MemberPath| KeyFileKind::of(path).or(KeyFileKind::of_old(path.as_str()));
        let mut there: Vec<_> = installs.iter().filter_map(|install| install.node(disk)).collect();
        let live = self.dir.files().into_keys().filter(|name| !name.starts_with(WORK_PREFIX));
        let live = live.filter(|name| touched.iter().all(|path| path.as_str() != name));
        there.extend(live.filter_map(|name| disk.node(&root.join(name))));
        let mut found: Vec<(Node, MemberPath)> = Vec::new();
        let undo = self.dir.lock().replacing.undo.clone();
        for (path, kind) in undo.iter().flat_map(|undo| &undo.paths).filter_map(|p| Some((p, kind_of(p)?))) {
            let Some(node) = disk.node(&root.join(UNDO).join(path.as_str())) else { continue };
            let is_free = |name: &MemberPath| {
                disk.node(&root.join(name.as_str())).is_none()
                    && !touched.contains(name)
                    && found.iter().all(|(_, to)| to != name)
            };
            let name = kind.old_names(at).filter_map(|name| parse(&name)).find(is_free);
            if let Some(to) = name.filter(|_| !there.contains(&node)) {
                there.push(node.clone());
                found.push((node, to));
            }
        }
        found
    }

    /// The move that makes a copy of a live file as it is now.
    fn copy(&self, from: &MemberPath, to: &MemberPath) -> Option<Move> {
        let node = self.dir.disk().node(&self.dir.root().join(from.as_str()))?;
        Some(Move::Put(self.dir.root().join(to.as_str()), node))
    }

    /// Writes the journal down: the point of no return.
    pub(super) fn begin(&self, journal: Journal) -> Result<(), TargetError> {
        self.step()?;
        self.dir.lock().replacing.journal = Some(journal);
        Ok(())
    }

    /// Carries out what a journal still holds, if there is one.
    pub(super) fn run_journal(&self) -> Result<(), TargetError> {
        loop {
            let mut shared = self.dir.lock();
            let Some(journal) = &mut shared.replacing.journal else { return Ok(()) };
            self.step()?;
            match journal.moves.pop_front() {
                Some(next) => next.carry_out(self.dir.disk()),
                None => {
                    shared.replacing.undo = Some(journal.undo.clone());
                    shared.replacing.journal = None;
                }
            }
        }
    }

    /// Whether a file can be put or moved at `path`.
    fn check_free(&self, path: &MemberPath) -> Result<(), TargetError> {
        let blocked = |reason: &str| {
            Err(TargetError::Blocked { path: path.as_str().to_owned(), reason: reason.to_owned() })
        };
        if path.as_str() == INSTANCE_LOCK
            || path.as_str().split('/').any(|part| part.starts_with(WORK_PREFIX))
        {
            return blocked("the name is kept for this program's own work");
        }
        let location = self.dir.root().join(path.as_str());
        if self.dir.disk().node(&location) == Some(Node::Folder) {
            return blocked("it is a folder");
        }
        let above = location.ancestors().skip(1).take_while(|above| *above != self.dir.root());
        let file_above = above
            .into_iter()
            .any(|above| self.dir.disk().node(above).is_some_and(|node| node != Node::Folder));
        if file_above { blocked("a folder above it is a file") } else { Ok(()) }
    }
}

fn parse(name: &str) -> Option<MemberPath> {
    MemberPath::parse(name.as_bytes()).ok()
}

/// Where a replaced config file is kept.
fn beside(config: &Path) -> PathBuf {
    let mut name = config.as_os_str().to_owned();
    name.push(".before-restore");
    name.into()
}
