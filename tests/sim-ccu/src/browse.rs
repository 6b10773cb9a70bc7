//! The web port: which path leads where. Does NOT answer calls or pages itself.

use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::observed::count;
use crate::{json_rpc, pages};
use std::sync::Arc;

/// Answers one request of the web port.
pub(crate) async fn answer(ccu: &Arc<Ccu>, mut request: Request, encrypted: bool) -> Response {
    if !encrypted && ccu.faults.hits(&Fault::RedirectToHttps) {
        let host = request.header("host").unwrap_or("localhost");
        let target = format!("https://{}{}", host.split(':').next().unwrap_or(host), request.path);
        return Response::new(301, "text/html", "").header("Location", target);
    }
    if request.query.contains("sid=%40") {
        ccu.notebook.violation(format!("`{}` has an escaped session id", request.path));
    }
    if request.path == "/api/homematic.cgi" {
        return json_rpc::answer(ccu, &request).await;
    }
    let page = pages::name(&mut request);
    ccu.notebook.note(|seen| count(&mut seen.pages, format!("{} {page}", request.method)));
    match request.path.as_str() {
        "/api/backup/version.cgi" => pages::version(ccu),
        "/api/backup/binfile.cgi" => pages::binary_file(ccu, &request),
        "/config/cp_security.cgi" => pages::security(ccu, request, &page).await,
        "/config/fileupload.ccc" if ccu.is_open_ccu() => pages::file_upload(ccu, request).await,
        "/" => Response::html(pages::login_page()),
        _ => Response::new(404, "text/html", "<html><body><h1>404 Not Found</h1></body></html>"),
    }
}
