//! The looks of pages: what clients tell them apart by, and enough around it. Does NOT decide which page
//! comes.

/// What somebody without a session sees. Status 200, like everything.
pub(crate) fn login_page() -> String {
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \
     \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n\
     <html><head><title>HomeMatic WebUI - Unauthorized</title>\n\
     <script type=\"text/javascript\">reloadPage = function() { window.location.href = '/'; };</script></head>\n\
     <body onload=\"reloadPage();\"><p>Sitzung ung&uuml;ltig</p></body></html>\n"
        .to_owned()
}

/// A page script that crashed.
pub(super) fn internal_error(trace: &str) -> String {
    format!(
        "<HTML><HEAD><TITLE>Internal Error</TITLE></HEAD><BODY>\n<H1>Internal Error</H1>\n\
         An internal error was detected in the service software. The diagnostics are being emailed to the service \
         system administrator (root).\n<PRE>{trace}</PRE></BODY></HTML>\n"
    )
}

/// A message box: the untranslated key of its title, its text, and what follows.
pub(super) fn dialog(title: &str, text: &str, more: &str) -> String {
    format!(
        "<div class=\"popupTitle\">${{{title}}}</div>\n<div class=\"CLASS20800\"><table class=\"popupTable\" \
         border=\"1\"><tr><td>{text}</td></tr></table>{more}</div>\n<div class=\"popupControls\"><table><tr>\
         <td class=\"CLASS20803\">${{dialogBack}}</td></tr></table></div>\n\
         <script type=\"text/javascript\">translatePage('#messagebox');</script>\n"
    )
}

/// A dialog of the security settings: `dialogSettingsSecurityMessage…`.
pub(super) fn message(title: &str, text: &str) -> String {
    dialog(&format!("dialogSettingsSecurityMessage{title}"), text, "")
}

/// What an upload answers: the next step the browser takes.
pub(super) fn next_step(body: &str) -> String {
    format!(
        "<html><head></head><body><script type=\"text/javascript\">\n\
         parent.top.dlgPopup.hide();\nparent.top.dlgPopup.LoadFromFile(url, \"{body}\");\n</script></body></html>\n"
    )
}
