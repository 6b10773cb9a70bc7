//! A central as it is met: how to reach it, and what it says of itself.
//!
//! Does NOT hold its configuration (`central`) and does NOT talk to it (`ports::ccu_gateway`).

use crate::central::{Central, CentralName};
use crate::secret::{SecretText, SecretValue};
use std::collections::BTreeMap;
use std::time::Duration;

/// Who a central says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CcuFacts {
    /// Serial number; binds a CCU backup to its origin. Never empty.
    pub serial: String,
    /// Product name, such as `OpenCCU` or `CCU3`.
    pub product: String,
    /// Firmware version as it says it, such as `3.87.6.20260101`.
    pub firmware: String,
    /// Host name; only for names people read.
    pub host_name: String,
}

/// What it takes to talk to one central.
#[derive(Clone, PartialEq, Eq)]
pub struct CcuAccess {
    /// The central; it appears in messages.
    pub central: CentralName,
    /// Host name or address, without a scheme.
    pub host: String,
    /// Port of its web pages; `None` is the protocol's default.
    pub web_port: Option<u16>,
    /// Port of its JSON API, where that is another one.
    pub json_port: Option<u16>,
    /// User to log in with.
    pub username: Option<String>,
    /// Password of that user.
    pub password: Option<SecretText>,
    /// Whether and how TLS is spoken.
    pub tls: CcuTls,
    /// Interfaces in use; empty means all it has.
    pub interfaces: Vec<String>,
    /// Ports of interfaces, where they differ from the protocol's.
    pub ports: BTreeMap<String, u16>,
    /// How patient to be.
    pub patience: CcuPatience,
}

/// Whether and how TLS is spoken with a central.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CcuTls {
    /// Not at all.
    Off,
    /// With exactly the certificate of this SHA-256 fingerprint: 64 lower-case hex digits.
    Pinned(String),
    /// With whatever certificate it shows.
    Insecure,
    /// With a certificate that a public authority vouches for.
    Verified,
}

/// How long a central may take. The defaults come from what real ones were seen to need.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CcuPatience {
    /// To take a connection.
    pub connect: Duration,
    /// To answer an ordinary question.
    pub answer: Duration,
    /// To make a system backup, before its first byte.
    pub backup_first_byte: Duration,
    /// Between two pieces of a body.
    pub idle: Duration,
    /// To send a system backup altogether.
    pub backup_total: Duration,
    /// To unpack and check a system backup that is given back to it.
    pub apply: Duration,
    /// Between two attempts where it said that it is not ready, at first; the pause grows.
    pub retry_after: Duration,
}

impl Default for CcuPatience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(60),
            backup_first_byte: Duration::from_secs(20 * 60),
            idle: Duration::from_secs(60),
            backup_total: Duration::from_secs(60 * 60),
            apply: Duration::from_secs(20 * 60),
            retry_after: Duration::from_secs(5),
        }
    }
}

/// Why a configured central cannot even be tried. Fragments read after "failed to reach central `…`: ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCcuAccess {
    /// The environment lacks what the configuration names.
    #[error(
        "the environment variable `{0}` with its password is not set\nhint: set it and start the daemon again"
    )]
    NoPasswordVariable(String),
    /// Its password does not open.
    #[error(
        "its password is an encrypted value but no master key available opens it\nhint: bring the key back, or set the password again"
    )]
    SealedPassword,
    /// No port.
    #[error(
        "`ports.{interface}` is no port: 1 to 65535 are allowed\nhint: correct the central's configuration"
    )]
    BadPort {
        /// The interface.
        interface: String,
    },
    /// No fingerprint.
    #[error(
        "`tls_fingerprint` is no SHA-256 fingerprint: 64 hex digits are needed, colons may stand between them\nhint: \
         correct the central's configuration"
    )]
    BadFingerprint,
}

impl CcuAccess {
    /// The way to a configured central. `variable` looks the environment up, for a password that is kept there.
    pub fn of(
        central: &Central,
        patience: CcuPatience,
        variable: impl Fn(&str) -> Option<SecretText>,
    ) -> Result<Self, BadCcuAccess> {
        let password = match &central.password_env {
            Some(name) => Some(variable(name).ok_or_else(|| BadCcuAccess::NoPasswordVariable(name.clone()))?),
            None => match &central.password {
                Some(SecretValue::Clear(password)) => Some(password.clone()),
                Some(SecretValue::Sealed(_)) => return Err(BadCcuAccess::SealedPassword),
                None => None,
            },
        };
        Ok(Self {
            central: central.name.clone(),
            host: central.host.clone(),
            web_port: central.port,
            json_port: central.json_rpc_port,
            username: central.username.clone(),
            password,
            tls: tls(central)?,
            interfaces: central.interfaces.clone(),
            ports: ports(central)?,
            patience,
        })
    }
}

fn tls(central: &Central) -> Result<CcuTls, BadCcuAccess> {
    // A pin says more than a wish to accept anything, so it wins.
    match (&central.tls_fingerprint, central.tls) {
        (_, false) => Ok(CcuTls::Off),
        (Some(fingerprint), true) if !fingerprint.is_empty() => {
            let digits: String = fingerprint.chars().filter(|letter| *letter != ':').collect();
            let fits = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if fits {
                Ok(CcuTls::Pinned(digits.to_ascii_lowercase()))
            } else {
                Err(BadCcuAccess::BadFingerprint)
            }
        }
        (_, true) if central.tls_insecure_skip_verify => Ok(CcuTls::Insecure),
        (_, true) => Ok(CcuTls::Verified),
    }
}

fn ports(central: &Central) -> Result<BTreeMap<String, u16>, BadCcuAccess> {
    let named = central.ports.as_object().into_iter().flatten();
    named
        .map(|(interface, port)| {
            let port = port.as_u64().and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
            let port = port.ok_or_else(|| BadCcuAccess::BadPort { interface: interface.clone() })?;
            Ok((interface.clone(), port))
        })
        .collect()
}

impl std::fmt::Debug for CcuAccess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CcuAccess")
            .field("central", &self.central)
            .field("host", &self.host)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}
