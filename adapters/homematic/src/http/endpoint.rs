//! An endpoint: one port of a central, and whether TLS is spoken there. Does NOT connect.

use std::fmt;
use std::sync::Arc;

/// One port of a central.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: Arc<str>,
    port: u16,
    tls: bool,
}

impl Endpoint {
    /// That port of that host.
    pub(crate) fn new(host: Arc<str>, port: u16, tls: bool) -> Self {
        Self { host, port, tls }
    }

    /// Host name or address.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether TLS is spoken there.
    pub(crate) fn tls(&self) -> bool {
        self.tls
    }

    pub(super) fn url(&self, path_and_query: &str) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{self}{path_and_query}")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') && !self.host.starts_with('[') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_ipv6_stands_in_brackets() {
        assert_eq!(Endpoint::new("ccu".into(), 80, false).url("/a?sid=@x@"), "http://ccu:80/a?sid=@x@");
        assert_eq!(Endpoint::new("fe80::1".into(), 443, true).url("/"), "https://[fe80::1]:443/");
    }
}
