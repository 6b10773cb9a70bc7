//! BIN-RPC on a connection: call after call. Does NOT ask who calls; this protocol has no authentication.

use super::binary::{Kind, frame, header, read_call};
use super::methods::{self, Fault};
use crate::ccu::{Ccu, Phase};
use crate::devices::Interface;
use crate::fault::Fault as Injected;
use crate::http::{Stream, Wire};
use crate::observed::count;
use std::io;
use std::sync::Arc;

const MAX_CALL: u32 = 16 * 1024 * 1024;

/// Answers calls until the peer goes or sends something else.
pub(crate) async fn serve<S: Stream>(wire: &mut Wire<S>, ccu: &Arc<Ccu>, interface: Interface) {
    while matches!(exchange(wire, ccu, interface).await, Ok(true)) {}
    wire.close().await;
}

async fn exchange<S: Stream>(wire: &mut Wire<S>, ccu: &Arc<Ccu>, interface: Interface) -> io::Result<bool> {
    if !wire.has(8).await? {
        return Ok(false);
    }
    let head = wire.take(8);
    let length = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
    if !head.starts_with(b"Bin\0") || length > MAX_CALL {
        ccu.notebook.violation(format!("{} got something that is no binary call", interface.name()));
        return Ok(false);
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if !wire.has(length).await? {
        return Ok(false);
    }
    let _in_flight = ccu.notebook.begin(interface.name());
    let payload = wire.take(length);
    if ccu.faults.hits(&Injected::BinRpcSilent) || ccu.faults.hits(&Injected::Mute) || !is_ready(ccu) {
        wire.ignore().await;
        return Ok(false);
    }
    let Some((method, params)) = read_call(&payload) else {
        ccu.notebook.violation(format!("{} got a binary call it cannot read", interface.name()));
        return Ok(false);
    };
    ccu.notebook.note(|seen| count(&mut seen.rpc_calls, (interface.name().to_owned(), method.clone())));
    let answer = match hostile(ccu) {
        Some(hostile) => hostile,
        None => match methods::call(ccu, interface, &method, &params) {
            Ok(value) => frame(Kind::Response, &value),
            Err(fault) => frame(Kind::Fault, &Fault::into_value(fault)),
        },
    };
    wire.write(&answer).await?;
    Ok(true)
}

fn is_ready(ccu: &Ccu) -> bool {
    *ccu.phase.borrow() == Phase::Ready
}

fn hostile(ccu: &Ccu) -> Option<Vec<u8>> {
    let array = |count: u32| [[0, 0, 1, 0], count.to_be_bytes()].concat();
    if ccu.faults.hits(&Injected::HugeBinCount) {
        return Some([&header(Kind::Response, 8)[..], &array(u32::MAX)].concat());
    }
    if ccu.faults.hits(&Injected::HugeBinFrame) {
        return Some([&header(Kind::Response, u32::MAX - 7)[..], &array(1)].concat());
    }
    if ccu.faults.hits(&Injected::DeepXml) {
        let nested = array(1).repeat(100_000);
        return Some([&header(Kind::Response, 800_000)[..], &nested].concat());
    }
    None
}
