//! Figures from samples: medians, percentiles, units.
//!
//! Does NOT print.

use std::time::Duration;

/// The middle one of `numbers`; 0 if there is none.
pub(crate) fn median(mut numbers: Vec<f64>) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// The time that `percent` of all sorted `times` do not pass; 0 if there is none.
pub(crate) fn percentile(times: &[Duration], percent: usize) -> Duration {
    let last = times.len().saturating_sub(1);
    times.get((times.len() * percent / 100).min(last)).copied().unwrap_or_default()
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// MiB of KiB.
pub(crate) fn mib(kib: u32) -> f64 {
    f64::from(kib) / 1024.0
}
