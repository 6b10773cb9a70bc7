//! The address of a daemon: listened on, and asked from outside.
//!
//! Does NOT speak the API.

use super::StartError;
use crate::config::DaemonConfig;
use crate::http;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};

/// Listens where the configuration says.
pub(super) fn listen(config: &DaemonConfig) -> Result<TcpListener, StartError> {
    let mut bound = Err(io::ErrorKind::AddrNotAvailable.into());
    for address in config.listen.candidates() {
        bound = TcpListener::bind(&address);
        // An address in use is not made free by trying another kind of it.
        if !matches!(&bound, Err(error) if error.kind() != io::ErrorKind::AddrInUse) {
            break;
        }
    }
    let listener = bound.map_err(|source| not_listening(config, source))?;
    listener.set_nonblocking(true).map_err(|source| not_listening(config, source))?;
    Ok(listener)
}

/// Why the daemon does not start, if it cannot listen there.
pub(super) fn not_listening(config: &DaemonConfig, source: io::Error) -> StartError {
    StartError::Listen { address: config.listen.to_string(), source }
}

/// Whether a daemon at this address answers a request, whatever it says, for whoever watches over it.
pub async fn answers(address: SocketAddr) -> bool {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    };
    let asked = async {
        let mut stream = tokio::net::TcpStream::connect((ip, address.port())).await?;
        let request =
            format!("GET {}/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", http::PREFIX);
        stream.write_all(request.as_bytes()).await?;
        let mut head = [0; 9];
        stream.read_exact(&mut head).await?;
        io::Result::Ok(head)
    };
    matches!(asked.await, Ok(head) if &head == b"HTTP/1.1 ")
}
