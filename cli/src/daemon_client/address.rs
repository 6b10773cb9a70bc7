//! Where the daemon listens: from the flag, the environment, or where it listens by default.
//!
//! Does NOT resolve names or connect.

use crate::failure::Failure;
use loom_app::Environment;
use reqwest::Url;
use std::fmt;
use std::net::IpAddr;

const DEFAULT: &str = "http://127.0.0.1:8119";
const VARIABLE: &str = "OPENCCU_LOOM_URL";

/// The address of a daemon: scheme, host, port, and the path before `/api/v1` where a proxy adds one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address(Url);

impl Address {
    /// The flag before the variable before the default.
    pub(super) fn find(flag: Option<&str>, environment: &Environment) -> Result<Self, Failure> {
        if let Some(url) = flag {
            return Self::parse(url, "--url");
        }
        let named = environment(VARIABLE).filter(|url| !url.is_empty());
        match named {
            Some(url) => Self::parse(&url.to_string_lossy(), VARIABLE),
            None => Self::parse(DEFAULT, "the default"),
        }
    }

    fn parse(text: &str, from: &str) -> Result<Self, Failure> {
        let refused = |why: &str| Failure::Usage(format!("{from} {why}"));
        let url = Url::parse(text)
            .map_err(|error| refused(&format!("is no address: {error}\nhint: write it as in `{DEFAULT}`")))?;
        match url.scheme() {
            "http" => {}
            "https" => {
                return Err(refused(
                    "asks for TLS, which this program does not speak\nhint: run it on the daemon's machine, or go through `ssh -L 8119:localhost:8119 <machine>`, with `http://localhost:8119`",
                ));
            }
            _ => return Err(refused(&format!("must begin with `http://`, as in `{DEFAULT}`"))),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("must not hold a name or password\nhint: use --user and --password-file"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refused("must end after host, port and path"));
        }
        Ok(Self(url))
    }

    /// The URL of a path below `/api/v1`.
    pub(super) fn of(&self, path: &[&str]) -> Url {
        let mut url = self.0.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path);
        }
        url
    }

    /// Whether what is sent there leaves this machine, and that in clear.
    pub(super) fn is_overheard(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default();
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.map_or(host != "localhost", |address| !address.is_loopback())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;
    use std::sync::Arc;

    fn find(flag: Option<&str>, variable: Option<&'static str>) -> Result<Address, String> {
        let environment: Environment =
            Arc::new(move |name| variable.filter(|_| name == VARIABLE).map(OsString::from));
        Address::find(flag, &environment).map_err(|failure| failure.to_string())
    }

    #[test]
    fn the_flag_beats_the_variable_and_that_the_default() {
        assert_eq!(find(None, None).unwrap().to_string(), DEFAULT);
        assert_eq!(find(None, Some("")).unwrap().to_string(), DEFAULT);
        assert_eq!(find(None, Some("http://a:1")).unwrap().to_string(), "http://a:1");
        assert_eq!(find(Some("http://b:2/"), Some("http://a:1")).unwrap().to_string(), "http://b:2");
    }

    #[test]
    fn a_segment_stays_one_whatever_it_holds() {
        let address = find(Some("http://h/loom/"), None).unwrap();
        assert_eq!(
            address.of(&["backups", "a/b ?#ä"]).as_str(),
            "http://h/loom/api/v1/backups/a%2Fb%20%3F%23%C3%A4"
        );
    }

    #[test]
    fn what_is_no_address_of_a_daemon_is_refused_with_words() {
        for (url, words) in [
            ("https://h", "--url asks for TLS, which this program does not speak\nhint: "),
            ("ftp://h", "--url must begin with `http://`"),
            ("h:8119", "--url must begin with `http://`"),
            ("http://anna:secret@h", "--url must not hold a name or password"),
            ("http://h/?a=b", "--url must end after"),
            ("localhost", "--url is no address: "),
        ] {
            let refused = find(Some(url), None).unwrap_err();
            assert!(refused.starts_with(words) && !refused.contains("secret"), "{url}: {refused}");
        }
        assert!(find(None, Some("https://h")).unwrap_err().starts_with("OPENCCU_LOOM_URL asks for TLS"));
    }

    #[test]
    fn only_another_machine_is_overheard() {
        for (url, overheard) in [
            ("http://127.0.0.1:8119", false),
            ("http://[::1]:8119", false),
            ("http://localhost", false),
            ("http://192.168.1.2:8119", true),
            ("http://localhost.example", true),
        ] {
            assert_eq!(find(Some(url), None).unwrap().is_overheard(), overheard, "{url}");
        }
    }
}
