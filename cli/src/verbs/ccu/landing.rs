//! Where a download goes: a file that is there under its name only when it is whole, or standard output.
//!
//! Written and hashed by a thread of its own, so that signals are heard while a disk or a reader is slow; the program waits
//! a moment for that thread to remove what it staged. Does NOT know where the bytes come from.

use crate::failure::Failure;
use bytes::Bytes;
use loom_app::{Overwrite, StagedFile};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tokio::sync::{mpsc, oneshot};

/// Chunks on their way to the disk.
const WAITING: usize = 16;

/// Where to.
#[derive(Debug, Clone)]
pub(super) enum Destination {
    File(PathBuf, Overwrite),
    StandardOutput,
}

/// A download on its way. Dropped before `finish`, it leaves no file.
pub(super) struct Landing {
    chunks: mpsc::Sender<Order>,
    ended: oneshot::Receiver<Result<Landed, NotLanded>>,
}

/// What came.
#[derive(Debug)]
pub(super) struct Landed {
    pub(super) bytes: u64,
    pub(super) sha256: String,
}

enum Order {
    Write(Bytes),
    /// All is there; publish it if it is this.
    Finish(Option<String>),
}

enum NotLanded {
    Disk(io::Error),
    Another(Landed),
    GivenUp,
}

impl Landing {
    pub(super) async fn begin(destination: &Destination) -> Result<Self, Failure> {
        let (chunks, orders) = mpsc::channel(WAITING);
        let (tell, ended) = oneshot::channel();
        let (ready, begun) = oneshot::channel();
        let to = destination.clone();
        tokio::task::spawn_blocking(move || match Output::open(&to) {
            Ok(output) => {
                _ = ready.send(Ok(()));
                _ = tell.send(output.take(orders));
            }
            Err(error) => _ = ready.send(Err(error)),
        });
        let begun = begun.await.unwrap_or_else(|_| Err(io::Error::other("its thread ended")));
        begun.map_err(|error| unwritable(destination, &error))?;
        Ok(Self { chunks, ended })
    }

    /// Takes the next bytes; `false` if no more are wanted, and `finish` tells why.
    pub(super) async fn write(&mut self, chunk: Bytes) -> bool {
        self.chunks.send(Order::Write(chunk)).await.is_ok()
    }

    /// Ends it: the file gets its name if these are the bytes that were to come.
    pub(super) async fn finish(
        self,
        sha256: Option<String>,
        destination: &Destination,
    ) -> Result<Landed, Failure> {
        _ = self.chunks.send(Order::Finish(sha256)).await;
        match self.ended.await.unwrap_or(Err(NotLanded::GivenUp)) {
            Ok(landed) => Ok(landed),
            Err(NotLanded::Disk(error)) => Err(unwritable(destination, &error)),
            Err(NotLanded::Another(landed)) => Err(Failure::NotKept(format!(
                "what came is not the backup: {} bytes with sha256 {}{}\nhint: try again; if it stays so, let the daemon judge its file with `openccu-loom ccu verify`",
                landed.bytes,
                landed.sha256,
                if matches!(destination, Destination::File(..)) { "; nothing was kept" } else { "" },
            ))),
            Err(NotLanded::GivenUp) => Err(Failure::Other("the download was given up".to_owned())),
        }
    }
}

/// What is written to, in its thread.
enum Output {
    File(StagedFile, Overwrite),
    StandardOutput(io::Stdout),
}

impl Output {
    fn open(to: &Destination) -> io::Result<Self> {
        match to {
            Destination::File(path, Overwrite::Refused) if is_there(path) => {
                Err(io::ErrorKind::AlreadyExists.into())
            }
            Destination::File(path, overwrite) => Ok(Self::File(StagedFile::beside(path)?, *overwrite)),
            Destination::StandardOutput => Ok(Self::StandardOutput(io::stdout())),
        }
    }

    fn take(mut self, mut orders: mpsc::Receiver<Order>) -> Result<Landed, NotLanded> {
        let (mut hash, mut bytes) = (Sha256::new(), 0);
        while let Some(order) = orders.blocking_recv() {
            match order {
                Order::Write(chunk) => {
                    hash.update(&chunk);
                    bytes += chunk.len() as u64;
                    self.write_all(&chunk).map_err(NotLanded::Disk)?;
                }
                Order::Finish(wanted) => {
                    let landed = Landed { bytes, sha256: hex(&hash.finalize()) };
                    // Flushed in any case: of what went to standard output nothing can be taken back.
                    let same = wanted.is_none_or(|wanted| wanted == landed.sha256);
                    self.finish(same).map_err(NotLanded::Disk)?;
                    return if same { Ok(landed) } else { Err(NotLanded::Another(landed)) };
                }
            }
        }
        Err(NotLanded::GivenUp)
    }

    fn write_all(&mut self, chunk: &[u8]) -> io::Result<()> {
        match self {
            Self::File(file, _) => file.write_all(chunk),
            Self::StandardOutput(stdout) => stdout.write_all(chunk),
        }
    }

    fn finish(self, publish: bool) -> io::Result<()> {
        match self {
            Self::File(file, overwrite) if publish => file.publish(overwrite),
            Self::File(..) => Ok(()),
            Self::StandardOutput(mut stdout) => stdout.flush(),
        }
    }
}

/// Also a link that leads nowhere is something.
fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

fn unwritable(destination: &Destination, error: &io::Error) -> Failure {
    match destination {
        Destination::File(path, _) if error.kind() == io::ErrorKind::AlreadyExists => {
            let path = path.display();
            Failure::Refused(format!(
                "`{path}` already exists\nhint: name another file with --out, or replace it with --force"
            ))
        }
        Destination::File(path, _) => {
            Failure::Other(format!("`{}` cannot be written, nothing was kept: {error}", path.display()))
        }
        Destination::StandardOutput => Failure::Other(format!("standard output cannot be written: {error}")),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        _ = write!(text, "{byte:02x}");
        text
    })
}
