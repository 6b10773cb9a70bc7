//! The host's name, and the file name an archive gets by default.
//!
//! Does NOT look the name up anywhere but in the kernel.

use jiff::Timestamp;

/// The host's name, if the kernel knows one.
pub fn host_name() -> Option<String> {
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    (!name.is_empty()).then_some(name)
}

/// `backup-<hostname>-<UTC>.<ending>`; the host's name is reduced to letters, digits, `.`, `-` and `_`.
pub fn default_archive_name(host: Option<&str>, at: Timestamp, ending: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    let host: String = host.unwrap_or("host").chars().map(plain).collect();
    format!("backup-{host}-{}.{ending}", at.strftime("%Y%m%dT%H%M%SZ"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_name_holds_host_and_utc_time() {
        let at = "2026-06-08T14:00:00+02:00".parse().unwrap();
        assert_eq!(default_archive_name(Some("pi"), at, "tar.gz"), "backup-pi-20260608T120000Z.tar.gz");
        assert_eq!(default_archive_name(None, at, "zip"), "backup-host-20260608T120000Z.zip");
        let sealed = default_archive_name(Some("a/b ü"), at, "tar.zst.age");
        assert_eq!(sealed, "backup-a_b__-20260608T120000Z.tar.zst.age");
    }
}
