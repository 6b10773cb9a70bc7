//! Why an HTTP request failed, in words and with a hint: the library's errors are sorted here by what a person can do.
//!
//! Does NOT judge what a central answered; any status but a redirect is an answer.

use super::Endpoint;
use super::certificates::OtherCertificate;
use loom_domain::ports::CcuError;
use rustls::{CertificateError, Error as TlsError};
use std::error::Error;
use std::io::{Error as IoError, ErrorKind};
use std::time::Duration;

/// A request without an answer, or an answer without its end. Fragments, hints included; `at` is host and port.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// Nobody listens there.
    #[error(
        "`{at}` refuses connections\nhint: check the port, and whether the central has this interface in use"
    )]
    Refused { at: Endpoint },
    /// Nobody says anything.
    #[error(
        "`{at}` did not take the connection within {} s\nhint: check the address; if other ports of the central answer, its \
         firewall keeps this one closed: allow the address of this machine there", .after.as_secs()
    )]
    TimedOut { at: Endpoint, after: Duration },
    /// No way there, or no such name.
    #[error("no connection to `{at}`: {why}\nhint: check `host` of the central, and the network")]
    NoWay { at: Endpoint, why: String },
    /// Another certificate than the pinned one.
    #[error(
        "the certificate of `{at}` has the SHA-256 fingerprint {got}, but {want} is pinned\nhint: the central may have made a \
         new certificate, after a restore or when the old one ran out; compare the fingerprint on the central itself, then \
         set `tls_fingerprint`. If the central's is another one, somebody stands in between"
    )]
    OtherCertificate { at: Endpoint, got: String, want: String },
    /// A certificate nobody vouches for.
    #[error(
        "no public authority vouches for the certificate of `{at}` ({why}); centrals make their own\nhint: compare its SHA-256 \
         fingerprint {got} on the central itself and set it as `tls_fingerprint`"
    )]
    NotVouchedFor { at: Endpoint, why: String, got: String },
    /// No TLS came about.
    #[error("no TLS with `{at}`: {why}\nhint: {hint}")]
    NoTls { at: Endpoint, why: String, hint: &'static str },
    /// No answer.
    #[error("`{at}` took the question but did not answer within {} s", .after.as_secs())]
    Silent { at: Endpoint, after: Duration },
    /// The answer paused too long.
    #[error("`{at}` fell silent for {} s in the middle of its answer", .after.as_secs())]
    Stalled { at: Endpoint, after: Duration },
    /// The answer took too long altogether.
    #[error("`{at}` did not finish its answer in time")]
    TooSlow { at: Endpoint },
    /// The connection ended before an answer.
    #[error("`{at}` closed the connection without an answer")]
    Unanswered { at: Endpoint },
    /// The connection ended within the answer.
    #[error("the answer of `{at}` was cut off: {why}")]
    CutOff { at: Endpoint, why: String },
    /// What came is not HTTP.
    #[error("`{at}` does not speak HTTP: {why}\nhint: check the port, and whether `tls` fits it")]
    NotHttp { at: Endpoint, why: String },
    /// The answer is too long.
    #[error("the answer of `{at}` is longer than {limit} bytes")]
    TooLong { at: Endpoint, limit: usize },
    /// The central sends everybody to HTTPS.
    #[error(
        "`{at}` sends every question on to HTTPS\nhint: the central enforces HTTPS: set `tls: true` and its `tls_fingerprint`"
    )]
    EnforcesHttps { at: Endpoint },
    /// Somebody sends us elsewhere.
    #[error(
        "`{at}` sends questions on to another address ({to})\nhint: set `host` and `port` to the central itself"
    )]
    Redirected { at: Endpoint, to: String },
    /// What was to be sent could not be read to its end.
    #[error("what was to be sent to `{at}` broke off: {why}")]
    Content { at: Endpoint, why: String },
    /// It could not even be tried.
    #[error("{0}")]
    Setup(String),
}

impl HttpError {
    /// Whether the connection went away before anything came.
    pub(crate) fn broke_before_answer(&self) -> bool {
        matches!(self, Self::Unanswered { .. })
    }

    /// Whether not even a connection came about.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::TimedOut { .. } | Self::NoWay { .. })
    }

    /// Whether the question certainly never left us.
    pub(crate) fn was_not_sent(&self) -> bool {
        self.is_unreachable()
            || matches!(self, Self::OtherCertificate { .. } | Self::NotVouchedFor { .. } | Self::Setup(_))
    }

    /// Whether the connection went away after the question was sent.
    pub(crate) fn went_away(&self) -> bool {
        matches!(self, Self::Unanswered { .. } | Self::CutOff { .. })
    }

    /// Whether the question was sent and no whole answer came in time.
    pub(crate) fn fell_silent(&self) -> bool {
        matches!(self, Self::Silent { .. } | Self::Stalled { .. } | Self::TooSlow { .. })
    }

    /// Whether whoever answered only sends everybody elsewhere.
    pub(crate) fn is_redirect(&self) -> bool {
        matches!(self, Self::EnforcesHttps { .. } | Self::Redirected { .. })
    }

    /// Sorts an error of the client.
    pub(super) fn of(
        error: &hyper_util::client::legacy::Error,
        at: &Endpoint,
        connect: Duration,
        shown: Option<String>,
    ) -> Self {
        let at = at.clone();
        if let Some(error) = find::<TlsError>(error) {
            return tls(error, at, shown);
        }
        if error.is_connect() {
            let io = find::<IoError>(error).map(IoError::kind);
            return match io {
                Some(ErrorKind::ConnectionRefused) => Self::Refused { at },
                Some(ErrorKind::TimedOut) => Self::TimedOut { at, after: connect },
                Some(ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset) if at.tls() => {
                    let why = "the connection was closed".to_owned();
                    Self::NoTls { at, why, hint: "check whether this port speaks TLS, or set `tls: false`" }
                }
                _ => Self::NoWay { at, why: root(error) },
            };
        }
        match find::<hyper::Error>(error) {
            Some(error) if error.is_user() => Self::Content { at, why: root(error) },
            Some(error) if error.is_parse() => Self::NotHttp { at, why: root(error) },
            _ => Self::Unanswered { at },
        }
    }

    /// Sorts an error of connecting without HTTP.
    pub(crate) fn of_io(error: &IoError, at: &Endpoint, connect: Duration) -> Self {
        let at = at.clone();
        match error.kind() {
            ErrorKind::ConnectionRefused => Self::Refused { at },
            ErrorKind::TimedOut => Self::TimedOut { at, after: connect },
            _ => Self::NoWay { at, why: error.to_string() },
        }
    }

    pub(super) fn cut_off(error: &hyper::Error, at: &Endpoint) -> Self {
        Self::CutOff { at: at.clone(), why: root(error) }
    }

    pub(super) fn redirected(location: Option<&str>, at: &Endpoint) -> Self {
        let to = location.unwrap_or("nowhere");
        // Its path is not shown: it may repeat a session.
        let origin = to.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
        if !at.tls() && to.starts_with("https://") {
            return Self::EnforcesHttps { at: at.clone() };
        }
        Self::Redirected { at: at.clone(), to: origin.chars().take(200).collect() }
    }
}

impl From<HttpError> for CcuError {
    fn from(error: HttpError) -> Self {
        match error {
            HttpError::EnforcesHttps { .. } | HttpError::Redirected { .. } => {
                Self::Refused(error.to_string())
            }
            HttpError::CutOff { .. } | HttpError::NotHttp { .. } | HttpError::TooLong { .. } => {
                Self::Misbehaved(error.to_string())
            }
            _ => Self::Unavailable(error.into()),
        }
    }
}

fn tls(error: &TlsError, at: Endpoint, shown: Option<String>) -> HttpError {
    let got = shown.unwrap_or_default();
    match error {
        TlsError::Other(other) if other.0.is::<OtherCertificate>() => {
            let want = other.0.downcast_ref().map(|other: &OtherCertificate| other.want.clone());
            HttpError::OtherCertificate { at, got, want: want.unwrap_or_default() }
        }
        // Centrals sign their own certificate as an authority would and then show it as their own.
        TlsError::InvalidCertificate(CertificateError::Other(_)) => {
            HttpError::NotVouchedFor { at, why: "an authority's own one, shown by a server".to_owned(), got }
        }
        TlsError::InvalidCertificate(why) => HttpError::NotVouchedFor { at, why: why.to_string(), got },
        TlsError::InvalidMessage(_) => HttpError::NoTls {
            at,
            why: "what came is no TLS".to_owned(),
            hint: "this port speaks plain HTTP: set `tls: false`, or the port that speaks TLS",
        },
        _ => HttpError::NoTls {
            at,
            why: error.to_string(),
            hint: "the firmware of the central may be too old for the TLS of today: update it, or set `tls: false`",
        },
    }
}

/// The error of that kind nearest to the root.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    chain(error).filter_map(|error| error.downcast_ref()).last()
}

fn root(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map(|error| error.to_string()).unwrap_or_default()
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // An I/O error passes its inner error over when it is asked for its source.
        let inner = error.downcast_ref::<IoError>().and_then(IoError::get_ref);
        inner.map(|inner| inner as &(dyn Error + 'static)).or_else(|| error.source())
    })
}
