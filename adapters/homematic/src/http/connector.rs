//! Connects to a central with a time limit over all of it: name, TCP and TLS. Does NOT judge certificates (`certificates`).

use crate::names::FewAtATime;
use hyper::Uri;
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioIo;
use loom_domain::ports::BoxError;
use rustls::ClientConfig;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::net::TcpStream;
use tower_service::Service;

/// How often an idle connection is proved to be there, while a central makes a backup for minutes.
const KEEP_ALIVE: Duration = Duration::from_secs(30);

/// Connects within a time limit.
#[derive(Clone)]
pub(super) struct PatientConnector {
    connector: HttpsConnector<HttpConnector<FewAtATime>>,
    limit: Duration,
}

impl PatientConnector {
    /// A connector that gives up after `limit`.
    pub(super) fn new(tls: ClientConfig, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new_with_resolver(FewAtATime);
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        // Shared among the addresses of a name, so that one that is dead leaves time for the others.
        tcp.set_connect_timeout(Some(limit));
        Self { connector: HttpsConnector::from((tcp, tls)), limit }
    }
}

impl Service<Uri> for PatientConnector {
    type Response = MaybeHttpsStream<TokioIo<TcpStream>>;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.connector.call(uri), self.limit);
        Box::pin(async move {
            let timed_out = |_| BoxError::from(io::Error::from(io::ErrorKind::TimedOut));
            tokio::time::timeout(limit, connecting).await.map_err(timed_out)?
        })
    }
}
