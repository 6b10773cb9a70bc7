//! Web pages of a central, for what its APIs cannot do: system backup, restore, restart.
//!
//! Addresses are written by hand, because pages compare the session's part byte for byte. Does NOT follow redirects and does
//! NOT know what an answer means (`kind`, `marker`).

pub(crate) mod kind;
mod marker;
mod multipart;
mod sbk_download;
mod sbk_restore;

pub(crate) use sbk_restore::Offer;

use crate::http::{HttpAnswer, HttpClient, HttpError, HttpRequest};
use crate::session::{Session, SessionId};
use bytes::Bytes;
use loom_domain::ccu::CcuPatience;
use loom_domain::ports::CcuError;
use std::sync::Arc;
use std::time::Duration;

/// Longest page that is read; real ones have some ten thousand bytes.
const PAGE_LIMIT: usize = 1 << 20;
const SECURITY_PAGE: &str = "/config/cp_security.cgi";
const FORM: &str = "application/x-www-form-urlencoded";

/// The pages of one central.
pub(crate) struct WebPages {
    http: HttpClient,
    session: Arc<Session>,
    patience: CcuPatience,
}

/// Which firmware it is, as far as its pages differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flavour {
    /// The maker's.
    Stock,
    /// OpenCCU, formerly RaspberryMatic.
    OpenCcu,
}

impl WebPages {
    /// The pages behind `http`.
    pub(crate) fn new(http: HttpClient, session: Arc<Session>, patience: CcuPatience) -> Self {
        Self { http, session, patience }
    }

    /// Sends a form to the page of the security settings, and waits for its answer no longer than `limit`.
    async fn submit(&self, id: &SessionId, form: String, limit: Duration) -> Result<Page, HttpError> {
        let address = format!("{SECURITY_PAGE}?{}", id.in_query());
        let request = HttpRequest::post(self.http.web(), address, FORM, form).first_byte(limit);
        Page::read(self.http.send(request).await?).await
    }
}

/// A page that was read to its end.
struct Page {
    status: u16,
    html: bool,
    body: Bytes,
}

impl Page {
    async fn read(answer: HttpAnswer) -> Result<Self, HttpError> {
        let (status, html) = (answer.status, is_html(&answer));
        Ok(Self { status, html, body: answer.read_at_most(PAGE_LIMIT).await? })
    }

    /// Its body, if the central took the request at all.
    fn expect_ok(self, wanted: &str) -> Result<Self, CcuError> {
        match refusal(self.status, wanted) {
            Some(error) => Err(error),
            None => Ok(self),
        }
    }

    fn strange(&self) -> Option<kind::Strange> {
        kind::Strange::recognise(&self.body, self.html)
    }
}

fn is_html(answer: &HttpAnswer) -> bool {
    answer
        .header("content-type")
        .is_some_and(|kind| kind.trim_start().to_ascii_lowercase().starts_with("text/html"))
}

/// Why a status is none of success.
fn refusal(status: u16, wanted: &str) -> Option<CcuError> {
    Some(match status {
        200 => return None,
        503 => CcuError::NotReady(format!(
            "status 503 came instead of {wanted}\nhint: wait until the central has started, then try again"
        )),
        401 | 403 => CcuError::Unauthorized(format!(
            "status {status} came instead of {wanted}\nhint: the configured user has to be an administrator of the central"
        )),
        _ => CcuError::Misbehaved(format!(
            "status {status} came instead of {wanted}\nhint: check whether host and port of the central lead to its web pages"
        )),
    })
}
