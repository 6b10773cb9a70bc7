//! The name a backup is offered under for download: `ccu3-3.87.6.20260101-2026-11-23-0315.sbk`.
//!
//! Does NOT name the stored file; that is its id.

use crate::ccu::CcuFacts;
use jiff::Zoned;

/// Longest host name or version in a name, in letters.
const MAX_LETTERS: usize = 64;

/// The name of a backup that was made at `at` by whoever `origin` is. It is safe as a file name everywhere.
pub(super) fn display_name(origin: Option<&CcuFacts>, at: &Zoned) -> String {
    let host = origin.and_then(|facts| safe(&facts.host_name)).unwrap_or_else(|| "ccu".to_owned());
    let version = origin.and_then(|facts| safe(&facts.firmware)).map_or_else(String::new, |text| text + "-");
    let (year, month, day, hour, minute) = (at.year(), at.month(), at.day(), at.hour(), at.minute());
    format!("{host}-{version}{year:04}-{month:02}-{day:02}-{hour:02}{minute:02}.sbk")
}

/// The letters of a text that no shell, browser or file system takes for something else.
fn safe(text: &str) -> Option<String> {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
    let letters: String =
        text.trim().trim_start_matches(['.', '-']).chars().take(MAX_LETTERS).map(letter).collect();
    (!letters.is_empty()).then_some(letters)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;
    use jiff::tz::{self, TimeZone};

    fn facts(host_name: &str, firmware: &str) -> CcuFacts {
        let (serial, product) = ("A".to_owned(), "CCU3".to_owned());
        CcuFacts { serial, product, firmware: firmware.to_owned(), host_name: host_name.to_owned() }
    }

    #[test]
    fn a_name_tells_host_version_and_local_time() {
        let at: Timestamp = "2026-11-23T23:05:59Z".parse().unwrap();
        let berlin = at.to_zoned(TimeZone::fixed(tz::offset(1)));
        assert_eq!(
            display_name(Some(&facts("ccu3", "3.87.6.20260101")), &berlin),
            "ccu3-3.87.6.20260101-2026-11-24-0005.sbk"
        );
        assert_eq!(display_name(None, &berlin), "ccu-2026-11-24-0005.sbk");
    }

    #[test]
    fn what_could_be_taken_for_something_else_is_left_out() {
        let at = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let name = display_name(Some(&facts("../küche \"1\"\r\n", "3/4;5")), &at);
        assert_eq!(name, "_k_che__1_-3_4_5-1970-01-01-0000.sbk");
        assert!(display_name(Some(&facts("..", "")), &at).starts_with("ccu-1970"));
        assert!(display_name(Some(&facts(&"x".repeat(500), "")), &at).len() < 100);
    }
}
