//! Unpacks the bytes of an archive into items on a thread of its own: container, gzip, tar, limits.
//!
//! Does NOT compare hashes with a manifest and does NOT write files.

mod fault;

use crate::format::detect::{DetectError, Kind, detect};
use crate::format::gzip_reader::GzReader;
use crate::format::sealed_reader::SealedReader;
use crate::format::tar_reader::{MemberKind, TarReader};
use async_trait::async_trait;
use bytes::Bytes;
pub(crate) use fault::{sort_io, sort_tar};
use loom_domain::archive::limits::{Limits, Watch};
use loom_domain::archive::{ArchiveLock, Openers};
use loom_domain::ports::{ArchiveKind, ArchiveReader, Item, SourceError};
use std::io::Read;
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
        let detected = tokio::task::spawn_blocking(move || {
            detect(counted).map_err(|error| match error {
                DetectError::Io(error) => sort_io(&at, error),
                other => SourceError::Foreign(format!("`{at}` is {other}")),
            })
        });
        let (kind, whole) = detected.await.unwrap_or_else(|_| Err(stopped()))?;
        let (pieces, items) = mpsc::channel(QUEUED_ITEMS);
        let packed = Arc::clone(&consumed);
        let (kind, lock) = match (kind, openers.master_keys.first()) {
            (Kind::Sealed, None) => return Err(SourceError::KeyNeeded),
            (Kind::Sealed, Some(key)) => {
                let sealed = SealedReader::new(whole, key.bytes());
                tokio::task::spawn_blocking(move || unpack(sealed, &location, limits, &packed, &pieces));
                (ArchiveKind::TarGz, Some(ArchiveLock::MasterKey))
            }
            (gzip, _) => {
                tokio::task::spawn_blocking(move || unpack(whole, &location, limits, &packed, &pieces));
                (if gzip == Kind::LoomGzip { ArchiveKind::Loom } else { ArchiveKind::TarGz }, None)
            }
        };
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

fn unpack<R: Read + Send + 'static>(
    input: R,
    location: &str,
    limits: Limits,
    packed: &AtomicU64,
    pieces: &mpsc::Sender<Piece>,
) {
    let last = match walk(input, location, limits, packed, pieces) {
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

fn walk<R: Read + Send + 'static>(
    input: R,
    location: &str,
    limits: Limits,
    packed: &AtomicU64,
    pieces: &mpsc::Sender<Piece>,
) -> Result<(), Stop> {
    let send = |item| pieces.blocking_send(Ok(Some(item))).map_err(|_| Stop::ReaderGone);
    let gzip = GzReader::new(input).map_err(|error| sort_io(location, error))?;
    let mut tar = TarReader::new(gzip);
    let mut watch = Watch::new(limits);
    let mut unpacked = 0_u64;
    let mut buffer = vec![0; CHUNK_BYTES];
    while let Some(member) = tar.next().map_err(|error| sort_tar(location, error))? {
        match member.kind {
            MemberKind::Directory => send(Item::Folder(watch.folder(&member.path)?))?,
            MemberKind::File => {
                let path = watch.file(&member.path, member.size)?;
                send(Item::File { path, bytes: member.size })?;
                loop {
                    let read = tar.read_chunk(&mut buffer).map_err(|error| sort_tar(location, error))?;
                    if read == 0 {
                        break;
                    }
                    unpacked += read as u64;
                    watch.ratio(unpacked, packed.load(Ordering::Relaxed))?;
                    send(Item::Chunk(Bytes::copy_from_slice(&buffer[..read])))?;
                }
            }
        }
    }
    Ok(())
}

/// Counts the stored bytes as they are read.
struct Counted<R> {
    inner: R,
    bytes: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}
