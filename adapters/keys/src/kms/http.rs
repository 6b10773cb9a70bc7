//! The way to the service: one request, one answer of bounded length, over TLS unless the address says plain HTTP.
//!
//! Does NOT follow redirects, use proxies or keep connections: a daemon asks once in its life.

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::{Request, Response};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};
use std::error::Error;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use zeroize::{Zeroize as _, Zeroizing};

/// Most bytes of an answer. Those of the service have some hundred, those of credential services some thousand.
const MAX_BYTES: usize = 256 * 1024;

type Connections = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Asks over HTTP.
pub(super) struct HttpClient {
    connect: Duration,
    connections: OnceLock<Result<Connections, String>>,
}

impl HttpClient {
    /// A client that waits so long for a connection. Touches nothing yet.
    pub(super) fn new(connect: Duration) -> Self {
        Self { connect, connections: OnceLock::new() }
    }

    /// Asks, and reads the answer to its end; buffers on the way are wiped. An error says in words why there is no answer.
    pub(super) async fn send(&self, request: Request<Bytes>) -> Result<Response<Zeroizing<Vec<u8>>>, String> {
        let connections = self.connections.get_or_init(|| connections(self.connect)).clone()?;
        let answer = connections.request(request.map(Full::new)).await.map_err(|error| root(&error))?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, read(body).await?))
    }
}

fn connections(connect: Duration) -> Result<Connections, String> {
    let mut tcp = HttpConnector::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(connect));
    let mut roots = RootCertStore::empty();
    // A machine without authorities still reaches addresses that say plain HTTP.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    let connector = HttpsConnector::from((tcp, tls));
    Ok(Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector))
}

async fn read(mut body: Incoming) -> Result<Zeroizing<Vec<u8>>, String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4096));
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| root(&error))?;
        let Ok(data) = frame.into_data() else { continue };
        if bytes.len() + data.len() > MAX_BYTES {
            return Err(format!("it is longer than {MAX_BYTES} bytes"));
        }
        if bytes.len() + data.len() > bytes.capacity() {
            // A vector that grows by itself leaves an unwiped copy behind.
            let mut larger = Zeroizing::new(Vec::with_capacity(2 * (bytes.len() + data.len())));
            larger.extend_from_slice(&bytes);
            bytes = larger;
        }
        bytes.extend_from_slice(&data);
        // As far as the connection lets go of its own buffer.
        if let Ok(mut data) = data.try_into_mut() {
            data.as_mut().zeroize();
        }
    }
    Ok(bytes)
}

/// The words of the innermost error: those around it only say that a request failed.
fn root(error: &(dyn Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain.last().map(ToString::to_string).unwrap_or_default()
}
