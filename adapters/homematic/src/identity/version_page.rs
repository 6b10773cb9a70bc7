//! The page that tells firmware version and product to everybody, without a session. Does NOT interpret them.

use super::plain;
use crate::charset::decode;
use crate::http::{HttpClient, HttpRequest};
use loom_domain::ports::CcuError;

const PATH: &str = "/api/backup/version.cgi";
/// Longest page that is read; real ones have some hundred bytes.
const LIMIT: usize = 64 << 10;

/// What the page tells; nothing where a firmware does not have it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct VersionPage {
    pub(super) version: Option<String>,
    pub(super) product: Option<String>,
}

/// Reads the page.
pub(super) async fn read(http: &HttpClient) -> Result<VersionPage, CcuError> {
    let answer = http.send_again_once(|| HttpRequest::get(http.web(), PATH)).await?;
    match answer.status {
        200 => {}
        404 => return Ok(VersionPage::default()),
        502..=504 => {
            return Err(CcuError::NotReady(format!(
                "its web pages answer status {}\nhint: wait until the central has started",
                answer.status
            )));
        }
        status => {
            return Err(CcuError::Misbehaved(format!(
                "its page with the firmware version answers status {status}\nhint: check whether host and port of the central lead \
                 to its web pages"
            )));
        }
    }
    let body = answer.read_at_most(LIMIT).await?;
    let page = parse(&decode(&body));
    page.version.is_some().then_some(page).ok_or_else(|| {
        CcuError::Misbehaved(
            "its page with the firmware version tells none\nhint: check whether host and port lead to a Homematic central".to_owned(),
        )
    })
}

fn parse(text: &str) -> VersionPage {
    let value = |key: &str| {
        let line = text.lines().filter_map(|line| line.split_once('=')).find(|(name, _)| name.trim() == key);
        line.map(|(_, value)| plain(value.trim().trim_matches('"'))).filter(|value| !value.is_empty())
    };
    VersionPage { version: value("VERSION"), product: value("PRODUCT") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_and_product_are_found_among_other_lines() {
        let page = parse("\nPLATFORM=rpi3\r\n VERSION = 3.87.6.20260101\r\nPRODUCT=\"openccu_rpi4\"\r\n");
        assert_eq!(page.version.as_deref(), Some("3.87.6.20260101"));
        assert_eq!(page.product.as_deref(), Some("openccu_rpi4"));
        assert_eq!(parse("<html>VERSION</html>"), VersionPage::default());
    }
}
