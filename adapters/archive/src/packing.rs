//! Packs items into the bytes of an archive on a thread of its own: format, seal, SHA-256 of what is stored.
//!
//! Does NOT know where the bytes go or when they become an archive (`folder_sink`, `stream_sink`).

use crate::format::packer::{PackError, packer};
use crate::sealing::CheckedForm;
use loom_domain::archive::layout::SECRETS_FOLDER;
use loom_domain::archive::{Manifest, MemberPath, hex, limits::MANIFEST_NAME};
use loom_domain::ports::{Item, Receipt, SinkError};
use sha2::{Digest, Sha256};
use std::io::{self, Write};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Items waiting for the packing thread; with 1 MiB chunks this bounds memory, not speed.
const QUEUED_ITEMS: usize = 4;

const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o755;
const SECRETS_MODE: u32 = 0o700;

/// Where packed bytes go, and what they become once all of them are there.
pub(crate) trait Output: Write + Send + 'static {
    /// Makes the bytes durable and public; `receipt` is what is told of them.
    fn publish(self, receipt: &Receipt) -> Result<(), SinkError>;
    /// Sorts an error of writing.
    fn sort(location: &str, error: io::Error) -> SinkError;
}

enum Piece {
    Item(Item),
    Manifest(Vec<u8>),
}

/// An archive being packed. Dropping it drops the output unpublished.
pub(crate) struct Packing {
    /// The file that was announced last, its size, and how much of it came. Kept on this side of the queue so that
    /// a wrong size is refused by the very call that shows it.
    announced: Option<(MemberPath, u64, u64)>,
    pieces: mpsc::Sender<Piece>,
    packed: JoinHandle<Result<Receipt, SinkError>>,
}

impl Packing {
    /// Starts packing into `output`; members are dated `mtime` (Unix seconds).
    pub(crate) fn start<O: Output>(location: String, mtime: u64, form: CheckedForm, output: O) -> Self {
        let (pieces, received) = mpsc::channel(QUEUED_ITEMS);
        let packed = tokio::task::spawn_blocking(move || pack(received, location, mtime, form, output));
        Self { announced: None, pieces, packed }
    }

    /// Hands one item over. An error of packing shows here or at the next call.
    pub(crate) async fn push(&mut self, item: Item) -> Result<(), SinkError> {
        match &item {
            Item::Chunk(chunk) => self.count(chunk.len() as u64)?,
            Item::Folder(_) => self.end_file()?,
            Item::File { path, bytes } => {
                self.end_file()?;
                self.announced = Some((path.clone(), *bytes, 0));
            }
        }
        match self.pieces.send(Piece::Item(item)).await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.failure().await),
        }
    }

    /// Adds the manifest and publishes.
    pub(crate) async fn finish(mut self, manifest: &Manifest) -> Result<Receipt, SinkError> {
        self.end_file()?;
        if self.pieces.send(Piece::Manifest(manifest.to_json())).await.is_err() {
            return Err(self.failure().await);
        }
        self.packed.await.unwrap_or_else(|_| Err(stopped()))
    }

    fn count(&mut self, bytes: u64) -> Result<(), SinkError> {
        match &mut self.announced {
            Some((path, want, got)) => {
                *got += bytes;
                if got > want { Err(mismatch(path, *want, *got)) } else { Ok(()) }
            }
            None => Err(mismatch_outside(bytes)),
        }
    }

    fn end_file(&mut self) -> Result<(), SinkError> {
        match self.announced.take() {
            Some((path, want, got)) if want != got => Err(mismatch(&path, want, got)),
            _ => Ok(()),
        }
    }

    async fn failure(&mut self) -> SinkError {
        match (&mut self.packed).await {
            Ok(Err(error)) => error,
            _ => stopped(),
        }
    }
}

fn mismatch(path: &MemberPath, want: u64, got: u64) -> SinkError {
    SinkError::SizeMismatch { path: path.as_str().to_owned(), want, got }
}

fn mismatch_outside(got: u64) -> SinkError {
    SinkError::SizeMismatch { path: "bytes outside of any file".to_owned(), want: 0, got }
}

fn stopped() -> SinkError {
    SinkError::Unavailable { location: "archive".to_owned(), source: "packing stopped unexpectedly".into() }
}

fn pack<O: Output>(
    mut pieces: mpsc::Receiver<Piece>,
    location: String,
    mtime: u64,
    form: CheckedForm,
    output: O,
) -> Result<Receipt, SinkError> {
    let sort = |error| sort_pack::<O>(&location, error);
    let sort_io = |error| O::sort(&location, error);
    let format = form.format;
    let sealing = form.seal(Counted { inner: output, hash: Sha256::new(), bytes: 0 }).map_err(sort_io)?;
    let mut packer = packer(format, sealing).map_err(sort_io)?;
    let mut in_file = false;
    while let Some(piece) = pieces.blocking_recv() {
        if let Piece::Item(Item::Chunk(chunk)) = piece {
            packer.write(&chunk).map_err(sort)?;
            continue;
        }
        if std::mem::take(&mut in_file) {
            packer.end_file().map_err(sort)?;
        }
        match piece {
            Piece::Item(Item::File { path, bytes }) => {
                packer.begin_file(path.as_str(), bytes, FILE_MODE, mtime).map_err(sort)?;
                in_file = true;
            }
            Piece::Item(Item::Folder(path)) => {
                let mode = if path.as_str() == SECRETS_FOLDER { SECRETS_MODE } else { FOLDER_MODE };
                packer.directory(path.as_str(), mode, mtime).map_err(sort)?;
            }
            Piece::Item(Item::Chunk(_)) => {}
            Piece::Manifest(json) => {
                packer.cut().map_err(sort)?;
                packer.begin_file(MANIFEST_NAME, json.len() as u64, FILE_MODE, mtime).map_err(sort)?;
                packer.write(&json).map_err(sort)?;
                packer.end_file().map_err(sort)?;
                let sealing = packer.finish().map_err(sort)?;
                let Counted { inner, hash, bytes } = sealing.finish().map_err(sort_io)?;
                let receipt = Receipt { location, bytes, sha256: hex(&hash.finalize()) };
                inner.publish(&receipt)?;
                return Ok(receipt);
            }
        }
    }
    // The staging was dropped: the output goes with it.
    Err(stopped())
}

fn sort_pack<O: Output>(location: &str, error: PackError) -> SinkError {
    match error {
        PackError::TooLong { path, announced, got } | PackError::TooShort { path, announced, got } => {
            SinkError::SizeMismatch { path, want: announced, got }
        }
        PackError::Io(error) => O::sort(location, error),
        other => SinkError::Unavailable { location: location.to_owned(), source: other.into() },
    }
}

/// Counts and hashes the stored bytes on their way out.
struct Counted<O> {
    inner: O,
    hash: Sha256,
    bytes: u64,
}

impl<O: Write> Write for Counted<O> {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(buffer)?;
        self.hash.update(&buffer[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
