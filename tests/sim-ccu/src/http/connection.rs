//! One connection: requests one after the other, fifty at the most, as lighttpd does. Does NOT answer them
//! itself.

use super::request::{Head, MAX_IN_MEMORY};
use super::response::Response;
use super::wire::{Stream, Wire};
use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::service::Service;
use std::io;
use std::sync::Arc;

const REQUESTS_PER_CONNECTION: usize = 50;

/// Answers requests until the peer goes. Errors of the connection end it; nobody is told.
pub(crate) async fn serve_http<S: Stream>(wire: &mut Wire<S>, ccu: &Arc<Ccu>, service: Service) {
    for served in 1..=REQUESTS_PER_CONNECTION {
        let last = served == REQUESTS_PER_CONNECTION;
        if !matches!(exchange(wire, ccu, service, last).await, Ok(true)) {
            break;
        }
    }
    wire.close().await;
}

async fn exchange<S: Stream>(
    wire: &mut Wire<S>,
    ccu: &Arc<Ccu>,
    service: Service,
    last: bool,
) -> io::Result<bool> {
    let Some(head) = Head::read(wire).await? else { return Ok(false) };
    let _in_flight = ccu.notebook.begin(service.lane());
    if ccu.faults.hits(&Fault::Mute) {
        return Response::silence().send(wire, true).await;
    }
    if head.header("expect").is_some() {
        ccu.notebook.violation(format!("`{}` has an `Expect` header", head.name()));
        wire.write(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
    }
    if head.header("transfer-encoding").is_some() {
        ccu.notebook.violation(format!("`{}` is a chunked request", head.name()));
        return Response::text(411, "Length Required").send(wire, true).await;
    }
    let length = head.header("content-length");
    if length.is_none() && head.may_have_body() {
        ccu.notebook.violation(format!("`{}` has no `Content-Length`", head.name()));
        return Response::text(411, "Length Required").send(wire, true).await;
    }
    let Ok(size) = length.unwrap_or("0").parse() else {
        return Response::text(400, "Bad Request").send(wire, true).await;
    };
    if size > MAX_IN_MEMORY {
        ccu.faults.healed(&Fault::HangUpload).await;
    }
    let Some(request) = head.with_body(wire, size, ccu.folder()).await? else { return Ok(false) };
    service.answer(ccu, request).await.send(wire, last).await
}
