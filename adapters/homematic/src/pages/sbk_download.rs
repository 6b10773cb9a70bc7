//! Has a central make its system backup and takes it: one request, silent until the backup is made.
//!
//! Recognises at once what is none: pages, texts, nothing. Does NOT judge the backup itself; where no size is announced,
//! the end of the body may be a cut that only a judge sees.

use super::kind::{Beginning, Strange};
use super::{PAGE_LIMIT, SECURITY_PAGE, WebPages, is_html, refusal};
use crate::http::{HttpAnswer, HttpError, HttpRequest};
use crate::session::SessionId;
use bytes::{Bytes, BytesMut};
use loom_domain::ports::{CcuError, CreatedSystemBackup};

/// How many blank bytes may come before a text.
const BLANK_LIMIT: usize = 4096;
const WANTED: &str = "the system backup";

/// How an attempt began.
enum Begun {
    Backup(CreatedSystemBackup),
    Strange(Strange),
}

impl WebPages {
    /// Has the system backup made. Where the login page comes, the session may have ended unnoticed: once, another is taken.
    pub(crate) async fn create_system_backup(&self) -> Result<CreatedSystemBackup, CcuError> {
        let _place = self.session.place().await;
        let id = self.session.id().await?;
        let strange = match self.begin(&id).await? {
            Begun::Backup(backup) => return Ok(backup),
            Begun::Strange(Strange::LoginPage) => {
                let id = self.session.id_instead_of(&id).await?;
                match self.begin(&id).await? {
                    Begun::Backup(backup) => return Ok(backup),
                    Begun::Strange(strange) => strange,
                }
            }
            Begun::Strange(strange) => strange,
        };
        Err(strange.into_error(WANTED))
    }

    async fn begin(&self, id: &SessionId) -> Result<Begun, CcuError> {
        let address = format!("{SECURITY_PAGE}?{}&action=create_backup", id.in_query());
        let request = HttpRequest::get(self.http.web(), address)
            .first_byte(self.patience.backup_first_byte)
            .idle(self.patience.idle)
            .total(self.patience.backup_total);
        let mut answer = self.http.send(request).await.map_err(|error| self.explained(error))?;
        if let Some(error) = refusal(answer.status, WANTED) {
            return Err(error);
        }
        let announced_bytes = answer.announced();
        let head = match head(&mut answer).await? {
            Ok(head) => head,
            Err(text) => {
                let html = is_html(&answer);
                let strange = Strange::recognise(&text, html).unwrap_or(Strange::OtherPage);
                return Ok(Begun::Strange(strange));
            }
        };
        if announced_bytes.is_none() {
            tracing::debug!(
                "the central announces no size of its system backup; only its content tells whether it is whole"
            );
        }
        let content = answer.into_content("the system backup", head);
        Ok(Begun::Backup(CreatedSystemBackup { announced_bytes, content }))
    }
}

impl WebPages {
    fn explained(&self, error: HttpError) -> CcuError {
        match error {
            // It may still be at it, so a second attempt at once would disturb the first.
            HttpError::Silent { .. } => CcuError::Unavailable(
                format!(
                    "no byte of the system backup came within {} s\nhint: make room on the central, wait some minutes and try \
                     again; if it stays, restart the central",
                    self.patience.backup_first_byte.min(self.patience.backup_total).as_secs()
                )
                .into(),
            ),
            error => error.into(),
        }
    }
}

/// The first bytes of a backup, or the whole text that came instead, as far as it came.
async fn head(answer: &mut HttpAnswer) -> Result<Result<Bytes, Bytes>, CcuError> {
    let page = is_html(answer);
    let mut head = BytesMut::new();
    while !page && Beginning::of(&head) == Beginning::Undecided && head.len() <= BLANK_LIMIT {
        match answer.next_chunk().await? {
            Some(chunk) => head.extend_from_slice(&chunk),
            None => return Ok(Err(head.freeze())),
        }
    }
    if !page && Beginning::of(&head) != Beginning::Text {
        return Ok(Ok(head.freeze()));
    }
    // What a text says counts, even if its end gets lost.
    while let (true, Ok(Some(chunk))) = (head.len() < PAGE_LIMIT, answer.next_chunk().await) {
        head.extend_from_slice(&chunk);
    }
    Ok(Err(head.freeze()))
}
