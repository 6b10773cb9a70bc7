//! Randomness of the operating system.
//!
//! Does NOT keep a generator of its own.

use loom_domain::ports::{NoRandomness, Randomness};

/// Bytes from the operating system's generator.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        getrandom::fill(buffer).map_err(|error| NoRandomness(Box::new(error)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_buffers_are_never_equal_and_wholly_filled() {
        let mut buffers = [[0; 64]; 8];
        buffers.iter_mut().for_each(|buffer| OsRandomness.fill(buffer).unwrap());
        for (at, buffer) in buffers.iter().enumerate() {
            assert!(!buffers[..at].contains(buffer));
            assert!(buffer.windows(16).all(|window| window != [0; 16]), "a part was left as it was");
        }
    }
}
