//! BIN-RPC: the binary protocol of a few interfaces, over plain TCP. Each call has a connection of its own, because some
//! peers know no second call.
//!
//! Does NOT know users or TLS: the protocol has neither. Does NOT choose who is called this way (`devices`).

mod reader;
mod writer;

pub(crate) use reader::response;

use crate::http::{BODY_PAUSES, Endpoint, HttpError};
use crate::names::look_up;
use crate::rpc::{Answer, MAX_ANSWER_BYTES, RpcError, Unreadable};
use loom_domain::ccu::CcuPatience;
use serde_json::Value;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

/// Longest wait for the first byte: some front ends take a connection and then never say a word.
const FIRST_BYTE: Duration = Duration::from_secs(10);

/// Calls a method. A connection that takes the call and stays silent is [`HttpError::Silent`].
pub(crate) async fn call(
    at: &Endpoint,
    method: &str,
    params: &[Value],
    patience: &CcuPatience,
) -> Result<Answer, RpcError> {
    let frame = writer::call(method, params).map_err(RpcError::Unsendable)?;
    let connecting = async {
        let addresses = look_up(at.host(), at.port()).await?;
        TcpStream::connect(addresses.as_slice()).await
    };
    let connecting = timeout(patience.connect, connecting).await;
    let mut stream = match connecting {
        Ok(connected) => connected.map_err(|error| HttpError::of_io(&error, at, patience.connect))?,
        Err(_) => return Err(HttpError::TimedOut { at: at.clone(), after: patience.connect }.into()),
    };
    let cut_off = |why: String| HttpError::CutOff { at: at.clone(), why };
    // In one piece: the peer wants to see the whole head at once.
    stream.write_all(&frame).await.map_err(|_| HttpError::Unanswered { at: at.clone() })?;

    let mut answer = Vec::new();
    let mut wait = patience.answer.min(FIRST_BYTE);
    let deadline = Instant::now() + wait + BODY_PAUSES * patience.idle;
    loop {
        let wanted = reader::missing_bytes(&answer).map_err(|why| unreadable(at, why))?;
        if wanted == 0 {
            break;
        }
        if Instant::now() >= deadline {
            return Err(HttpError::TooSlow { at: at.clone() }.into());
        }
        // Memory follows what came, not what was announced.
        let mut chunk = Vec::with_capacity(wanted.min(64 << 10));
        let mut limited = (&mut stream).take(chunk.capacity() as u64);
        match timeout(wait, limited.read_buf(&mut chunk)).await {
            Err(_) if answer.is_empty() => {
                return Err(HttpError::Silent { at: at.clone(), after: wait }.into());
            }
            Err(_) => return Err(HttpError::Stalled { at: at.clone(), after: wait }.into()),
            Ok(Ok(0)) | Ok(Err(_)) if answer.is_empty() => {
                return Err(HttpError::Unanswered { at: at.clone() }.into());
            }
            Ok(Ok(0)) => return Err(cut_off(format!("{wanted} bytes are missing")).into()),
            Ok(Err(error)) => return Err(cut_off(error.to_string()).into()),
            Ok(Ok(_)) => {}
        }
        answer.append(&mut chunk);
        if answer.len() > MAX_ANSWER_BYTES {
            return Err(HttpError::TooLong { at: at.clone(), limit: MAX_ANSWER_BYTES }.into());
        }
        wait = patience.idle;
    }
    response(&answer).map_err(|why| unreadable(at, why))
}

fn unreadable(at: &Endpoint, why: Unreadable) -> RpcError {
    RpcError::Unreadable { at: at.clone(), why }
}

#[cfg(test)]
mod tests;
