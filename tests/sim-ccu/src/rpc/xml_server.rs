//! XML-RPC over HTTP: authentication, readiness, hostile answers. Does NOT know what methods do.

use super::methods::{self, Fault};
use super::xml::{self, Call, HEAD};
use crate::ccu::{Ccu, Phase};
use crate::devices::Interface;
use crate::fault::Fault as Injected;
use crate::http::{Length, Payload, Request, Response};
use crate::observed::count;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::sync::Arc;

/// Answers one request of an interface's port.
pub(crate) fn answer(ccu: &Arc<Ccu>, interface: Interface, request: &Request) -> Response {
    if *ccu.phase.borrow() != Phase::Ready || ccu.faults.hits(&Injected::RpcBooting503) {
        return Response::text(503, "CCU not ready yet");
    }
    if ccu.faults.hits(&Injected::RpcUnauthorized) || !is_authorized(ccu, request) {
        return Response::text(401, "401 Unauthorized")
            .header("WWW-Authenticate", "Basic realm=\"theRealm\"");
    }
    if request.path != interface.path() {
        return Response::new(404, "text/html", "<html><body><h1>404 Not Found</h1></body></html>");
    }
    if !methods::is_up(ccu, interface) {
        // The server in front finds nobody behind.
        return Response::new(
            503,
            "text/html",
            "<html><body><h1>503 Service Not Available</h1></body></html>",
        );
    }
    let call = match xml::read_call(request.body.bytes()) {
        Ok(call) => call,
        Err(why) => {
            ccu.notebook.violation(format!("a call to {} is refused: {why}", interface.name()));
            return ok(xml::fault(&Fault::new(-1, "Parse error").into_value()));
        }
    };
    let key = (interface.name().to_owned(), call.method.clone());
    ccu.notebook.note(|seen| count(&mut seen.rpc_calls, key));
    if let Some(hostile) = hostile(ccu, &call) {
        return hostile;
    }
    match methods::call(ccu, interface, &call.method, &call.params) {
        Ok(value) => ok(xml::response(&value)),
        Err(fault) => ok(xml::fault(&fault.into_value())),
    }
}

fn is_authorized(ccu: &Ccu, request: &Request) -> bool {
    let world = ccu.world();
    if !world.central.rpc_auth {
        return true;
    }
    let sent = request.header("authorization").and_then(|header| header.strip_prefix("Basic "));
    let Some(Ok(sent)) = sent.map(|sent| STANDARD.decode(sent)) else { return false };
    let sent = String::from_utf8(sent).unwrap_or_else(|error| crate::value::from_latin1(error.as_bytes()));
    let Some((name, password)) = sent.split_once(':') else { return false };
    !ccu.faults.has(&Injected::RegaDown) && world.central.level_of(name, password).is_some()
}

fn hostile(ccu: &Ccu, call: &Call) -> Option<Response> {
    if ccu.faults.hits(&Injected::DeepXml) {
        let open = "<value><array><data>".repeat(100_000);
        let close = "</data></array></value>".repeat(100_000);
        let body = format!("{HEAD}<params><param>{open}{close}</param></params></methodResponse>");
        return Some(ok(body));
    }
    if ccu.faults.hits(&Injected::HugeXml) {
        return Some(stream(made_up_devices(u32::MAX)));
    }
    let many = |fault: &Injected| if let Injected::ManyDevices(count) = fault { Some(*count) } else { None };
    match call.method.as_str() {
        "listDevices" => ccu.faults.take(many).map(|count| stream(made_up_devices(count))),
        _ => None,
    }
}

fn made_up_devices(count: u32) -> impl Iterator<Item = Vec<u8>> + Send + 'static {
    const BATCH: u32 = 500;
    let head = format!("{HEAD}<params><param><value><array><data>");
    let batches = (0..count.div_ceil(BATCH)).map(move |batch| {
        let first = batch * BATCH;
        (first..first.saturating_add(BATCH).min(count))
            .fold(String::new(), |text, number| text + &made_up(number))
    });
    let tail = "</data></array></value></param></params></methodResponse>".to_owned();
    std::iter::once(head).chain(batches).chain(std::iter::once(tail)).map(String::into_bytes)
}

fn made_up(number: u32) -> String {
    let member =
        |name: &str, value: &str| format!("<member><name>{name}</name><value>{value}</value></member>");
    let members = [
        member("ADDRESS", &format!("MADEUP{number:010}")),
        member("TYPE", "HM-LC-Sw1-Pl"),
        member("PARENT", ""),
        member("FIRMWARE", "1.0"),
        member("VERSION", "<i4>12</i4>"),
        member("FLAGS", "<i4>1</i4>"),
        member("CHILDREN", "<array><data></data></array>"),
        member("PARAMSETS", "<array><data><value>MASTER</value></data></array>"),
    ];
    format!("<value><struct>{}</struct></value>", members.concat())
}

fn ok(body: impl Into<Vec<u8>>) -> Response {
    Response::new(200, "text/xml; charset=iso-8859-1", body)
}

fn stream(pieces: impl Iterator<Item = Vec<u8>> + Send + 'static) -> Response {
    Response { payload: Payload::Stream(Box::new(pieces)), length: Length::Untold, ..ok("") }
}
