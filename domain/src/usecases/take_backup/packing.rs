//! An archive being filled: every member is judged, hashed and listed on its way into the staging.
//!
//! Does NOT commit and does NOT choose what goes in.

use super::TakeBackupError;
use crate::archive::limits::{Hostile, Limits, Watch};
use crate::archive::manifest::{ListedDatabase, ListedFile};
use crate::archive::{MemberPath, hex};
use crate::ports::{Content, FilesError, Item, MAX_CHUNK_BYTES, Progress, Snapshot, Staging};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// An archive being filled: every file is hashed on its way into the staging.
pub(super) struct Packing<'a> {
    pub staging: Box<dyn Staging>,
    /// Judges like the reader will: an archive that cannot be restored must not come to be.
    pub watch: Watch,
    pub files: BTreeMap<MemberPath, ListedFile>,
    pub progress: &'a dyn Progress,
    pub done: u64,
}

impl<'a> Packing<'a> {
    pub(super) fn new(staging: Box<dyn Staging>, progress: &'a dyn Progress) -> Self {
        Self { staging, watch: Watch::new(Limits::default()), files: BTreeMap::new(), progress, done: 0 }
    }

    /// Packs snapshots, each as the member it is named with.
    pub(super) async fn databases(
        &mut self,
        snapshots: Vec<(MemberPath, Snapshot)>,
    ) -> Result<Vec<ListedDatabase>, TakeBackupError> {
        let mut databases = Vec::new();
        for (member, Snapshot { facts, bytes, content, .. }) in snapshots {
            self.file(&member, bytes, content).await?;
            databases.push(ListedDatabase { member, facts });
        }
        Ok(databases)
    }

    pub(super) async fn file(
        &mut self,
        path: &MemberPath,
        bytes: u64,
        mut content: Box<dyn Content>,
    ) -> Result<(), TakeBackupError> {
        self.allows(path.as_str(), bytes)?;
        self.staging.push(Item::File { path: path.clone(), bytes }).await?;
        let mut hash = Sha256::new();
        while let Some(chunk) = content.next_chunk().await? {
            hash.update(&chunk);
            self.done += chunk.len() as u64;
            self.staging.push(Item::Chunk(chunk)).await?;
            self.progress.reached(self.done);
        }
        self.list(path.clone(), bytes, &hash.finalize());
        Ok(())
    }

    pub(super) async fn bytes(&mut self, name: &str, mut body: Bytes) -> Result<(), TakeBackupError> {
        let path = MemberPath::parse(name.as_bytes()).map_err(FilesError::BadName)?;
        let bytes = body.len() as u64;
        self.allows(name, bytes)?;
        self.staging.push(Item::File { path: path.clone(), bytes }).await?;
        let digest = Sha256::digest(&body);
        while !body.is_empty() {
            let chunk = body.split_to(body.len().min(MAX_CHUNK_BYTES));
            self.staging.push(Item::Chunk(chunk)).await?;
        }
        self.list(path, bytes, &digest);
        Ok(())
    }

    pub(super) async fn folder(&mut self, path: MemberPath) -> Result<(), TakeBackupError> {
        self.watch.folder(path.as_str().as_bytes()).map_err(too_much)?;
        Ok(self.staging.push(Item::Folder(path)).await?)
    }

    pub(super) fn allows(&mut self, name: &str, bytes: u64) -> Result<(), TakeBackupError> {
        self.watch.file(name.as_bytes(), bytes).map(drop).map_err(too_much)
    }

    fn list(&mut self, path: MemberPath, bytes: u64, digest: &[u8]) {
        self.files.insert(path, ListedFile { bytes: Some(bytes), sha256: hex(digest) });
    }
}

/// The reader's refusal in the words of the writer.
fn too_much(refusal: Hostile) -> TakeBackupError {
    TakeBackupError::TooMuch(match refusal {
        Hostile::TooMany(limit) => format!("more than {limit} files and folders"),
        Hostile::TooLongPaths(limit) => format!("more than {limit} bytes of names"),
        Hostile::TooLarge { member, limit } => format!("`{member}` brings the total over {limit} bytes"),
        Hostile::ManifestTooLarge { bytes, limit } => {
            format!("so many files that the manifest has {bytes} bytes, {limit} are allowed")
        }
        other => other.to_string(),
    })
}
