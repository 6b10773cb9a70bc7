//! Token buckets: how often somebody may do something, for logins by source and for requests by identity; and how much of
//! it at once.
//!
//! Does NOT know who asks; a key is any text. Memory is bounded: buckets that are full again are forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Nobody waits longer than for so many tokens.
const MOST_DEBT: f64 = 900.0;

/// How often.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rate {
    /// Tokens that come back each second; more than 0.
    pub(crate) per_second: f64,
    /// Most tokens a bucket holds; at least 1.
    pub(crate) burst: f64,
}

/// One bucket per key.
pub(crate) struct Buckets {
    most: usize,
    buckets: Mutex<HashMap<String, Bucket>>,
}

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Instant,
}

/// The whole seconds until a token is there again, at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Empty(pub(crate) u64);

/// What somebody has under way; a key is forgotten when nothing is.
#[derive(Default)]
pub(crate) struct UnderWay {
    counts: Mutex<HashMap<String, usize>>,
}

/// One thing under way; it ends when this is dropped.
pub(crate) struct Turn<'a> {
    of: &'a UnderWay,
    key: String,
}

impl UnderWay {
    /// Begins one more thing of `key`; `None` if it has `most` under way.
    pub(crate) fn begin(&self, key: &str, most: usize) -> Option<Turn<'_>> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(key.to_owned()).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Turn { of: self, key: key.to_owned() })
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut counts = self.of.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

impl Buckets {
    /// At most `most` buckets at a time.
    pub(crate) fn new(most: usize) -> Self {
        Self { most, buckets: Mutex::default() }
    }

    /// Takes a token of `key`.
    pub(crate) fn take(&self, key: &str, rate: Rate, now: Instant) -> Result<(), Empty> {
        self.with(key, rate, now, |bucket| {
            if bucket.tokens >= 1.0 {
                bucket.tokens -= 1.0;
                return Ok(());
            }
            Err(bucket.wait(rate))
        })
    }

    /// Takes a token of `key` for what has been done already, from an empty bucket too: many at once pay for themselves
    /// with the time it takes until there is a token again.
    pub(crate) fn charge(&self, key: &str, rate: Rate, now: Instant) {
        self.with(key, rate, now, |bucket| bucket.tokens = (bucket.tokens - 1.0).max(-MOST_DEBT));
    }

    /// Whether `key` has a token; takes none.
    pub(crate) fn check(&self, key: &str, rate: Rate, now: Instant) -> Result<(), Empty> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bucket) = buckets.get_mut(key) else { return Ok(()) };
        bucket.refill(rate, now);
        if bucket.tokens >= 1.0 { Ok(()) } else { Err(bucket.wait(rate)) }
    }

    fn with<T>(&self, key: &str, rate: Rate, now: Instant, work: impl FnOnce(&mut Bucket) -> T) -> T {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if !buckets.contains_key(key) {
            self.make_room(&mut buckets, rate, now);
        }
        let bucket = buckets.entry(key.to_owned()).or_insert(Bucket { tokens: rate.burst, at: now });
        bucket.refill(rate, now);
        work(bucket)
    }

    fn make_room(&self, buckets: &mut HashMap<String, Bucket>, rate: Rate, now: Instant) {
        if buckets.len() < self.most {
            return;
        }
        buckets.retain(|_, bucket| {
            bucket.refill(rate, now);
            bucket.tokens < rate.burst
        });
        // Everybody is busy: the one who waited longest starts anew, which is kinder than to lock a stranger out.
        if buckets.len() >= self.most
            && let Some(oldest) =
                buckets.iter().min_by_key(|(_, bucket)| bucket.at).map(|(key, _)| key.clone())
        {
            buckets.remove(&oldest);
        }
    }
}

impl Bucket {
    fn refill(&mut self, rate: Rate, now: Instant) {
        let passed = now.saturating_duration_since(self.at);
        self.tokens = (self.tokens + passed.as_secs_f64() * rate.per_second).min(rate.burst);
        self.at = now;
    }

    fn wait(&self, rate: Rate) -> Empty {
        let missing = (1.0 - self.tokens).max(0.0) / rate.per_second;
        let wait = Duration::try_from_secs_f64(missing.ceil()).unwrap_or(Duration::from_secs(3600));
        Empty(wait.as_secs().max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { per_second: 1.0, burst: 5.0 };

    #[test]
    fn a_burst_is_served_and_then_one_a_second() {
        let (buckets, start) = (Buckets::new(10), Instant::now());
        for _ in 0..5 {
            assert_eq!(buckets.take("a", RATE, start), Ok(()));
        }
        assert_eq!(buckets.take("a", RATE, start), Err(Empty(1)));
        assert_eq!(buckets.take("b", RATE, start), Ok(()));
        let later = start + Duration::from_millis(1_100);
        assert_eq!(buckets.check("a", RATE, later), Ok(()));
        assert_eq!(buckets.take("a", RATE, later), Ok(()));
        assert_eq!(buckets.take("a", RATE, later), Err(Empty(1)));
    }

    #[test]
    fn so_much_at_once_and_no_more() {
        let under_way = UnderWay::default();
        let turns: Vec<_> = (0..3).map(|_| under_way.begin("a", 3).unwrap()).collect();
        assert!(under_way.begin("a", 3).is_none());
        assert!(under_way.begin("b", 3).is_some());
        drop(turns);
        assert!(under_way.begin("a", 3).is_some());
        assert!(under_way.counts.lock().unwrap().is_empty());
    }

    #[test]
    fn many_at_once_pay_for_themselves_in_time() {
        let (buckets, start) = (Buckets::new(10), Instant::now());
        for _ in 0..100 {
            buckets.charge("a", RATE, start);
        }
        assert_eq!(buckets.check("a", RATE, start), Err(Empty(96)));
        assert_eq!(buckets.check("a", RATE, start + Duration::from_secs(97)), Ok(()));
        assert_eq!(buckets.check("b", RATE, start), Ok(()));
    }

    #[test]
    fn many_keys_do_not_grow_it_and_do_not_free_a_throttled_one() {
        let (buckets, start) = (Buckets::new(100), Instant::now());
        let key = |n: u32| format!("10.0.{}.{}", n / 256, n % 256);
        for n in 0..10_000 {
            buckets.take(&key(n), RATE, start + Duration::from_millis(u64::from(n))).unwrap();
        }
        assert!(buckets.buckets.lock().unwrap().len() <= 100);
    }
}
