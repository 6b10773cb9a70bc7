//! Compresses a stream with zstd on several cores, ends it with a checksum, and lets the manifest be found at once.
//!
//! Does NOT know what it compresses; the trailer is `zst_trailer`'s, the way back is `zst_reader`'s.

use std::io::{self, Write};

use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

use super::ordered_pool::default_workers;
use super::packer::Compress;
use super::trailing_sum::Summing;
use super::zst_trailer::{PADDING_HEAD_LEN, Trailer, padding_head};

/// The level `zstd` itself takes unless told otherwise, and what is changed in it.
///
/// Measured on databases of paramset JSON beside `zstd -3 -T2` of version 1.5.4 (docs/benchmarks.md): as text, packed 7:1,
/// these come to 0.2 % less at the same speed; where it hardly packs to 0.2 % less at two thirds of it. Memory is half.
/// Longer matches suit text, larger tables make up for them elsewhere, and small jobs that overlap by a whole window need
/// little memory and lose no match.
const LEVEL: i32 = 3;
const SETTINGS: [CParameter; 6] = [
    CParameter::HashLog(18),
    CParameter::ChainLog(17),
    CParameter::MinMatch(6),
    CParameter::JobSize(2 << 20),
    CParameter::OverlapSizeLog(9),
    CParameter::ChecksumFlag(true),
];

/// More workers would each take another 10 MiB, and a disk that keeps up with two is a fast one.
const WORKERS_MAX: usize = 2;

/// Compressed bytes handed on at once.
const OUT_BYTES: usize = 128 << 10;

/// Plain bytes per compressed byte that no archive exceeds by much. Readers refuse one that unpacks to far more than it
/// holds (`Limits::ratio` of the domain), and an honest state may hold long runs of zeros: what was backed up must restore.
const BELIEVABLE_RATIO: u64 = 200;
/// Plaintext bytes between two looks at that ratio, and before the first.
const LOOK_EVERY: u64 = 16 << 20;
const FIRST_LOOK: u64 = 64 << 20;

/// Compresses what is written to it into `inner`.
///
/// Workers compress, the thread that calls writes; an error of `inner` surfaces at a later `write` or at `finish`. After an
/// error the output is unusable. Dropping before `finish` leaves it incomplete.
pub struct ZstWriter<W> {
    out: Summing<W>,
    encoder: Encoder<'static>,
    packed: Vec<u8>,
    plain: u64,
    next_look: u64,
    frame_open: bool,
    manifest: Option<u64>,
    failed: bool,
}

impl<W: Write> ZstWriter<W> {
    /// Starts two workers, on a single core one.
    ///
    /// # Errors
    /// When there is no memory or no thread for it.
    pub fn new(inner: W) -> io::Result<Self> {
        let workers = u32::try_from(default_workers().get().min(WORKERS_MAX)).unwrap_or(1);
        let mut encoder = Encoder::new(LEVEL)?;
        for setting in SETTINGS {
            encoder.set_parameter(setting)?;
        }
        encoder.set_parameter(CParameter::NbWorkers(workers))?;
        Ok(Self {
            out: Summing::new(inner),
            encoder,
            packed: vec![0; OUT_BYTES],
            plain: 0,
            next_look: FIRST_LOOK,
            frame_open: false,
            manifest: None,
            failed: false,
        })
    }

    /// Runs one step of the encoder and hands on what comes out of it.
    fn step<T>(
        &mut self,
        run: impl FnOnce(&mut Encoder<'static>, &mut OutBuffer<'_, [u8]>) -> io::Result<T>,
    ) -> io::Result<T> {
        if self.failed {
            return Err(io::Error::other("an earlier write to the archive failed"));
        }
        // Set until proven otherwise: whichever line below fails, bytes are lost.
        self.failed = true;
        let mut out = OutBuffer::around(&mut self.packed[..]);
        let outcome = run(&mut self.encoder, &mut out)?;
        self.out.write_all(out.as_slice())?;
        self.failed = false;
        Ok(outcome)
    }

    fn end_frame(&mut self) -> io::Result<()> {
        if self.frame_open {
            while self.step(|encoder, out| encoder.finish(out, true))? > 0 {}
            self.encoder.reinit()?;
            self.frame_open = false;
        }
        Ok(())
    }

    /// Puts a frame of padding behind what compressed too well to be believed.
    fn stay_believable(&mut self) -> io::Result<()> {
        // The manifest's frame is the last one, and of a size that needs no padding.
        if self.plain < self.next_look || self.manifest.is_some() {
            return Ok(());
        }
        self.next_look = self.plain + LOOK_EVERY;
        let least = self.plain / BELIEVABLE_RATIO;
        if self.out.bytes() >= least {
            return Ok(());
        }
        // Only now all is written that was handed to the workers.
        self.end_frame()?;
        let missing = least.saturating_sub(self.out.bytes() + PADDING_HEAD_LEN as u64);
        if let Ok(len @ 1..) = u32::try_from(missing) {
            self.out.write_all(&padding_head(len))?;
            io::copy(&mut io::Read::take(io::repeat(0), missing), &mut self.out)?;
        }
        Ok(())
    }
}

impl<W: Write> Write for ZstWriter<W> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.stay_believable()?;
        let taken = buf.len().min(usize::try_from(LOOK_EVERY).unwrap_or(usize::MAX));
        let mut input = InBuffer::around(&buf[..taken]);
        while input.pos() < taken {
            self.frame_open = true;
            self.step(|encoder, out| encoder.run(&mut input, out))?;
        }
        self.plain += taken as u64;
        Ok(taken)
    }

    /// Does nothing: ending a block early would cost compression, and only `finish` makes the output whole.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<W: Write> Compress for ZstWriter<W> {
    type Inner = W;

    fn cut(&mut self) -> io::Result<()> {
        self.end_frame()?;
        self.manifest = Some(self.out.bytes());
        Ok(())
    }

    fn finish(mut self) -> io::Result<W> {
        self.end_frame()?;
        let manifest = self.manifest.ok_or_else(|| io::Error::other("an archive needs a manifest"))?;
        self.out.write_all(&Trailer::head(manifest))?;
        let sum = self.out.sum();
        self.out.write_all(&sum)?;
        Ok(self.out.into_inner())
    }
}

#[cfg(test)]
mod tests;
