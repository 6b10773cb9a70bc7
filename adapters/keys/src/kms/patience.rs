//! How long a call of the service may take, and how it is tried again.
//!
//! Does NOT decide which failures are worth another try (`failure`).

use crate::OsRandomness;
use loom_domain::ports::Randomness;
use std::time::Duration;

/// Limits of one call and of all its tries together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KmsPatience {
    /// For a connection.
    pub connect: Duration,
    /// For one try, from looking the name up to the last byte of the answer.
    pub try_for: Duration,
    /// For all tries and the pauses between them.
    pub total: Duration,
    /// Tries, at least one.
    pub tries: u32,
    /// The pause after the first try; each further one is twice as long. Between half and all of it is waited, by chance,
    /// so that machines which lost the service together do not come back together.
    pub first_pause: Duration,
}

impl Default for KmsPatience {
    /// 5 tries within 15 s: a machine that starts may be faster than its network.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(3),
            try_for: Duration::from_secs(10),
            total: Duration::from_secs(15),
            tries: 5,
            first_pause: Duration::from_millis(500),
        }
    }
}

impl KmsPatience {
    /// The pause after so many tries; without randomness all of it.
    pub(super) fn pause_after(&self, tries: u32) -> Duration {
        let whole = self.first_pause.saturating_mul(1 << tries.saturating_sub(1).min(16));
        let mut chance = [u8::MAX];
        // What is left in the buffer if it is not filled is as good.
        let _ = OsRandomness.fill(&mut chance);
        whole / 2 + whole.mul_f32(f32::from(chance[0]) / f32::from(u8::MAX)) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_differ_by_chance() {
        let patience = KmsPatience::default();
        for (tries, whole) in [(1, 500), (2, 1000), (3, 2000), (4, 4000)] {
            let whole = Duration::from_millis(whole);
            let pauses: Vec<_> = (0..64).map(|_| patience.pause_after(tries)).collect();
            assert!(pauses.iter().all(|pause| *pause >= whole / 2 && *pause <= whole), "{pauses:?}");
            assert!(pauses.iter().any(|pause| *pause != pauses[0]), "64 times the same pause");
        }
    }

    #[test]
    fn a_pause_after_very_many_tries_is_a_number() {
        assert!(KmsPatience::default().pause_after(u32::MAX) > Duration::ZERO);
    }
}
