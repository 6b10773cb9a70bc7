//! Requests byte by byte, for those that no client sends.
//!
//! Does NOT understand chunked answers or more than one answer of a connection.

use crate::answer::Answer;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const ANSWERED_WITHIN: Duration = Duration::from_secs(120);

/// Sends bytes and reads until the daemon closes; `None` if it closes without an answer. `request` should ask it to close.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A daemon that has heard enough may answer and close before it read everything.
    _ = stream.write_all(request).await;
    let path = request.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    let path = path.split(|byte| *byte == b'?').next().unwrap_or_default();
    answer(stream, String::from_utf8_lossy(path).into_owned()).await
}

/// Sends a head and then nothing more: the body ends before its time.
pub async fn cut_short(address: SocketAddr, request: &[u8]) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    answer(stream, String::new()).await
}

/// A request with these header lines and this body.
pub fn request(method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Vec<u8> {
    let mut bytes =
        format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend(format!("{name}: {value}\r\n").bytes());
    }
    if !headers.iter().any(|(name, _)| *name == "Content-Length" || *name == "Transfer-Encoding") {
        bytes.extend(format!("Content-Length: {}\r\n", body.len()).bytes());
    }
    bytes.extend(b"\r\n");
    bytes.extend(body);
    bytes
}

async fn answer(mut stream: TcpStream, path: String) -> Option<Answer> {
    let mut bytes = Vec::new();
    let read = async {
        let mut chunk = [0; 16 << 10];
        // A reset after the answer is as good an end as any.
        while let Ok(count @ 1..) = stream.read(&mut chunk).await {
            bytes.extend(&chunk[..count]);
        }
    };
    tokio::time::timeout(ANSWERED_WITHIN, read).await.expect("the daemon does not close");
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        headers
            .append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(value).unwrap());
    }
    Some(Answer { status, headers, body: bytes[end + 4..].to_vec().into(), path })
}
