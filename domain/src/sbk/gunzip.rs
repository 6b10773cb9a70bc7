//! Decompresses gzip data that arrives in pieces, to the last checksum and length.
//!
//! Several gzip streams one after the other are one file, as everywhere. Anything else after a stream is a fault, zeros
//! included: no CCU pads.
//!
//! Does NOT keep what it decompresses.

use flate2::{Decompress, FlushDecompress, Status};

/// Bytes handed on at once at the most.
const OUT_BYTES: usize = 64 << 10;
/// Window of deflate, as a power of two.
const WINDOW_BITS: u8 = 15;
/// First byte of every gzip stream.
const MAGIC: u8 = 0x1f;

/// Why it stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GzipFault {
    /// Not even the first byte fits.
    NotGzip,
    /// The data does not decompress, or not to its checksum and length.
    Damaged,
    /// Something follows that is no further stream.
    TrailingBytes,
    /// The receiver wanted no more.
    Stopped,
}

enum State {
    Start,
    Inside,
    BetweenStreams,
    Faulty(GzipFault),
}

pub(super) struct Gunzip {
    decoder: Decompress,
    out: Vec<u8>,
    state: State,
}

impl Gunzip {
    pub(super) fn new() -> Self {
        Self { decoder: Decompress::new_gzip(WINDOW_BITS), out: vec![0; OUT_BYTES], state: State::Start }
    }

    /// Takes the next bytes and hands on all they decompress to; `receive` says whether it wants more.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut receive: impl FnMut(&[u8]) -> bool) {
        loop {
            match (&self.state, bytes.first()) {
                (State::Faulty(_), _) | (State::Start | State::BetweenStreams, None) => return,
                (State::Inside, _) => {}
                (State::Start | State::BetweenStreams, Some(&MAGIC)) => self.begin_stream(),
                (State::Start, Some(_)) => self.state = State::Faulty(GzipFault::NotGzip),
                (State::BetweenStreams, Some(_)) => self.state = State::Faulty(GzipFault::TrailingBytes),
            }
            if matches!(self.state, State::Inside) && !self.step(&mut bytes, &mut receive) {
                return;
            }
        }
    }

    /// Why it stopped, if it did.
    pub(super) fn fault(&self) -> Option<GzipFault> {
        if let State::Faulty(fault) = self.state { Some(fault) } else { None }
    }

    /// Whether the last stream is complete and its checksum right.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::BetweenStreams)
    }

    fn begin_stream(&mut self) {
        if matches!(self.state, State::BetweenStreams) {
            self.decoder.reset(true);
        }
        self.state = State::Inside;
    }

    /// Decompresses a piece; `false` when all that came is used up.
    fn step(&mut self, bytes: &mut &[u8], receive: &mut impl FnMut(&[u8]) -> bool) -> bool {
        let (in_before, out_before) = (self.decoder.total_in(), self.decoder.total_out());
        let result = self.decoder.decompress(bytes, &mut self.out, FlushDecompress::None);
        let taken = difference(self.decoder.total_in(), in_before);
        let made = difference(self.decoder.total_out(), out_before);
        *bytes = bytes.get(taken..).unwrap_or_default();
        let wanted = self.out.get(..made).is_none_or(&mut *receive);
        self.state = match result {
            // First, because what is made before a fault counts: else the verdict would depend on how the bytes are cut.
            _ if !wanted => State::Faulty(GzipFault::Stopped),
            Err(_) => State::Faulty(GzipFault::Damaged),
            Ok(Status::StreamEnd) => State::BetweenStreams,
            // More may wait in the decoder as long as it fills the room it is given.
            Ok(_) if bytes.is_empty() && made < self.out.len() => return false,
            Ok(_) if taken == 0 && made == 0 => State::Faulty(GzipFault::Damaged),
            Ok(_) => State::Inside,
        };
        true
    }
}

fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}
