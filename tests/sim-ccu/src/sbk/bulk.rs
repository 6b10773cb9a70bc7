//! A compressed tar file whose last member is one block over and over: gigabytes in a moment, since the block is
//! compressed once. Does NOT choose the block.

use flate2::{Compress, Compression, Crc, FlushCompress};
use std::io::{self, Write};

const BLOCK: usize = 1024 * 1024;

/// The member at the end.
pub(super) struct Bulk {
    name: &'static str,
    block: Vec<u8>,
    /// The block as it is written.
    packed: Vec<u8>,
    count: u64,
}

impl Bulk {
    /// A file that takes at least so many bytes when compressed; text that shrinks to about a half, as backups do.
    pub(super) fn filler(size: u64) -> io::Result<Self> {
        let mut bulk = Self::new("usr/local/addons/filler.txt", text())?;
        bulk.count = size.div_ceil(wide(bulk.packed.len()));
        Ok(bulk)
    }

    /// 8 GiB of zeros.
    pub(super) fn bomb() -> io::Result<Self> {
        let mut bulk = Self::new("usr/local/addons/bomb.bin", vec![0; BLOCK])?;
        bulk.count = 8 * 1024 - 1;
        Ok(bulk)
    }

    fn new(name: &'static str, block: Vec<u8>) -> io::Result<Self> {
        let packed = deflate(&block, FlushCompress::Full)?;
        Ok(Self { name, block, packed, count: 0 })
    }

    /// Writes the members before (a tar file without its end), this one, and the end.
    pub(super) fn write(&self, before: &[u8], mut out: impl Write) -> io::Result<()> {
        let mut header = tar::Header::new_ustar();
        header.set_path(self.name)?;
        header.set_size(self.count * wide(self.block.len()));
        header.set_mode(0o644);
        header.set_cksum();
        let begin = [before, header.as_bytes()].concat();
        let end = [0; 1024];
        let mut of_block = Crc::new();
        of_block.update(&self.block);
        let mut sum = Crc::new();
        sum.update(&begin);
        out.write_all(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])?;
        out.write_all(&deflate(&begin, FlushCompress::Full)?)?;
        for _ in 0..self.count {
            out.write_all(&self.packed)?;
            sum.combine(&of_block);
        }
        sum.update(&end);
        out.write_all(&deflate(&end, FlushCompress::Finish)?)?;
        out.write_all(&sum.sum().to_le_bytes())?;
        out.write_all(&sum.amount().to_le_bytes())
    }
}

// After a full flush the next piece may come from another compressor.
fn deflate(bytes: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut compress = Compress::new(Compression::default(), false);
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 8 + 1024);
    compress.compress_vec(bytes, &mut out, flush).map_err(io::Error::other)?;
    Ok(out)
}

fn text() -> Vec<u8> {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut text = Vec::with_capacity(BLOCK);
    while text.len() < BLOCK {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        text.extend_from_slice(format!("{state:016x}").as_bytes());
    }
    text
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn the_bomb_is_small_and_begins_as_an_archive() {
        let mut bomb = Vec::new();
        Bulk::bomb().unwrap().write(b"", &mut bomb).unwrap();
        assert!(bomb.len() < 64 * BLOCK, "{} bytes", bomb.len());
        let mut head = vec![0; 2 * BLOCK];
        GzDecoder::new(&bomb[..]).read_exact(&mut head).unwrap();
        assert_eq!(&head[257..262], b"ustar");
    }

    #[test]
    fn filler_is_right_to_its_last_byte_and_as_large_as_asked_for() {
        let mut packed = Vec::new();
        let size = 3 * BLOCK;
        Bulk::filler(wide(size)).unwrap().write(b"", &mut packed).unwrap();
        assert!(packed.len() > size && packed.len() < size + 2 * BLOCK, "{}", packed.len());
        let mut whole = Vec::new();
        GzDecoder::new(&packed[..]).read_to_end(&mut whole).unwrap();
        assert!(whole.len() > 5 * BLOCK && whole.len() % 512 == 0);
    }
}
