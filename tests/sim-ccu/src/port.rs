//! One port of a central: open while the central is up, refusing while it is off, and reserved all the time.
//! Does NOT know what is spoken on it.

use crate::ccu::{Ccu, Phase};
use crate::fault::Fault;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

const FILLING: Duration = Duration::from_millis(50);

/// A port that is reserved until it is dropped.
#[derive(Debug)]
pub(crate) struct Port {
    // Bound and never listening: nobody else gets the number, and connecting is refused while no listener is there.
    _reserved: TcpSocket,
    pub(crate) address: SocketAddr,
    /// Whether `RpcPortsSilent` is for this port.
    rpc: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Closed,
    Open,
    /// Listening with a full queue: packets are dropped.
    Blocked,
}

impl Port {
    /// Reserves that port of the loopback interface; 0 takes a free one.
    pub(crate) fn reserve(number: u16, rpc: bool) -> io::Result<Self> {
        let reserved = bind(SocketAddr::from((Ipv4Addr::LOCALHOST, number)))?;
        Ok(Self { address: reserved.local_addr()?, _reserved: reserved, rpc })
    }

    /// Hands connections to `serve` while the central is up; those that are open end when it goes down.
    pub(crate) async fn run<F>(self, ccu: Arc<Ccu>, first: TcpListener, serve: impl Fn(TcpStream) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut first = Some(first);
        let mut phase = ccu.phase.subscribe();
        let mut faults = ccu.faults.changes();
        loop {
            let door = self.door(&ccu);
            match door {
                Door::Closed => {
                    first = None;
                    wait(&mut phase, &mut faults).await;
                }
                Door::Blocked => {
                    first = None;
                    let _queue = self.block().await;
                    wait(&mut phase, &mut faults).await;
                }
                Door::Open => {
                    let listener = first.take().map_or_else(|| self.listen(), Ok);
                    let Ok(listener) = listener else { return };
                    let accepting = accept(&listener, &serve);
                    tokio::select! {
                        () = accepting => {}
                        () = self.until_not_open(&ccu, &mut phase, &mut faults) => {}
                    }
                }
            }
        }
    }

    /// Listens; the port may be used again at once.
    pub(crate) fn listen(&self) -> io::Result<TcpListener> {
        bind(self.address)?.listen(1024)
    }

    fn door(&self, ccu: &Ccu) -> Door {
        if *ccu.phase.borrow() == Phase::Off {
            Door::Closed
        } else if self.rpc && ccu.faults.has(&Fault::RpcPortsSilent) {
            Door::Blocked
        } else {
            Door::Open
        }
    }

    async fn until_not_open(
        &self,
        ccu: &Ccu,
        phase: &mut watch::Receiver<Phase>,
        faults: &mut watch::Receiver<u64>,
    ) {
        while self.door(ccu) == Door::Open {
            wait(phase, faults).await;
        }
    }

    // Fills the queue of a listener nobody accepts from, until connecting hangs.
    async fn block(&self) -> io::Result<(TcpListener, Vec<TcpStream>)> {
        let listener = bind(self.address)?.listen(1)?;
        let mut queue = Vec::new();
        while let Ok(stream) = tokio::time::timeout(FILLING, TcpStream::connect(self.address)).await {
            queue.push(stream?);
        }
        Ok((listener, queue))
    }
}

fn bind(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_reuseport(true)?;
    socket.bind(address)?;
    Ok(socket)
}

async fn wait(phase: &mut watch::Receiver<Phase>, faults: &mut watch::Receiver<u64>) {
    tokio::select! {
        _ = phase.changed() => {}
        _ = faults.changed() => {}
    }
}

async fn accept<F>(listener: &TcpListener, serve: &impl Fn(TcpStream) -> F)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Ok((stream, _)) = listener.accept() => {
                let _unimportant = stream.set_nodelay(true);
                connections.spawn(serve(stream));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}
