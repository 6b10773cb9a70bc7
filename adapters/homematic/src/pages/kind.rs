//! What a central sent instead of what was asked for: its web pages answer with status 200 to nearly everything.
//!
//! Looks at the beginning of a body only, in an order that matters: a login page is HTML too. Does NOT judge what is none of
//! these (`sbk_download` hands it on, `sbk_restore` looks for its markers).

use crate::charset::decode;
use loom_domain::ports::CcuError;

/// Longest part of a central's own text that is shown.
const SHOWN_CHARS: usize = 200;
const LOGIN_MARKERS: [&str; 4] =
    ["reloadPage()", "Unauthorized", "Sitzung ung&uuml;ltig", "Sitzung ungültig"];
const CRASH_MARKER: &str = "An internal error was detected in the service software";

/// A body that is not what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Strange {
    /// The login page: the session is not accepted, or its user is no administrator.
    LoginPage,
    /// The page of a script that crashed.
    Crash,
    /// A text that begins with `ERROR`.
    ErrorText(String),
    /// Some other web page.
    OtherPage,
    /// Nothing.
    Empty,
}

/// What the first bytes of a body tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beginning {
    /// The body is a page or a text; read it and ask [`Strange::recognise`].
    Text,
    /// Too few bytes to tell.
    Undecided,
    /// Neither page nor text.
    Data,
}

impl Beginning {
    /// Judges the first bytes of a body.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let start = bytes.trim_ascii_start();
        let error = b"ERROR";
        match start.first() {
            None => Self::Undecided,
            Some(b'<') => Self::Text,
            Some(_) if start.starts_with(error) => Self::Text,
            Some(_) if error.starts_with(start) => Self::Undecided,
            Some(_) => Self::Data,
        }
    }
}

impl Strange {
    /// Tells what a whole body of status 200 is; `None` if it is none of these. `html`: the headers say that it is a page.
    pub(crate) fn recognise(body: &[u8], html: bool) -> Option<Self> {
        let text = decode(body);
        let start = text.trim_start();
        let page = html || start.starts_with('<');
        if page && LOGIN_MARKERS.iter().any(|marker| text.contains(marker)) {
            Some(Self::LoginPage)
        } else if start.starts_with("ERROR") {
            Some(Self::ErrorText(shown(start)))
        } else if text.contains(CRASH_MARKER) {
            Some(Self::Crash)
        } else if start.is_empty() {
            Some(Self::Empty)
        } else {
            page.then_some(Self::OtherPage)
        }
    }

    /// The words for it, where `wanted` was asked for.
    pub(crate) fn into_error(self, wanted: &str) -> CcuError {
        match self {
            Self::LoginPage => CcuError::Unauthorized(format!(
                "its login page came instead of {wanted}, although the login succeeded\nhint: the configured user has to be an \
                 administrator of the central"
            )),
            Self::Crash => CcuError::Misbehaved(format!(
                "the page of an internal error came instead of {wanted}\nhint: try again; if it stays, make room on the central \
                 and restart it"
            )),
            Self::ErrorText(text) => CcuError::Misbehaved(format!(
                "it could not make {wanted}: `{text}`\nhint: make room on the central, then try again"
            )),
            Self::OtherPage => CcuError::Misbehaved(format!(
                "a web page came instead of {wanted}\nhint: check whether host and port of the central lead to it and not to \
                 something in between"
            )),
            Self::Empty => CcuError::Misbehaved(format!(
                "nothing came instead of {wanted}\nhint: try again in some minutes; if it stays, restart the central"
            )),
        }
    }
}

/// The first line of a text, bounded, without control characters.
pub(crate) fn shown(text: &str) -> String {
    let line = text.trim().lines().next().unwrap_or_default();
    line.chars().filter(|letter| !letter.is_control()).take(SHOWN_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCTYPE: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">";

    fn recognise(body: &str) -> Option<Strange> {
        Strange::recognise(body.as_bytes(), false)
    }

    #[test]
    fn each_login_page_is_recognised() {
        for body in
            ["<script>reloadPage()</script>", "<title>Unauthorized</title>", "<p>Sitzung ung&uuml;ltig</p>"]
        {
            assert_eq!(recognise(&format!("\n{DOCTYPE}{body}")), Some(Strange::LoginPage), "{body}");
        }
        assert_eq!(Strange::recognise(b"<p>Sitzung ung\xfcltig</p>", false), Some(Strange::LoginPage));
    }

    #[test]
    fn a_crash_is_told_from_a_login_page_and_from_other_pages() {
        assert_eq!(recognise(&format!("{DOCTYPE}{CRASH_MARKER}")), Some(Strange::Crash));
        assert_eq!(recognise(CRASH_MARKER), Some(Strange::Crash));
        assert_eq!(recognise(DOCTYPE), Some(Strange::OtherPage));
        assert_eq!(Strange::recognise(b"hello", true), Some(Strange::OtherPage));
    }

    #[test]
    fn an_error_text_keeps_its_first_line_after_blank_lines() {
        let found = recognise("\n\nERROR: creating backup returned unexpected error code 2\nmore");
        let text = "ERROR: creating backup returned unexpected error code 2".to_owned();
        assert_eq!(found, Some(Strange::ErrorText(text)));
    }

    #[test]
    fn nothing_is_empty_and_data_is_not_strange() {
        assert_eq!(recognise(" \n"), Some(Strange::Empty));
        assert_eq!(recognise("usr_local.tar.gz\0\0\0"), None);
    }

    #[test]
    fn few_bytes_are_enough_to_tell_data_from_text() {
        let of = |bytes: &[u8]| Beginning::of(bytes);
        assert_eq!(
            (of(b""), of(b"\r\n"), of(b"ERR")),
            (Beginning::Undecided, Beginning::Undecided, Beginning::Undecided)
        );
        assert_eq!((of(b"\n<"), of(b"ERROR")), (Beginning::Text, Beginning::Text));
        assert_eq!(
            (of(b"usr"), of(b"./u"), of(b"ERA"), of(b"\x1f")),
            (Beginning::Data, Beginning::Data, Beginning::Data, Beginning::Data)
        );
    }

    #[test]
    fn each_has_its_own_words_and_a_hint() {
        let all = [
            Strange::LoginPage,
            Strange::Crash,
            Strange::ErrorText("e".into()),
            Strange::OtherPage,
            Strange::Empty,
        ];
        let words: std::collections::BTreeSet<String> =
            all.into_iter().map(|strange| strange.into_error("the backup").to_string()).collect();
        assert_eq!(words.len(), 5);
        assert!(words.iter().all(|words| words.contains("\nhint: ")));
    }
}
