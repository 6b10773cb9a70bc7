//! The same central behind TLS, with a certificate as OpenCCU makes it: self-signed, on P-384, with the
//! rights of an authority. Does NOT offer what old stock firmware had.

use crate::ccu::Ccu;
use crate::devices::Interface;
use crate::port::Port;
use crate::service::Service;
use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair, KeyUsagePurpose, PKCS_ECDSA_P384_SHA384};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// Where a central listens with TLS, and what it shows.
#[derive(Debug)]
pub(crate) struct Encrypted {
    pub(crate) web: SocketAddr,
    pub(crate) rpc: BTreeMap<Interface, SocketAddr>,
    /// SHA-256 of the certificate, 64 digits.
    pub(crate) fingerprint: String,
}

/// Opens one more port for the web and for each interface that speaks XML-RPC; all of them free ones.
pub(crate) fn open(ccu: &Arc<Ccu>, ports: &mut JoinSet<()>) -> io::Result<Encrypted> {
    let (certificate, key) = certificate(&ccu.config.hostname).map_err(io::Error::other)?;
    let fingerprint = crate::sbk::hex(&Sha256::digest(&certificate));
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(vec![certificate], key))
        .map_err(io::Error::other)?;
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let mut listen = |service| open_port(ccu, service, acceptor.clone(), ports);
    let web = listen(Service::Web { encrypted: true })?;
    let mut rpc = BTreeMap::new();
    for interface in ccu.config.devices.keys().filter(|interface| **interface != Interface::CuxD) {
        rpc.insert(*interface, listen(Service::Interface(*interface))?);
    }
    Ok(Encrypted { web, rpc, fingerprint })
}

fn open_port(
    ccu: &Arc<Ccu>,
    service: Service,
    acceptor: TlsAcceptor,
    ports: &mut JoinSet<()>,
) -> io::Result<SocketAddr> {
    let port = Port::reserve(0, matches!(service, Service::Interface(_)))?;
    let (address, listener, shared) = (port.address, port.listen()?, Arc::clone(ccu));
    ports.spawn(port.run(Arc::clone(ccu), listener, move |stream: TcpStream| {
        let (acceptor, ccu) = (acceptor.clone(), Arc::clone(&shared));
        async move {
            if let Ok(stream) = acceptor.accept(stream).await {
                service.serve(ccu, stream).await;
            }
        }
    }));
    Ok(address)
}

fn certificate(host: &str) -> Result<(CertificateDer<'static>, PrivateKeyDer<'static>), rcgen::Error> {
    let key = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)?;
    let mut params = CertificateParams::new([host.to_owned(), "127.0.0.1".to_owned()])?;
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    let certificate = params.self_signed(&key)?;
    Ok((certificate.der().clone(), PrivateKeyDer::Pkcs8(key.serialize_der().into())))
}
