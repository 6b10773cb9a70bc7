//! Reads gzip files of other origin (an older daemon, `tar czf`), one member after the other.
//!
//! Does NOT accept members of this format: those have a stricter reader, `gzip_strict`.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::bufread::GzDecoder;

use super::gzip_member::{GzipDamage, GzipFault, is_loom_extra};

/// Reads to the very end of the file, where anything but a further member is refused. An error is final.
pub(super) struct ForeignReader<R> {
    state: State<R>,
    member: u64,
    offset: u64,
}

enum State<R> {
    /// At the first byte of a member or the end of the file.
    Between(BufReader<Counted<R>>),
    Inside(Box<GzDecoder<BufReader<Counted<R>>>>),
    Ended,
    Failed,
}

impl<R: Read> ForeignReader<R> {
    pub(super) fn new(inner: R, consumed: Arc<AtomicU64>) -> Self {
        let input = BufReader::with_capacity(128 * 1024, Counted { inner, consumed, failed: false });
        Self { state: State::Between(input), member: 0, offset: 0 }
    }

    fn step(&mut self, buf: &mut [u8]) -> io::Result<Option<usize>> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Between(mut input) => {
                let rest = input.fill_buf()?;
                let (over, first) = (rest.is_empty(), rest.first() == Some(&0x1f));
                if over && self.member > 0 {
                    self.state = State::Ended;
                    return Ok(Some(0));
                }
                self.member += 1;
                self.offset = input.get_ref().position() - input.buffer().len() as u64;
                match (over, first) {
                    (true, _) => Err(self.damage(GzipFault::Truncated)),
                    (_, false) if self.member > 1 => Err(self.damage(GzipFault::TrailingBytes)),
                    _ => {
                        let decoder = GzDecoder::new(input);
                        if decoder.header().and_then(|header| header.extra()).is_some_and(is_loom_extra) {
                            return Err(self.damage(GzipFault::Mixed));
                        }
                        self.state = State::Inside(Box::new(decoder));
                        Ok(None)
                    }
                }
            }
            State::Inside(mut decoder) => match decoder.read(buf) {
                Ok(0) => {
                    self.state = State::Between(decoder.into_inner());
                    Ok(None)
                }
                Ok(n) => {
                    self.state = State::Inside(decoder);
                    Ok(Some(n))
                }
                Err(e) if decoder.get_ref().get_ref().failed => Err(e),
                Err(e) => Err(self.damage(match (e.kind(), decoder.header()) {
                    (io::ErrorKind::UnexpectedEof, _) => GzipFault::Truncated,
                    (_, None) => GzipFault::Header,
                    (_, Some(_)) => GzipFault::Content,
                })),
            },
            State::Ended => {
                self.state = State::Ended;
                Ok(Some(0))
            }
            State::Failed => Err(io::Error::other("an earlier read of the archive failed")),
        }
    }

    fn damage(&self, what: GzipFault) -> io::Error {
        GzipDamage { member: self.member, offset: self.offset, what }.into()
    }
}

impl<R: Read> Read for ForeignReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if buf.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(n) = self.step(buf)? {
                return Ok(n);
            }
        }
    }
}

/// Counts what was read, and remembers whether an error came from the file and not from its contents.
struct Counted<R> {
    inner: R,
    consumed: Arc<AtomicU64>,
    failed: bool,
}

impl<R> Counted<R> {
    fn position(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed)
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.inner.read(buf) {
            Ok(n) => {
                self.consumed.fetch_add(n as u64, Ordering::Relaxed);
                Ok(n)
            }
            Err(e) => {
                self.failed = e.kind() != io::ErrorKind::Interrupted;
                Err(e)
            }
        }
    }
}
