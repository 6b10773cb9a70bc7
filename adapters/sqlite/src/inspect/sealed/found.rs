//! The sealed values kept so far, and the limits to them.
//!
//! Does NOT look for them.

use loom_domain::archive::SealedValue;
use loom_domain::secret::SecretPlace;

/// How many are kept at the most.
const MAX_VALUES: usize = 10_000;
/// How many bytes of envelopes and of names in their places are kept at the most. Real ones have a few hundred each.
const MAX_BYTES: usize = 8 << 20;

/// No more is kept; looking further is in vain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Enough;

/// Sealed values within limits.
#[derive(Debug, Default)]
pub(super) struct Found {
    values: Vec<SealedValue>,
    bytes: usize,
}

impl Found {
    /// Keeps a value. The first that is too much is replaced by one that no key opens and whose place says so.
    pub(super) fn keep(&mut self, value: SealedValue) -> Result<(), Enough> {
        let bytes = value.envelope.len() + value.place.row.len() + value.place.field.len();
        let limit = if self.values.len() == MAX_VALUES {
            "… more than 10,000 sealed values"
        } else if self.bytes + bytes > MAX_BYTES {
            "… more than 8 MiB of sealed values"
        } else {
            self.bytes += bytes;
            self.values.push(value);
            return Ok(());
        };
        self.values.push(SealedValue::unread(SecretPlace::new(value.place.table, limit, "")));
        Err(Enough)
    }

    /// All that was kept.
    pub(super) fn into_values(self) -> Vec<SealedValue> {
        self.values
    }
}
