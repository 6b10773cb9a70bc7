//! The walk through an archive: each member is hashed, and written or held where it is needed later.
//!
//! Does NOT compare anything with the manifest and does NOT judge databases.

use super::own_key::KeyFile;
use super::{ExamineError, Keep};
use crate::archive::agreement::FoundFile;
use crate::archive::layout::{CONFIG_NAME, FileFate, STATE_FOLDER, judge_file};
use crate::archive::limits::MANIFEST_NAME;
use crate::archive::{KeyFileKind, MemberPath, hex};
use crate::ports::{Item, StagingArea};
use bytes::{Bytes, BytesMut};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::PathBuf;
use zeroize::Zeroizing;

/// An archive being read.
pub(super) struct Walk<'a> {
    area: &'a mut dyn StagingArea,
    keep: Keep,
    current: Option<Current>,
    /// Files met, the manifest not among them.
    pub files: BTreeMap<MemberPath, FoundFile>,
    /// Folders met.
    pub folders: Vec<MemberPath>,
    /// Bytes of the manifest.
    pub manifest: Option<Vec<u8>>,
    /// The files with a master key, the one first that wins.
    pub key_files: BTreeMap<KeyFileKind, KeyFile>,
    /// Databases and where they were written.
    pub staged: Vec<(MemberPath, PathBuf)>,
}

/// The file that is coming in.
struct Current {
    path: MemberPath,
    announced: u64,
    bytes: u64,
    hash: Sha256,
    fate: Fate,
}

/// What becomes of a file. Undecided until enough of its beginning is known, for chunks may be of any size.
enum Fate {
    Undecided(BytesMut),
    Staged { is_database: bool },
    Hashed,
}

impl<'a> Walk<'a> {
    pub(super) fn new(area: &'a mut dyn StagingArea, keep: Keep) -> Self {
        Self {
            area,
            keep,
            current: None,
            files: BTreeMap::new(),
            folders: Vec::new(),
            manifest: None,
            key_files: BTreeMap::new(),
            staged: Vec::new(),
        }
    }

    pub(super) async fn item(&mut self, item: Item) -> Result<(), ExamineError> {
        match item {
            Item::Folder(path) => {
                self.end_file().await?;
                if self.keep == Keep::All && path.strip(STATE_FOLDER).is_some() {
                    self.area.folder(&path).await?;
                }
                self.folders.push(path);
                Ok(())
            }
            Item::File { path, bytes } => {
                self.end_file().await?;
                self.begin_file(path, bytes);
                Ok(())
            }
            Item::Chunk(chunk) => self.chunk(chunk).await,
        }
    }

    /// Ends the file that is coming in, if there is one. To be called once more after the last item.
    pub(super) async fn end_file(&mut self) -> Result<(), ExamineError> {
        if matches!(&self.current, Some(Current { fate: Fate::Undecided(_), .. })) {
            self.decide().await?;
        }
        let Some(Current { path, bytes, hash, fate, .. }) = self.current.take() else { return Ok(()) };
        if let Fate::Staged { is_database } = fate {
            let location = self.area.end_file().await?;
            if is_database {
                self.staged.push((path.clone(), location));
            }
        }
        if path.as_str() != MANIFEST_NAME {
            self.files.insert(path, FoundFile { bytes, sha256: hex(&hash.finalize()) });
        }
        Ok(())
    }

    fn begin_file(&mut self, path: MemberPath, announced: u64) {
        if path.as_str() == MANIFEST_NAME {
            self.manifest = Some(Vec::new());
        } else if let Some(kind) = key_file_kind(&path) {
            let fits = announced <= kind.max_bytes().into();
            // Room for all of it at once: a vector that grows would leave copies of the key behind.
            let room = || Zeroizing::new(Vec::with_capacity(kind.max_bytes().into()));
            self.key_files.insert(kind, if fits { KeyFile::Held(room()) } else { KeyFile::TooLong });
        }
        let fate = Fate::Undecided(BytesMut::new());
        self.current = Some(Current { path, announced, bytes: 0, hash: Sha256::new(), fate });
    }

    async fn chunk(&mut self, chunk: Bytes) -> Result<(), ExamineError> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.bytes += chunk.len() as u64;
        current.hash.update(&chunk);
        if current.path.as_str() == MANIFEST_NAME {
            self.manifest.get_or_insert_default().extend_from_slice(&chunk);
        } else if let Some(kind) = key_file_kind(&current.path)
            && let Some(KeyFile::Held(held)) = self.key_files.get_mut(&kind)
        {
            held.extend_from_slice(&chunk);
        }
        match &mut current.fate {
            Fate::Undecided(head) => {
                head.extend_from_slice(&chunk);
                if head.len() >= crate::archive::layout::HEAD_BYTES { self.decide().await } else { Ok(()) }
            }
            Fate::Staged { .. } => Ok(self.area.write(chunk).await?),
            Fate::Hashed => Ok(()),
        }
    }

    /// Decides on the file by its name and beginning, and writes the beginning where it belongs.
    async fn decide(&mut self) -> Result<(), ExamineError> {
        let Some(Current { path, announced, fate, .. }) = &mut self.current else { return Ok(()) };
        let Fate::Undecided(head) = std::mem::replace(fate, Fate::Hashed) else { return Ok(()) };
        let in_state = path.strip(STATE_FOLDER);
        let is_database = in_state.as_ref().is_some_and(|path| judge_file(path, &head) == FileFate::Snapshot);
        let wanted = match self.keep {
            Keep::Databases => is_database,
            Keep::All => in_state.is_some() || path.as_str() == CONFIG_NAME,
        };
        if wanted {
            self.area.begin_file(path, *announced).await?;
            *fate = Fate::Staged { is_database };
            if !head.is_empty() {
                self.area.write(head.freeze()).await?;
            }
        }
        Ok(())
    }
}

/// Which key file of the state a member is.
fn key_file_kind(path: &MemberPath) -> Option<KeyFileKind> {
    path.strip(STATE_FOLDER).as_ref().and_then(KeyFileKind::of)
}
