//! Gives a system backup back to a central: upload, check, go, restart. The firmware is found out, not configured.
//!
//! Does NOT decide when (the use case does), and repeats nothing that may have had its effect.

use super::kind::{Strange, shown};
use super::multipart::Envelope;
use super::{Flavour, Page, SECURITY_PAGE, WebPages, marker, refusal};
use crate::charset::decode;
use crate::http::{HttpError, HttpRequest};
use crate::session::SessionId;
use loom_domain::ports::{CcuError, CcuRestoreError, Content, OfferedSystemBackup};
use loom_domain::secret::SecretText;
use serde_json::Map;

const UPLOAD_PAGE: &str = "/config/fileupload.ccc";
/// The folder of the central its uploads go to.
const UPLOADS: &str = concat!("/usr/local/", "tmp/");
/// What the field of the security key holds where none is needed.
const NO_KEY: &str = "dummy";

/// A backup the central looked at and would take.
#[derive(Debug)]
pub(crate) struct Offer(());

impl WebPages {
    /// Uploads a backup and has it looked at.
    pub(crate) async fn offer(
        &self,
        bytes: u64,
        content: Box<dyn Content>,
    ) -> Result<(Offer, OfferedSystemBackup), CcuRestoreError> {
        // Proves session and rights before a long upload, of which the content cannot be had twice.
        self.session.ask("CCU.getVersion", Map::new()).await.map_err(CcuError::from)?;
        let _place = self.session.place().await;
        let id = self.session.id().await?;
        let flavour = self.flavour().await?;
        let page = self.upload(&id, flavour, bytes, content).await?;
        if flavour == Flavour::OpenCcu {
            let form = format!("action=backup_upload&filename={}", place_of_upload(&page.body)?);
            taken(self.submit_again_once(&form).await?)?;
        }
        let page = self.submit_again_once("action=backup_restore_check").await?;
        let page = page.expect_ok("its opinion of the backup")?;
        Ok((Offer(()), marker::offered(&page.body)?))
    }

    /// Submits a form with a session that is fresh after whatever came before. The login page says that the form was not
    /// even looked at, so it is submitted once more with another session.
    async fn submit_again_once(&self, form: &str) -> Result<Page, CcuError> {
        let id = self.session.id().await?;
        let page = self.submit(&id, form.to_owned(), self.patience.apply).await?;
        if page.strange() != Some(Strange::LoginPage) {
            return Ok(page);
        }
        let id = self.session.id_instead_of(&id).await?;
        Ok(self.submit(&id, form.to_owned(), self.patience.apply).await?)
    }

    /// Has the central take over what was offered.
    pub(crate) async fn apply(&self, _offer: Offer, key: Option<&SecretText>) -> Result<(), CcuRestoreError> {
        let _place = self.session.place().await;
        let id = self.session.id().await.map_err(CcuRestoreError::NotAsked)?;
        let key = escaped(key.map_or(NO_KEY, SecretText::reveal));
        let form = format!("action=backup_restore_go&key={key}");
        match self.submit(&id, form, self.patience.apply).await {
            Ok(page) if page.status == 200 => marker::applied(&page.body),
            Ok(page) => Err(unknown(&format!("status {} came as the answer", page.status))),
            // Nobody was there to hear it.
            Err(error) if error.was_not_sent() => Err(CcuRestoreError::NotAsked(error.into())),
            Err(error) if error.is_redirect() => Err(CcuError::from(error).into()),
            Err(HttpError::Silent { after, .. }) => {
                Err(unknown(&format!("no answer came within {} s", after.as_secs())))
            }
            Err(_) => Err(unknown("the connection broke off before the answer")),
        }
    }

    /// Has the central restart. It may be gone before it answers.
    pub(crate) async fn restart(&self) -> Result<(), CcuError> {
        let _place = self.session.place().await;
        let id = self.session.id().await?;
        if self.ask_to_restart(&id).await? == Some(Strange::LoginPage) {
            let id = self.session.id_instead_of(&id).await?;
            if let Some(strange) = self.ask_to_restart(&id).await? {
                return Err(strange.into_error("a restart"));
            }
        }
        Ok(())
    }

    /// Asks it once; what comes back tells that it does not. A page of its own says that it does, and so does nothing at
    /// all.
    async fn ask_to_restart(&self, id: &SessionId) -> Result<Option<Strange>, CcuError> {
        match self.submit(id, "action=reboot".to_owned(), self.patience.answer).await {
            Ok(page) => match page.expect_ok("a restart")?.strange() {
                Some(Strange::LoginPage) => Ok(Some(Strange::LoginPage)),
                Some(strange @ (Strange::Crash | Strange::ErrorText(_))) => {
                    Err(strange.into_error("a restart"))
                }
                Some(Strange::OtherPage | Strange::Empty) | None => Ok(None),
            },
            Err(error) if error.went_away() => {
                // Its sessions end with it.
                self.session.forget().await;
                Ok(None)
            }
            Err(error) if error.fell_silent() => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Only OpenCCU has a page of its own for uploads.
    async fn flavour(&self) -> Result<Flavour, CcuError> {
        let request = || HttpRequest::get(self.http.web(), UPLOAD_PAGE);
        let page = Page::read(self.http.send_again_once(request).await?).await?;
        match (page.status, page.strange()) {
            (404, _) => Ok(Flavour::Stock),
            (200, Some(Strange::ErrorText(_))) => Ok(Flavour::OpenCcu),
            (status, _) => Err(refusal(status, "its page for uploads")
                .unwrap_or_else(|| Strange::OtherPage.into_error("its page for uploads"))),
        }
    }

    async fn upload(
        &self,
        id: &SessionId,
        flavour: Flavour,
        bytes: u64,
        content: Box<dyn Content>,
    ) -> Result<Page, CcuRestoreError> {
        let sid = id.in_query();
        let address = match flavour {
            Flavour::Stock => format!("{SECURITY_PAGE}?{sid}"),
            Flavour::OpenCcu => format!("{UPLOAD_PAGE}?{sid}&action=backup_upload&url={SECURITY_PAGE}"),
        };
        let Envelope { content_type, prefix, suffix } = Envelope::new(flavour);
        let body = (prefix, content, suffix);
        let request = HttpRequest::post_content(self.http.web(), address, &content_type, bytes, body)
            .first_byte(self.patience.backup_total)
            .total(self.patience.backup_total);
        match self.http.send(request).await {
            Ok(answer) => taken(Page::read(answer).await.map_err(CcuError::from)?),
            // The upload stays unfinished, so the central does not even look at it.
            Err(HttpError::Content { why, .. }) => {
                Err(CcuRestoreError::NotAccepted(format!("its file cannot be sent: {why}")))
            }
            Err(error) => Err(CcuError::from(error).into()),
        }
    }
}

/// The page that follows an upload. What is on it does not matter, unless it tells of a refusal.
fn taken(page: Page) -> Result<Page, CcuRestoreError> {
    let page = page.expect_ok("the answer to the upload")?;
    match page.strange() {
        Some(Strange::ErrorText(text)) => Err(CcuRestoreError::NotAccepted(format!("it says `{text}`"))),
        Some(strange @ (Strange::LoginPage | Strange::Crash)) => {
            Err(strange.into_error("the answer to the upload").into())
        }
        Some(Strange::OtherPage | Strange::Empty) | None => Ok(page),
    }
}

/// Where OpenCCU put the upload, as its page says.
fn place_of_upload(page: &[u8]) -> Result<String, CcuError> {
    let text = decode(page);
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '.' | '_' | '-');
    let place: String = text
        .split_once("action=backup_upload&filename=")
        .map(|(_, rest)| rest.chars().take_while(is_plain).collect())
        .unwrap_or_default();
    if place.starts_with(UPLOADS) && !place.contains("..") {
        return Ok(place);
    }
    Err(CcuError::Misbehaved(format!(
        "its answer to the upload does not say where it was put: `{}`\nhint: make room on the central and try again",
        shown(&text)
    )))
}

/// Writes everything but letters, digits and `_` as its code, as forms do.
fn escaped(text: &str) -> String {
    text.bytes().fold(String::new(), |mut form, byte| {
        if byte.is_ascii_alphanumeric() || byte == b'_' {
            form.push(char::from(byte));
        } else {
            form.push_str(&format!("%{byte:02X}"));
        }
        form
    })
}

fn unknown(what: &str) -> CcuRestoreError {
    CcuRestoreError::Unknown(format!(
        "{what}\nhint: look at the central before anything else is done to it; if its devices answer, restart it and compare"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_of_an_upload_is_read_from_its_page() {
        let page = format!("<script>load(\"action=backup_upload&filename={UPLOADS}tmp.aB3dE6\");</script>");
        assert_eq!(place_of_upload(page.as_bytes()).unwrap(), format!("{UPLOADS}tmp.aB3dE6"));
    }

    #[test]
    fn a_strange_place_of_an_upload_is_not_repeated_to_the_central() {
        for place in ["/etc/passwd", &format!("{UPLOADS}../../etc/passwd"), ""] {
            let page = format!("action=backup_upload&filename={place}\"");
            assert!(place_of_upload(page.as_bytes()).is_err(), "{place}");
        }
        assert!(place_of_upload(b"<html>").is_err());
    }

    #[test]
    fn a_key_is_escaped() {
        assert_eq!(escaped("Secret_1"), "Secret_1");
        assert_eq!(escaped("a&b=ü"), "a%26b%3D%C3%BC");
    }
}
