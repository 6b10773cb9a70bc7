//! Where the interfaces of a central are found: names, ports with and without TLS, paths, and which protocol to try first.
//!
//! Does NOT call them (`devices`).

use crate::http::{Endpoint, HttpClient};
use loom_domain::ccu::CcuAccess;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Interfaces a central may name; real ones have up to a dozen, those of add-ons included.
const MOST: usize = 32;

/// Longest name of an interface, in letters.
const LONGEST_NAME: usize = 64;

/// Ports with TLS lie this far above those without.
const TLS_OFFSET: u16 = 40_000;

/// Ports inside a central, as it names them itself, lie this far above those outside.
const INSIDE_OFFSET: u16 = 30_000;

/// Interfaces every central may have.
const KNOWN: [Known; 5] = [
    Known { name: "BidCos-Wired", port: 2000, path: "/" },
    Known { name: "BidCos-RF", port: 2001, path: "/" },
    Known { name: "HmIP-RF", port: 2010, path: "/" },
    Known { name: "VirtualDevices", port: 9292, path: "/groups" },
    Known { name: BINARY, port: 8701, path: "/" },
];

/// The one interface that speaks BIN-RPC only, without TLS.
const BINARY: &str = "CUxD";

struct Known {
    name: &'static str,
    port: u16,
    path: &'static str,
}

/// The way to one interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Door {
    /// Its port.
    pub(crate) at: Endpoint,
    /// Path of XML-RPC.
    pub(crate) path: &'static str,
    /// Whether BIN-RPC is tried first.
    pub(crate) binary: bool,
}

/// The interfaces of one central.
pub(crate) struct Interfaces {
    http: HttpClient,
    configured: BTreeMap<String, u16>,
    // Outside ports without TLS, as the central named them.
    learned: Mutex<BTreeMap<String, u16>>,
}

impl Interfaces {
    /// The interfaces behind `access`.
    pub(crate) fn new(access: &CcuAccess, http: HttpClient) -> Self {
        Self { http, configured: access.ports.clone(), learned: Mutex::default() }
    }

    /// Names of those every central may have.
    pub(crate) fn known() -> Vec<String> {
        KNOWN.iter().map(|known| known.name.to_owned()).collect()
    }

    /// The way to an interface; `None` if nobody ever named a port of it. A configured port is taken as it is; others are
    /// the protocol's, or those the central named.
    pub(crate) fn door(&self, name: &str) -> Option<Door> {
        let known = KNOWN.iter().find(|known| known.name == name);
        let binary = name == BINARY;
        let at = match (self.configured.get(name), self.plain_port(name, known)) {
            (Some(port), _) if binary => self.http.plain_endpoint(*port),
            (Some(port), _) => self.http.endpoint(*port),
            (None, port) if binary => self.http.plain_endpoint(port?),
            (None, port) => {
                let plain = self.http.endpoint(port?);
                if plain.tls() { self.http.endpoint(plain.port().checked_add(TLS_OFFSET)?) } else { plain }
            }
        };
        Some(Door { at, path: known.map_or("/", |known| known.path), binary })
    }

    /// Takes what the central says of its interfaces: `[{"name": …, "port": …}]`. `None` if it says something else.
    ///
    /// The first 32 with a name of 1 to 64 printable letters count, each once; others are ignored. What it named before and
    /// does not name now is forgotten.
    pub(crate) fn learn(&self, listed: &Value) -> Option<Vec<String>> {
        let mut names: Vec<String> = Vec::new();
        let mut ports = BTreeMap::new();
        let mut ignored = 0_usize;
        for interface in listed.as_array()? {
            let name = interface.get("name")?.as_str()?;
            if names.iter().any(|known| known == name) {
                continue;
            }
            if names.len() == MOST || !is_name(name) {
                ignored += 1;
                continue;
            }
            names.push(name.to_owned());
            if let Some(port) = outside_port(&interface["port"]) {
                ports.insert(name.to_owned(), port);
            }
        }
        if ignored > 0 {
            tracing::warn!(
                ignored,
                "the central names too many interfaces, or some by what is no name; these are ignored"
            );
        }
        *self.learned.lock().unwrap_or_else(PoisonError::into_inner) = ports;
        Some(names)
    }

    fn plain_port(&self, name: &str, known: Option<&Known>) -> Option<u16> {
        // The protocol's port counts more: what a central says of its own is the view from inside.
        let learned = || self.learned.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        known.map(|known| known.port).or_else(learned)
    }
}

/// Whether this can be the name of an interface: names end up in logs, addresses of pages and on screens.
fn is_name(name: &str) -> bool {
    let printable = |letter: char| letter.is_alphanumeric() || letter.is_ascii_graphic() || letter == ' ';
    // Bytes first: counting letters of a long text takes time.
    (1..=LONGEST_NAME * 4).contains(&name.len())
        && name.chars().count() <= LONGEST_NAME
        && name.chars().all(printable)
        && name.trim() == name
}

/// The port outside of the central that it means by this; a number, or its digits.
fn outside_port(named: &Value) -> Option<u16> {
    let port = named.as_u64().or_else(|| named.as_str()?.trim().parse().ok())?;
    let port = u16::try_from(port).ok().filter(|port| *port > 0)?;
    Some(port.checked_sub(INSIDE_OFFSET).filter(|port| *port > 0).unwrap_or(port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::tests::access;
    use loom_domain::ccu::CcuTls;
    use serde_json::json;

    fn interfaces(tls: CcuTls, ports: &[(&str, u16)]) -> Interfaces {
        let ports = ports.iter().map(|(name, port)| ((*name).to_owned(), *port)).collect();
        let access = CcuAccess { tls, ports, ..access(CcuTls::Off) };
        Interfaces::new(&access, HttpClient::new(&access))
    }

    fn port(interfaces: &Interfaces, name: &str) -> Option<(u16, bool)> {
        interfaces.door(name).map(|door| (door.at.port(), door.at.tls()))
    }

    #[test]
    fn ports_are_those_of_the_protocol_with_and_without_tls() {
        let plain = interfaces(CcuTls::Off, &[]);
        assert_eq!(port(&plain, "HmIP-RF"), Some((2010, false)));
        assert_eq!(plain.door("VirtualDevices").unwrap().path, "/groups");
        let tls = interfaces(CcuTls::Insecure, &[]);
        assert_eq!(port(&tls, "BidCos-RF"), Some((42001, true)));
        assert_eq!(port(&tls, "VirtualDevices"), Some((49292, true)));
        assert_eq!(port(&tls, "CUxD"), Some((8701, false)));
        assert!(tls.door("CUxD").unwrap().binary);
    }

    #[test]
    fn a_configured_port_is_taken_as_it_is() {
        let tls = interfaces(CcuTls::Insecure, &[("HmIP-RF", 12345), ("CUxD", 99)]);
        assert_eq!(port(&tls, "HmIP-RF"), Some((12345, true)));
        assert_eq!(port(&tls, "CUxD"), Some((99, false)));
    }

    #[test]
    fn other_interfaces_are_learned_from_the_central() {
        let interfaces = interfaces(CcuTls::Off, &[]);
        assert_eq!(port(&interfaces, "Other-RF"), None);
        let listed = json!([
            {"name": "HmIP-RF", "port": 39999, "info": ""},
            {"name": "Other-RF", "port": "37000"},
            {"name": "Plain-RF", "port": 7001},
        ]);
        assert_eq!(interfaces.learn(&listed).unwrap(), ["HmIP-RF", "Other-RF", "Plain-RF"]);
        assert_eq!(port(&interfaces, "Other-RF"), Some((7000, false)));
        assert_eq!(port(&interfaces, "Plain-RF"), Some((7001, false)));
        assert_eq!(port(&interfaces, "HmIP-RF"), Some((2010, false)));
        assert_eq!(interfaces.learn(&json!("")), None);
    }

    #[test]
    fn names_are_bounded_in_number_and_length_and_what_is_beyond_is_not_kept() {
        let interfaces = interfaces(CcuTls::Off, &[]);
        let names: Vec<String> = (0..100).map(|number| format!("Radio-{number}")).collect();
        let listed: Value = names.iter().map(|name| json!({"name": name, "port": 7001})).collect();
        assert_eq!(interfaces.learn(&listed).unwrap(), names[..32]);
        assert!(port(&interfaces, "Radio-31").is_some());
        assert_eq!(port(&interfaces, "Radio-32"), None);
        assert_eq!(interfaces.learned.lock().unwrap().len(), 32);

        let longest = "x".repeat(64);
        let odd = ["", " ", "a\nb", "a\u{202e}b", "a\tb", &"x".repeat(65), &"ä".repeat(65)];
        let fit = ["CCU-Jack", "My Radio", "Küche", &longest, "CCU-Jack"];
        let listed: Value = odd.iter().chain(&fit).map(|name| json!({"name": name, "port": 7001})).collect();
        assert_eq!(interfaces.learn(&listed).unwrap(), fit[..4]);
        assert_eq!(interfaces.learned.lock().unwrap().len(), 4, "what is named no more is forgotten");
        for name in odd {
            assert_eq!(port(&interfaces, name), None, "{name:?}");
        }
    }
}
