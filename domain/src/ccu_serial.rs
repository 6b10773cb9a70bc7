//! Serial numbers of centrals, and when two texts name one central.
//!
//! Does NOT ask centrals.

/// Programs around these centrals keep the last ten characters of a longer number.
const SHORT_CHARS: usize = 10;

/// Whether `found` is not the central that is known by `expected`. A number nobody knows is no reason to say so.
pub fn is_another_central(expected: Option<&str>, found: &str) -> bool {
    expected.is_some_and(|expected| !expected.trim().is_empty() && !is_same_serial(expected, found))
}

/// Whether two texts are the serial number of one central: in full or shortened to the last ten characters, in any case.
pub fn is_same_serial(one: &str, other: &str) -> bool {
    let (one, other) = (one.trim(), other.trim());
    if one.len() == other.len() {
        return one.eq_ignore_ascii_case(other);
    }
    match (shortened(one), shortened(other)) {
        (Some(a), Some(b)) if one.len() == SHORT_CHARS || other.len() == SHORT_CHARS => {
            a.eq_ignore_ascii_case(b)
        }
        _ => false,
    }
}

fn shortened(serial: &str) -> Option<&str> {
    serial.get(serial.len().checked_sub(SHORT_CHARS)?..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_serial_number_is_known_in_full_and_shortened() {
        assert!(is_same_serial("3014F711A0001F9999990001", "9999990001"));
        assert!(is_same_serial("neq0123456", " NEQ0123456"));
        assert!(!is_same_serial("3014F711A0001F9999990001", "9999990002"));
        assert!(!is_same_serial("3014F711A0001F9999990001", "90001"), "five characters are too few to go by");
        assert!(!is_same_serial("", "9999990001"));
        assert!(is_another_central(Some("NEQ0123456"), "NEQ0123457"));
        assert!(!is_another_central(Some(" "), "NEQ0123457") && !is_another_central(None, "NEQ0123457"));
        assert!(!is_same_serial("3014F711A0001F9999990001", "4014F711A0001F9999990001"));
    }
}
