//! Why a call to an interface has no answer: what HTTP says, and what is no answer at all.
//!
//! Does NOT hold faults: they are answers.

use crate::http::{Endpoint, HttpError};
use crate::rpc::Unreadable;
use loom_domain::ports::CcuError;

/// A call without an answer. Fragments, hints included.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RpcError {
    /// There was no answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It starts.
    #[error("`{at}` says that it is not ready yet; it starts, or this interface is not in use")]
    NotReady { at: Endpoint },
    /// It wants a user, or another one.
    #[error("`{at}` does not accept the user name and password\nhint: {}", .hint)]
    Unauthorized { at: Endpoint, hint: &'static str },
    /// It answers as no interface does.
    #[error(
        "`{at}` answers with HTTP status {status}\nhint: check the port; this may be no interface of a central"
    )]
    Status { at: Endpoint, status: u16 },
    /// What came is no answer.
    #[error("what `{at}` answered cannot be read: {why}")]
    Unreadable { at: Endpoint, why: Unreadable },
    /// The call has a value that cannot be sent.
    #[error("{0}")]
    Unsendable(Unreadable),
}

impl RpcError {
    /// The hint on a refused log-in, depending on whether there was one.
    pub(crate) fn unauthorized(at: Endpoint, named: bool) -> Self {
        let hint = if named {
            "check `username` and `password` of the central; letters count as they are written. A changed password may take \
             ten minutes to be known everywhere on the central"
        } else {
            "the central asks for a user on its interfaces: set `username` and `password`"
        };
        Self::Unauthorized { at, hint }
    }

    /// Whether not even a connection came about.
    pub(crate) fn is_unreachable(&self) -> bool {
        matches!(self, Self::Http(error) if error.is_unreachable())
    }

    /// Whether the port takes calls and answers none.
    pub(crate) fn is_silence(&self) -> bool {
        matches!(self, Self::Http(HttpError::Unanswered { .. } | HttpError::Silent { .. }))
    }

    /// Whether the port was reached but speaks another protocol, or says nothing.
    pub(crate) fn is_another_protocol(&self) -> bool {
        matches!(self, Self::Unreadable { .. } | Self::Http(HttpError::NotHttp { .. })) || self.is_silence()
    }
}

impl From<RpcError> for CcuError {
    fn from(error: RpcError) -> Self {
        match error {
            RpcError::Http(error) => error.into(),
            RpcError::NotReady { .. } => Self::NotReady(error.to_string()),
            RpcError::Unauthorized { .. } => Self::Unauthorized(error.to_string()),
            RpcError::Unsendable(_) => Self::Refused(error.to_string()),
            RpcError::Status { .. } | RpcError::Unreadable { .. } => Self::Misbehaved(error.to_string()),
        }
    }
}
