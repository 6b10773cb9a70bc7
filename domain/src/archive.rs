//! What an archive is: its members, manifest, limits, and what goes in and what stays out.
//!
//! Does NOT write or read archives (adapter `archive`); everything here is pure.

/// Lower-case hex digits of `bytes`.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
