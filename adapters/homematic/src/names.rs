//! Addresses of host names, a few at a time.
//!
//! Asking the system for an address holds a thread for as long as a name server is silent, and those threads are the ones
//! that read and write the state. So only some are ever held, also by questions nobody waits for any more. Does NOT
//! connect, and does NOT remember answers.

use hyper_util::client::legacy::connect::dns::Name;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::vec::IntoIter;
use tokio::sync::Semaphore;
use tower_service::Service;

/// How many names the process asks for at once.
const AT_ONCE: usize = 4;

static ROOM: Semaphore = Semaphore::const_new(AT_ONCE);

/// The addresses of a host, each with this port. An address is its own.
pub(crate) async fn look_up(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    // It is never closed.
    let room = ROOM.acquire().await.map_err(io::Error::other)?;
    let host = host.to_owned();
    let asked = tokio::task::spawn_blocking(move || {
        // Kept by the thread, for that is what there is little of.
        let _room = room;
        Ok((host.as_str(), port).to_socket_addrs()?.collect())
    });
    asked.await.map_err(io::Error::other)?
}

/// The same for the HTTP client.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FewAtATime;

impl Service<Name> for FewAtATime {
    type Response = IntoIter<SocketAddr>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        Box::pin(async move { Ok(look_up(name.as_str(), 0).await?.into_iter()) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_waits_for_nobody() {
        let taken = ROOM.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
        assert_eq!(look_up("127.0.0.1", 80).await.unwrap(), ["127.0.0.1:80".parse().unwrap()]);
        assert_eq!(look_up("[::1]", 80).await.unwrap(), ["[::1]:80".parse().unwrap()]);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), look_up("localhost", 80));
        assert!(waiting.await.is_err());
        drop(taken);
        assert!(look_up("localhost", 80).await.unwrap().iter().all(|address| address.ip().is_loopback()));
    }
}
