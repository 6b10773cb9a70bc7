//! How a central is doing, in words and as JSON.
//!
//! Does NOT look at it.

use crate::central_gateways::CentralGatewayError;
use jiff::Timestamp;
use loom_domain::ccu::CcuFacts;
use loom_domain::central::CentralName;
use loom_domain::ports::CcuError;
use loom_domain::usecases::InterfaceReport;
use loom_domain::words::reason_and_hint;
use serde::Serialize;
use std::fmt;
use utoipa::ToSchema;

/// How a central is doing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CentralStatus {
    /// In a word.
    pub word: CentralStatusWord,
    /// Who it said it is.
    pub facts: Option<CcuFacts>,
    /// Its interfaces, as its devices were last read.
    pub interfaces: Vec<InterfaceReport>,
    /// When its devices were last read.
    pub refreshed_at: Option<Timestamp>,
    /// When it last answered.
    pub last_contact: Option<Timestamp>,
    /// When it was last tried.
    pub last_attempt: Option<Timestamp>,
    /// Why it is not ready, and what to do.
    pub last_error: Option<(String, Option<String>)>,
}

/// How a central is doing, in a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CentralStatusWord {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// It answers.
    Ready,
    /// It starts, or is busy.
    Booting,
    /// It does not answer.
    Unreachable,
    /// It answers, but does not let us in.
    Refused,
    /// Its configuration does not do.
    Misconfigured,
    /// Nobody looks at it.
    Disabled,
}

impl CentralStatusWord {
    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Ready => "ready",
            Self::Booting => "booting",
            Self::Unreachable => "unreachable",
            Self::Refused => "refused",
            Self::Misconfigured => "misconfigured",
            Self::Disabled => "disabled",
        }
    }

    /// Whether somebody may have to look after it.
    pub(super) fn is_trouble(self) -> bool {
        !matches!(self, Self::Unknown | Self::Ready | Self::Disabled)
    }
}

/// Why a central is not ready.
#[derive(Debug)]
pub(super) struct Trouble {
    word: CentralStatusWord,
    reason: String,
    hint: Option<String>,
}

impl Trouble {
    fn new(word: CentralStatusWord, error: &impl fmt::Display) -> Self {
        let (reason, hint) = reason_and_hint(error);
        Self { word, reason, hint }
    }
}

impl Trouble {
    /// What an error of a central comes to.
    pub(super) fn of(error: &CcuError) -> Self {
        let word = match error {
            CcuError::NotReady(_) => CentralStatusWord::Booting,
            CcuError::Unauthorized(_) | CcuError::Refused(_) => CentralStatusWord::Refused,
            _ => CentralStatusWord::Unreachable,
        };
        Self::new(word, error)
    }
}

impl From<CcuError> for Trouble {
    fn from(error: CcuError) -> Self {
        Self::of(&error)
    }
}

impl From<CentralGatewayError> for Trouble {
    fn from(error: CentralGatewayError) -> Self {
        Self::new(CentralStatusWord::Misconfigured, &error)
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl CentralStatus {
    /// Takes down what a look without login showed. `in_good_terms`: the last conversation after a login did not fail.
    pub(super) fn looked(&mut self, now: Timestamp, trouble: Option<&Trouble>, in_good_terms: bool) {
        self.last_attempt = Some(now);
        match trouble {
            None => {
                self.last_contact = Some(now);
                // That it answers does not mean that it lets us in: only a conversation that works ends that.
                if in_good_terms {
                    self.word = CentralStatusWord::Ready;
                    self.last_error = None;
                }
            }
            Some(trouble) => self.troubled(trouble),
        }
    }

    pub(super) fn troubled(&mut self, trouble: &Trouble) {
        self.word = trouble.word;
        self.last_error = Some((trouble.reason.clone(), trouble.hint.clone()));
    }

    /// Takes down what a conversation after a login showed.
    pub(super) fn refreshed(&mut self, now: Timestamp, facts: CcuFacts, interfaces: Vec<InterfaceReport>) {
        self.word = CentralStatusWord::Ready;
        self.facts = Some(facts);
        self.interfaces = interfaces;
        self.refreshed_at = Some(now);
        self.last_contact = Some(now);
        self.last_attempt = Some(now);
        self.last_error = None;
    }

    /// Whether anything but the time of looks differs.
    pub(super) fn differs_from(&self, other: &Self) -> bool {
        let timeless = |status: &Self| Self { last_contact: None, last_attempt: None, ..status.clone() };
        timeless(self) != timeless(other)
    }
}

/// How a central is doing.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CentralStatus)]
pub(crate) struct CentralStatusBody {
    /// Its name.
    name: String,
    /// Whether the daemon contacts it.
    enabled: bool,
    /// `unknown`, `ready`, `booting`, `unreachable`, `refused`, `misconfigured` or `disabled`.
    state: &'static str,
    /// Firmware version.
    #[serde(skip_serializing_if = "Option::is_none")]
    firmware: Option<String>,
    /// Product.
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    /// Serial number; for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    /// Host name; for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    host_name: Option<String>,
    /// Its interfaces, as its devices were last read.
    interfaces: Vec<InterfaceStatus>,
    /// When its devices were last read (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    refreshed_at: Option<String>,
    /// When it last answered (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_contact: Option<String>,
    /// When it was last tried (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_attempt: Option<String>,
    /// Why it is not ready, in words; for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
    /// What to do; for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// One interface of a central.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InterfaceStatus {
    /// Its name, such as `HmIP-RF`.
    id: String,
    /// How many devices and channels it listed.
    devices: u64,
    /// How many of them are not described in full yet.
    pending: u64,
    /// Whether types of values or fields got lost, because only a simpler way to it was open.
    simplified: bool,
    /// Why the cache was left as it was, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<String>,
    /// Why it could not be read, in words; for admins.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

impl CentralStatusBody {
    /// The status as admins see it.
    pub(crate) fn new(name: &CentralName, enabled: bool, status: &CentralStatus) -> Self {
        let facts = status.facts.as_ref();
        let at = |at: Option<Timestamp>| at.map(|at| at.to_string());
        let interface = |report: &InterfaceReport| InterfaceStatus {
            id: report.interface_id.clone(),
            devices: report.listed,
            pending: report.pending,
            simplified: report.simplified,
            kept: report.kept.clone(),
            error: report.error.clone(),
        };
        Self {
            name: name.to_string(),
            enabled,
            state: status.word.as_str(),
            firmware: facts.map(|facts| facts.firmware.clone()),
            product: facts.map(|facts| facts.product.clone()),
            serial: facts.map(|facts| facts.serial.clone()),
            host_name: facts.map(|facts| facts.host_name.clone()),
            interfaces: status.interfaces.iter().map(interface).collect(),
            refreshed_at: at(status.refreshed_at),
            last_contact: at(status.last_contact),
            last_attempt: at(status.last_attempt),
            last_error: status.last_error.as_ref().map(|(reason, _)| reason.clone()),
            hint: status.last_error.as_ref().and_then(|(_, hint)| hint.clone()),
        }
    }

    /// The status as everybody may see it: nothing that tells where the central is.
    #[must_use]
    pub(crate) fn below_admin(mut self) -> Self {
        (self.serial, self.host_name, self.last_error, self.hint) = (None, None, None, None);
        self.interfaces.iter_mut().for_each(|interface| interface.error = None);
        self
    }
}
