//! Reading as much of a buffer as the input has. Does NOT judge a short read; callers know what they expected.

use std::io::{self, Read};

/// Reads until `buf` is full or the input ends, and returns how many bytes came.
pub(super) fn fill(reader: &mut impl Read, buf: &mut [u8]) -> io::Result<usize> {
    let mut have = 0;
    while have < buf.len() {
        match reader.read(&mut buf[have..]) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(have)
}
