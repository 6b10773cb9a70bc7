//! Reproducible bytes in the place of randomness.
//!
//! Does NOT promise that nobody can predict them: for tests and examples only.

use loom_domain::ports::{NoRandomness, Randomness};
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes that are the same in every process and never repeat within one: the first eight of each buffer count.
#[derive(Debug, Default)]
pub struct MemoryRandomness(AtomicU64);

impl Randomness for MemoryRandomness {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), NoRandomness> {
        let count = self.0.fetch_add(1, Ordering::Relaxed);
        let mixed = count.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let pattern = count.to_le_bytes().into_iter().chain(mixed.to_le_bytes().into_iter().cycle());
        buffer.iter_mut().zip(pattern).for_each(|(byte, next)| *byte = next);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buffers_never_repeat_and_are_the_same_in_every_process() {
        let (one, other) = (MemoryRandomness::default(), MemoryRandomness::default());
        let mut seen = std::collections::HashSet::new();
        for _ in 0..1000 {
            let (mut a, mut b) = ([0; 12], [0; 12]);
            one.fill(&mut a).unwrap();
            other.fill(&mut b).unwrap();
            assert_eq!(a, b);
            assert!(seen.insert(a));
        }
    }
}
