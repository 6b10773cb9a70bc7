//! Decompresses a tar.zst of this format from front to back and refuses every other zstd file.
//!
//! Does NOT limit how much comes out, and does not parse the tar inside.

use std::io::{self, BufRead, Read};

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::trailing_sum::{HeldTail, SUM_LEN};
use super::zst_trailer::{TRAILER_LEN, Trailer, ZstDamage};

/// A frame that wants a larger window (8 MiB) is refused: it would take that much memory. Ours need 2 MiB.
const WINDOW_LOG_MAX: u32 = 23;

/// The plaintext of a tar.zst.
///
/// The end is reported only once the last byte of the file was read and the SHA-256 of all of them compared with the
/// trailer. Damage is an [`io::Error`] of kind `InvalidData` that holds a [`ZstDamage`]; errors of the inner reader pass
/// through unchanged. An error is final.
pub struct ZstReader<R> {
    input: HeldTail<R>,
    decoder: Decoder<'static>,
    extent: Extent,
    /// Where the last frame begins, and whether it is over.
    frame: u64,
    between: bool,
    state: State,
}

/// How much of the file is read.
#[derive(Clone, Copy)]
enum Extent {
    Whole,
    /// From this byte on, where a frame begins; the sum cannot be compared.
    From(u64),
}

enum State {
    Open,
    Ended,
    Damaged(ZstDamage),
    Failed,
}

impl<R: Read> ZstReader<R> {
    /// Reads nothing yet.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(inner: R) -> io::Result<Self> {
        Self::with_extent(inner, Extent::Whole)
    }

    /// Reads from a frame on, at byte `offset`, where `inner` stands. The checksum of the file is not compared.
    pub(super) fn from_frame(inner: R, offset: u64) -> io::Result<Self> {
        Self::with_extent(inner, Extent::From(offset))
    }

    /// Bytes of the file that were decompressed so far.
    #[cfg(test)]
    pub(super) fn consumed(&self) -> u64 {
        self.input.position()
    }

    fn with_extent(inner: R, extent: Extent) -> io::Result<Self> {
        let mut decoder = Decoder::new()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW_LOG_MAX))?;
        let input = HeldTail::new(inner, TRAILER_LEN);
        Ok(Self { input, decoder, extent, frame: 0, between: true, state: State::Open })
    }

    fn position(&self) -> u64 {
        let before = if let Extent::From(offset) = self.extent { offset } else { 0 };
        before + self.input.position()
    }

    /// Bytes of plaintext; 0 only at the end of the file.
    fn step(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        loop {
            let position = self.position();
            let lent = self.input.fill_buf()?;
            let over = lent.is_empty();
            if self.between {
                if over {
                    self.finish()?;
                    return Ok(0);
                }
                (self.frame, self.between) = (position, false);
            }
            let mut input = InBuffer::around(lent);
            let mut output = OutBuffer::around(&mut *buf);
            let left = self
                .decoder
                .run(&mut input, &mut output)
                .map_err(|error| ZstDamage::Frame { offset: self.frame, what: error.to_string() })?;
            let (used, plain) = (input.pos(), output.pos());
            self.input.consume(used);
            self.between = left == 0;
            if plain > 0 {
                return Ok(plain);
            }
            if over && !self.between {
                Trailer::parse(self.input.tail())?;
                return Err(ZstDamage::Truncated(self.frame).into());
            }
        }
    }

    /// Holds the trailer against what was read.
    fn finish(&self) -> Result<(), ZstDamage> {
        let trailer = Trailer::parse(self.input.tail())?;
        if let Extent::Whole = self.extent
            && trailer.sum != self.input.sum_without(SUM_LEN)
        {
            return Err(ZstDamage::Sum);
        }
        if trailer.manifest != self.frame { Err(ZstDamage::Manifest(trailer.manifest)) } else { Ok(()) }
    }
}

impl<R: Read> Read for ZstReader<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match &self.state {
            State::Open if !buf.is_empty() => {}
            State::Open | State::Ended => return Ok(0),
            State::Damaged(damage) => return Err(damage.clone().into()),
            State::Failed => return Err(io::Error::other("an earlier read of the archive failed")),
        }
        let outcome = self.step(buf);
        match &outcome {
            Ok(0) => self.state = State::Ended,
            Ok(_) => {}
            Err(error) => {
                let damage = error.get_ref().and_then(|error| error.downcast_ref::<ZstDamage>());
                self.state = damage.cloned().map_or(State::Failed, State::Damaged);
            }
        }
        outcome
    }
}

#[cfg(test)]
mod tests;
