//! Why the daemon did not do what it was asked for, in words for whoever asked.
//!
//! Does NOT choose exit codes (`exit_code`).

use super::address::Address;
use serde::Deserialize;
use std::fmt;

/// Why there is no answer. Reads after "failed to …: ".
#[derive(Debug)]
pub(crate) enum DaemonError {
    /// Nobody listens there.
    Unreachable { address: String, cause: String },
    /// Somebody did, and the connection did not last.
    Broken { address: String, cause: String },
    /// What answers is no daemon, or a very different version of it.
    Strange { address: String, status: u16 },
    /// The daemon says why not.
    Problem(Box<Problem>),
}

/// What the daemon says (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    #[serde(default)]
    pub(crate) detail: String,
    #[serde(default)]
    pub(crate) errors: Vec<FieldError>,
    #[serde(skip)]
    of_upload: bool,
}

/// One thing that is to blame: of an upload a damage, otherwise a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct FieldError {
    pub(crate) field: String,
    pub(crate) reason: String,
}

/// What the daemon took and did not bring to its end.
#[derive(Debug)]
pub(crate) struct JobFailed {
    /// Reads before "failed".
    pub(crate) what: String,
    pub(crate) kind: JobFailureKind,
    pub(crate) reason: String,
    pub(crate) hint: Option<String>,
}

/// Whose fault it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobFailureKind {
    Central,
    Damaged,
    Key,
    Refused,
    Storage,
    Cancelled,
    Other,
}

impl DaemonError {
    pub(super) fn of_transport(address: &Address, error: reqwest::Error) -> Self {
        let connecting = error.is_connect();
        let cause = if error.is_timeout() && !connecting {
            "no answer in time".to_owned()
        } else {
            innermost(&error.without_url())
        };
        let address = address.to_string();
        if connecting { Self::Unreachable { address, cause } } else { Self::Broken { address, cause } }
    }

    /// The same, where what was sent is a backup to be judged.
    pub(super) fn of_upload(self) -> Self {
        match self {
            Self::Problem(problem) => Self::Problem(Box::new(Problem { of_upload: true, ..*problem })),
            other => other,
        }
    }

    /// The status of the daemon's refusal.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Problem(problem) => Some(problem.status),
            _ => None,
        }
    }

    /// Whether the same question may be answered in a moment: the daemon restarts, or has too much to do.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Broken { .. } => true,
            Self::Strange { status, .. } => *status >= 500,
            Self::Problem(problem) => matches!(problem.status, 429 | 500..),
        }
    }
}

impl Problem {
    pub(super) fn read(status: u16, body: &[u8]) -> Option<Self> {
        let problem: Self = serde_json::from_slice(body).ok()?;
        Some(Self { status, ..problem })
    }

    /// Whether it says that a backup is damaged.
    pub(crate) fn is_damage(&self) -> bool {
        self.of_upload && self.status == 422 && !self.errors.is_empty()
    }

    fn hint(&self) -> Option<&'static str> {
        match self.status {
            _ if self.detail.contains("hint: ") => None,
            401 => Some(
                "the token or password is unknown, expired or revoked; \"How to begin\" in docs/rest-ws.md tells how to make a token",
            ),
            403 => Some("backups of centrals are an admin's; take a token with the role `admin`"),
            404 => Some("`openccu-loom ccu list` shows the backups, `openccu-loom ccu status` the centrals"),
            413 => Some("the daemon's limit for uploads is a setting, see docs/configuration.md"),
            500 => Some("the daemon's log has the cause"),
            _ => None,
        }
    }
}

impl JobFailureKind {
    /// The kind of that word; one of a later version is `Other`.
    pub(crate) fn of(word: Option<&str>) -> Self {
        match word {
            Some("central") => Self::Central,
            Some("damaged") => Self::Damaged,
            Some("key") => Self::Key,
            Some("refused") => Self::Refused,
            Some("storage") => Self::Storage,
            Some("cancelled") => Self::Cancelled,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for DaemonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { address, cause } => write!(
                f,
                "the daemon does not answer at `{address}`: {cause}\nhint: is the daemon running? If it listens elsewhere, name that with --url or OPENCCU_LOOM_URL"
            ),
            Self::Broken { address, cause } => {
                write!(f, "the connection to the daemon at `{address}` broke: {cause}")
            }
            Self::Strange { address, status } => write!(
                f,
                "what answers at `{address}` (status {status}) is no daemon of this kind\nhint: is it another program, a proxy, or another version? --url tells where the daemon listens"
            ),
            Self::Problem(problem) => problem.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail.as_str() {
            "" => write!(f, "the daemon answered with status {}", self.status)?,
            detail => f.write_str(detail)?,
        }
        if self.of_upload {
            // Two lines a damage, where something can be done about it.
            self.errors.iter().try_for_each(|error| write!(f, "\n{}", error.reason))?;
        }
        self.hint().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

impl fmt::Display for JobFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} failed: {}", self.what, self.reason)?;
        self.hint.as_ref().map_or(Ok(()), |hint| write!(f, "\nhint: {hint}"))
    }
}

/// The cause at the bottom; those above it only say that there is one.
fn innermost(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
