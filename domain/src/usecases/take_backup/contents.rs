//! The contents of a backup: the data dir walked once, every entry sorted by `archive::layout`.
//!
//! Does NOT read files beyond their first bytes.

use crate::archive::MemberPath;
use crate::archive::layout::{
    ENV_FILE_REASON, FileFate, HEAD_BYTES, MAIN_DATABASE, NO_BACKUP_MARKER, judge_closed_folder, judge_file,
    judge_folder, sidecars_of,
};
use crate::archive::manifest::LeftOut;
use crate::ports::{DataDirFiles, Entry, EntryKind, FilesError};
use std::collections::BTreeSet;

/// What one walk found, each list in the order of names.
#[derive(Debug, Default)]
pub(super) struct Contents {
    /// Databases to snapshot; the main one is first, also if it is missing.
    pub databases: Vec<MemberPath>,
    /// Files to copy.
    pub files: Vec<MemberPath>,
    /// Their bytes, about.
    pub file_bytes: u64,
    /// Folders, so that empty ones come back too.
    pub folders: Vec<MemberPath>,
    /// What is left out on purpose and worth telling.
    pub left_out: Vec<LeftOut>,
}

impl Contents {
    /// Walks the data dir.
    pub(super) async fn survey(files: &dyn DataDirFiles) -> Result<Self, FilesError> {
        let mut contents = Self::default();
        contents.databases.push(MemberPath::parse(MAIN_DATABASE.as_bytes())?);
        // Folders still to be listed; a stack instead of recursion, for async and for deep trees.
        let mut pending = vec![None];
        while let Some(folder) = pending.pop() {
            if let Some(folder) = &folder
                && let Some(reason) = judge_folder(folder, false)
            {
                contents.leave_out(folder, reason);
                continue;
            }
            let listed = files.list(folder.as_ref()).await;
            if let Err(FilesError::Vanished(_)) = listed {
                continue;
            }
            if let Some(folder) = folder {
                if let Err(FilesError::Unreadable { .. }) = listed
                    && let Some(reason) = judge_closed_folder(&folder)
                {
                    contents.leave_out(&folder, reason);
                    continue;
                }
                let marked = match &listed {
                    Ok(entries) => entries.iter().any(|entry| entry.path.file_name() == NO_BACKUP_MARKER),
                    // The marker is the way out for names no archive can hold.
                    Err(FilesError::BadName(_)) => exists(files, &folder.join(NO_BACKUP_MARKER)?).await,
                    Err(_) => false,
                };
                if let Some(reason) = judge_folder(&folder, marked) {
                    contents.leave_out(&folder, reason);
                    continue;
                }
                contents.folders.push(folder);
            }
            for entry in listed? {
                contents.sort(files, entry, &mut pending).await?;
            }
        }
        contents.drop_sidecars();
        contents.databases[1..].sort();
        contents.files.sort();
        contents.folders.sort();
        contents.left_out.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(contents)
    }

    async fn sort(
        &mut self,
        files: &dyn DataDirFiles,
        Entry { path, kind }: Entry,
        pending: &mut Vec<Option<MemberPath>>,
    ) -> Result<(), FilesError> {
        match kind {
            EntryKind::Folder => pending.push(Some(path)),
            EntryKind::Other(what) => self.leave_out(&path, &format!("is a {what}")),
            EntryKind::File(bytes) => {
                let head = match files.head(&path, HEAD_BYTES).await {
                    Err(FilesError::Vanished(_)) => return Ok(()),
                    head => head?,
                };
                match judge_file(&path, &head) {
                    FileFate::Snapshot if path.as_str() == MAIN_DATABASE => {}
                    FileFate::Snapshot => self.databases.push(path),
                    FileFate::Archive => self.leave_out(&path, "is an archive"),
                    FileFate::Variables => self.leave_out(&path, ENV_FILE_REASON),
                    FileFate::Internal => {}
                    FileFate::Copy => {
                        self.files.push(path);
                        self.file_bytes += bytes;
                    }
                }
            }
        }
        Ok(())
    }

    /// A database may have any name, and so may its journals: put in place beside a snapshot, one would be replayed into it.
    fn drop_sidecars(&mut self) {
        let sidecars: BTreeSet<_> = self.databases.iter().flat_map(sidecars_of).collect();
        self.files.retain(|path| !sidecars.contains(path));
    }

    /// Leaves out the files that `which` picks.
    pub(super) fn leave_out_files(&mut self, which: impl Fn(&MemberPath) -> bool, reason: &str) {
        let (out, files): (Vec<_>, _) = std::mem::take(&mut self.files).into_iter().partition(which);
        self.files = files;
        out.iter().for_each(|path| self.leave_out(path, reason));
    }

    fn leave_out(&mut self, path: &MemberPath, reason: &str) {
        if path.file_name().starts_with(crate::archive::layout::WORK_PREFIX) {
            return;
        }
        self.left_out.push(LeftOut { path: path.as_str().to_owned(), reason: reason.to_owned() });
    }
}

async fn exists(files: &dyn DataDirFiles, path: &MemberPath) -> bool {
    files.head(path, 0).await.is_ok()
}
