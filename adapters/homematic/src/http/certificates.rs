//! Which certificates of a central are accepted: the pinned one, any, or one that an authority vouches for.
//!
//! Does NOT trust on first use: what was shown is only remembered so that a person can be told.

use loom_domain::ccu::CcuTls;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

/// The certificate that was shown last.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown(Arc<Mutex<Option<String>>>);

impl Shown {
    /// Its SHA-256 fingerprint.
    pub(super) fn get(&self) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, fingerprint: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fingerprint);
    }
}

/// Another certificate than the pinned one was shown.
#[derive(Debug, thiserror::Error)]
#[error("its certificate has the fingerprint {got}, {want} is pinned")]
pub(super) struct OtherCertificate {
    pub(super) got: String,
    pub(super) want: String,
}

/// How TLS is spoken; `shown` learns of every certificate. The error says why it cannot be.
pub(super) fn config(tls: &CcuTls, shown: Shown) -> Result<ClientConfig, String> {
    let provider = Arc::new(ring::default_provider());
    let accept = match tls {
        CcuTls::Pinned(fingerprint) => Accept::Pinned(fingerprint.clone()),
        CcuTls::Insecure => Accept::Any,
        CcuTls::Verified => Accept::VouchedFor(authorities(provider.clone())?),
        CcuTls::Off => Accept::Nothing,
    };
    let judge = Arc::new(Judge { accept, shown, provider: provider.clone() });
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(config.dangerous().with_custom_certificate_verifier(judge).with_no_client_auth())
}

/// SHA-256 in hex digits.
pub(super) fn fingerprint(certificate: &[u8]) -> String {
    Sha256::digest(certificate).iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a text cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn authorities(provider: Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, String> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider).build().map_err(|_| {
        "this system has no certificates of public authorities\nhint: install them (`ca-certificates`), or pin the \
         central's own certificate with `tls_fingerprint`"
            .to_owned()
    })
}

#[derive(Debug)]
enum Accept {
    Pinned(String),
    Any,
    VouchedFor(Arc<WebPkiServerVerifier>),
    Nothing,
}

#[derive(Debug)]
struct Judge {
    accept: Accept,
    shown: Shown,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let got = fingerprint(certificate);
        self.shown.set(got.clone());
        match &self.accept {
            Accept::Pinned(want) if *want == got => Ok(ServerCertVerified::assertion()),
            Accept::Pinned(want) => {
                let other = OtherCertificate { got, want: want.clone() };
                Err(Error::Other(OtherError(Arc::new(other))))
            }
            Accept::Any => Ok(ServerCertVerified::assertion()),
            Accept::VouchedFor(judge) => judge.verify_server_cert(certificate, others, name, ocsp, now),
            Accept::Nothing => Err(Error::General("TLS is off for this central".to_owned())),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if matches!(self.accept, Accept::Any) {
            // Old centrals sign with keys nobody calls safe any more; whoever accepts any certificate accepts these.
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signed, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        if matches!(self.accept, Accept::Any) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signed, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
