//! A small inner archive that unpacks to 8 GiB and is right in every byte. Does NOT take long to write: one
//! block is compressed once and repeated.

use flate2::{Compress, Compression, Crc, FlushCompress};
use std::io::{self, Write};

const BLOCK: usize = 1024 * 1024;
const BLOCKS: u64 = 8 * 1024 - 1;

/// Writes the bomb: a tar file with one file of zeros, compressed.
pub(crate) fn write(mut out: impl Write) -> io::Result<()> {
    let size = BLOCKS * u64::try_from(BLOCK).unwrap_or(0);
    let mut header = tar::Header::new_ustar();
    header.set_path("usr/local/etc/config/homematic.regadom")?;
    header.set_size(size);
    header.set_mode(0o644);
    header.set_cksum();
    let zeros = vec![0; BLOCK];
    let mut sum = Crc::new();
    out.write_all(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3])?;
    out.write_all(&deflate(header.as_bytes(), FlushCompress::Full)?)?;
    sum.update(header.as_bytes());
    let block = deflate(&zeros, FlushCompress::Full)?;
    let mut of_block = Crc::new();
    of_block.update(&zeros);
    for _ in 0..BLOCKS {
        out.write_all(&block)?;
        sum.combine(&of_block);
    }
    let end = [0; 1024];
    out.write_all(&deflate(&end, FlushCompress::Finish)?)?;
    sum.update(&end);
    out.write_all(&sum.sum().to_le_bytes())?;
    out.write_all(&sum.amount().to_le_bytes())
}

// After a full flush the next piece may come from another compressor.
fn deflate(bytes: &[u8], flush: FlushCompress) -> io::Result<Vec<u8>> {
    let mut compress = Compress::new(Compression::best(), false);
    let mut out = Vec::with_capacity(bytes.len() + 1024);
    compress.compress_vec(bytes, &mut out, flush).map_err(io::Error::other)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn the_bomb_is_small_and_begins_as_an_archive() {
        let mut bomb = Vec::new();
        write(&mut bomb).unwrap();
        assert!(bomb.len() < 16 * BLOCK, "{} bytes", bomb.len());
        let mut head = vec![0; 2 * BLOCK];
        GzDecoder::new(&bomb[..]).read_exact(&mut head).unwrap();
        assert_eq!(&head[257..262], b"ustar");
    }
}
