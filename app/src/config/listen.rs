//! An address to listen on.
//!
//! Does NOT bind and does NOT look names up.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where to listen: all addresses of the machine, or one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// Host name or address without brackets; `None` for all addresses.
    host: Option<String>,
    port: u16,
}

/// Why a text is no such address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no address to listen on: it is `:port`, `host:port` or `[address]:port`")]
pub struct BadListenAddress(String);

impl ListenAddress {
    /// Reads `:8119`, `127.0.0.1:8119`, `localhost:8119` or `[::1]:8119`. Port 0 lets the system choose.
    pub fn parse(text: &str) -> Result<Self, BadListenAddress> {
        let bad = || BadListenAddress(text.to_owned());
        let (host, port) = text.trim().rsplit_once(':').ok_or_else(bad)?;
        let digits = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
        let port = if digits { port.parse().map_err(|_| bad())? } else { return Err(bad()) };
        let host = match host.strip_prefix('[').map(|inner| inner.strip_suffix(']')) {
            _ if host.is_empty() || host == "*" => None,
            Some(inner) => {
                let address: Ipv6Addr = inner.and_then(|inner| inner.parse().ok()).ok_or_else(bad)?;
                Some(address.to_string())
            }
            None => {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'-';
                Some(host)
                    .filter(|host| host.bytes().all(fits))
                    .ok_or_else(bad)
                    .map(str::to_owned)
                    .map(Some)?
            }
        };
        Ok(Self { host, port })
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What to bind, the best first: of these the first that the system grants is enough. For all addresses that is a
    /// socket for both IPv6 and IPv4, and one for IPv4 where there is no IPv6.
    pub fn candidates(&self) -> Vec<String> {
        match &self.host {
            Some(_) => vec![self.to_string()],
            None => [
                SocketAddr::from((Ipv6Addr::UNSPECIFIED, self.port)),
                SocketAddr::from((Ipv4Addr::UNSPECIFIED, self.port)),
            ]
            .map(|address| address.to_string())
            .to_vec(),
        }
    }
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            Some(host) if host.contains(':') => write!(f, "[{host}]:{}", self.port),
            Some(host) => write!(f, "{host}:{}", self.port),
            None => write!(f, ":{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read_and_shown_again() {
        for (text, candidates) in [
            (":8119", vec!["[::]:8119", "0.0.0.0:8119"]),
            ("127.0.0.1:80", vec!["127.0.0.1:80"]),
            ("localhost:0", vec!["localhost:0"]),
            ("[::1]:8119", vec!["[::1]:8119"]),
        ] {
            let address = ListenAddress::parse(text).unwrap();
            assert_eq!(
                (address.to_string().as_str(), address.candidates()),
                (text, candidates.iter().map(|c| (*c).to_owned()).collect())
            );
        }
        assert_eq!(ListenAddress::parse("*:1").unwrap(), ListenAddress::parse(":1").unwrap());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "8119",
            "host",
            "host:",
            ":port",
            ":70000",
            ":+1",
            "::1:80",
            "[::1]",
            "[x]:1",
            "[::1:1",
            "a b:1",
            "http://x:1",
        ] {
            let refused = ListenAddress::parse(text).unwrap_err().to_string();
            assert!(refused.contains(&format!("`{text}`")), "{refused}");
        }
    }
}
