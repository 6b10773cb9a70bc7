//! How large one description may be: beyond that it is left out, so that a single one cannot fill the cache.
//!
//! Does NOT report what is left out.

use serde_json::Value;
use std::fmt::{self, Write};

/// Most bytes of one description as compact JSON. Far more than any real one has.
pub(super) const MAX_DESCRIPTION_BYTES: usize = 4 << 20;

/// Whether a description has more than [`MAX_DESCRIPTION_BYTES`] bytes.
pub(super) fn is_too_large(description: &Value) -> bool {
    write!(Room(MAX_DESCRIPTION_BYTES), "{description}").is_err()
}

/// What is said of one that was left out.
pub(super) fn left_out(of: &str) -> String {
    // The name may be what is large.
    let name: String = of.chars().take(80).collect();
    format!("the description of `{name}` is larger than {} MiB and was left out", MAX_DESCRIPTION_BYTES >> 20)
}

/// Keeps nothing, and has room for so many bytes.
struct Room(usize);

impl Write for Room {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = self.0.checked_sub(text.len()).ok_or(fmt::Error)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_byte_decides() {
        // The quotes count.
        let text = "x".repeat(MAX_DESCRIPTION_BYTES - 2);
        assert!(!is_too_large(&Value::from(text.as_str())));
        assert!(is_too_large(&Value::from(text + "x")));
    }

    #[test]
    fn a_large_name_is_cut() {
        assert!(left_out(&"x".repeat(MAX_DESCRIPTION_BYTES)).len() < 200);
    }
}
