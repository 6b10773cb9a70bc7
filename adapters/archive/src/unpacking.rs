//! Unpacks the bytes of an archive into items on a thread of its own: seal, format, limits.
//!
//! Does NOT compare hashes with a manifest and does NOT write files.

mod fault;

use crate::format::gzip_reader::GzReader;
use crate::format::members::{MemberKind, Members};
use crate::format::tar_reader::TarReader;
use crate::format::zip_reader::ZipReader;
use crate::format::zst_reader::ZstReader;
use crate::opening::{Looked, Opener, Packed, look};
use async_trait::async_trait;
use bytes::Bytes;
pub(crate) use fault::{sort_io, sort_member};
use loom_domain::archive::limits::{Limits, Watch};
use loom_domain::archive::{ArchiveFormat, ArchiveLock, Openers};
use loom_domain::ports::{ArchiveKind, ArchiveReader, Item, SourceError};
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Items waiting for the reader; with chunks of [`CHUNK_BYTES`] this bounds memory, not speed.
const QUEUED_ITEMS: usize = 8;
/// Bytes of one chunk: large enough that passing it on costs nothing, small enough to keep memory flat.
const CHUNK_BYTES: usize = 256 << 10;

/// `None` says that the archive was read to its very end.
type Piece = Result<Option<Item>, SourceError>;

/// An archive being unpacked. Dropping it stops the thread at the next item.
pub(crate) struct Unpacking {
    items: mpsc::Receiver<Piece>,
    kind: ArchiveKind,
    lock: Option<ArchiveLock>,
    consumed: Arc<AtomicU64>,
    total: Option<u64>,
    ended: bool,
}

impl Unpacking {
    /// Looks at the first bytes of `input` and starts to unpack it. `location` names it in errors, `total` is its
    /// size in bytes where that is known.
    pub(crate) async fn start<R: Read + Send + 'static>(
        input: R,
        location: String,
        total: Option<u64>,
        openers: &Openers,
        limits: Limits,
    ) -> Result<Self, SourceError> {
        let consumed = Arc::new(AtomicU64::new(0));
        let counted = Counted { inner: input, bytes: Arc::clone(&consumed) };
        let at = location.clone();
        // A pipe may stay silent for long: even the first bytes are waited for off the async threads.
        let (lock, packed) = match spawned(move || look(Box::new(counted), &at)).await? {
            Looked::Open(packed) => (None, packed),
            Looked::Closed(closed) => {
                let (lock, at) = (closed.lock(), location.clone());
                let opener = Opener::of(openers, &lock).await?;
                (Some(lock), spawned(move || closed.open(&opener, &at)).await?)
            }
        };
        let kind = match packed.format {
            ArchiveFormat::TarGz if packed.ours => ArchiveKind::Loom,
            ArchiveFormat::TarGz => ArchiveKind::TarGz,
            ArchiveFormat::TarZst => ArchiveKind::TarZst,
            ArchiveFormat::Zip => ArchiveKind::Zip,
        };
        let (pieces, items) = mpsc::channel(QUEUED_ITEMS);
        let stored = Arc::clone(&consumed);
        tokio::task::spawn_blocking(move || unpack(packed, &location, limits, &stored, &pieces));
        Ok(Self { items, kind, lock, consumed, total, ended: false })
    }
}

#[async_trait]
impl ArchiveReader for Unpacking {
    async fn next(&mut self) -> Result<Option<Item>, SourceError> {
        if self.ended {
            return Ok(None);
        }
        match self.items.recv().await {
            Some(Ok(Some(item))) => Ok(Some(item)),
            Some(Ok(None)) => {
                self.ended = true;
                Ok(None)
            }
            Some(Err(error)) => Err(error),
            // The thread is gone without a last word: never to be taken for the end of the archive.
            None => Err(stopped()),
        }
    }

    fn kind(&self) -> ArchiveKind {
        self.kind
    }

    fn lock(&self) -> Option<&ArchiveLock> {
        self.lock.as_ref()
    }

    fn position(&self) -> (u64, Option<u64>) {
        (self.consumed.load(Ordering::Relaxed), self.total)
    }
}

fn stopped() -> SourceError {
    SourceError::Unavailable {
        location: "archive".to_owned(),
        source: "unpacking stopped unexpectedly".into(),
    }
}

/// Runs `work` off the async threads.
async fn spawned<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SourceError> + Send + 'static,
) -> Result<T, SourceError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|_| Err(stopped()))
}

fn unpack(packed: Packed, location: &str, limits: Limits, stored: &AtomicU64, pieces: &mpsc::Sender<Piece>) {
    let last = match walk(packed, location, limits, stored, pieces) {
        Ok(()) => Ok(None),
        Err(Stop::Fault(error)) => Err(error),
        Err(Stop::ReaderGone) => return,
    };
    // Nobody listening is fine: the reader was dropped.
    let _ = pieces.blocking_send(last);
}

/// Why unpacking ended early.
enum Stop {
    Fault(SourceError),
    ReaderGone,
}

impl<E: Into<SourceError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Fault(error.into())
    }
}

fn walk(
    packed: Packed,
    location: &str,
    limits: Limits,
    stored: &AtomicU64,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), Stop> {
    let send = |item| pieces.blocking_send(Ok(Some(item))).map_err(|_| Stop::ReaderGone);
    let mut members = members(packed).map_err(|error| sort_io(location, error))?;
    let mut watch = Watch::new(limits);
    let mut unpacked = 0_u64;
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Some(member) = members.next().map_err(|error| sort_member(location, error))? {
        match member.kind {
            MemberKind::Directory => send(Item::Folder(watch.folder(&member.path)?))?,
            MemberKind::File => {
                let path = watch.file(&member.path, member.size)?;
                send(Item::File { path, bytes: member.size })?;
                loop {
                    let read =
                        members.read_chunk(&mut buffer).map_err(|error| sort_member(location, error))?;
                    if read == 0 {
                        break;
                    }
                    unpacked += read as u64;
                    watch.ratio(unpacked, stored.load(Ordering::Relaxed))?;
                    send(Item::Chunk(Bytes::copy_from_slice(&buffer[..read])))?;
                }
            }
        }
    }
    Ok(())
}

fn members(packed: Packed) -> io::Result<Box<dyn Members>> {
    Ok(match packed.format {
        ArchiveFormat::TarGz => Box::new(TarReader::new(GzReader::new(packed.input)?)),
        ArchiveFormat::TarZst => Box::new(TarReader::new(ZstReader::new(packed.input)?)),
        ArchiveFormat::Zip => Box::new(ZipReader::new(packed.input)),
    })
}

/// Counts the stored bytes as they are read.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
