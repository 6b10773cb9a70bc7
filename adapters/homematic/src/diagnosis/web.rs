//! Whether the name, the web pages and the certificate of a central are as configured. Does NOT log in.

use super::findings::{about, broken, fine, odd};
use super::{LONGEST, late, speaks_tls, within};
use crate::http::{HttpClient, HttpRequest};
use crate::names::look_up;
use loom_domain::ccu::{CcuAccess, CcuTls};
use loom_domain::ports::CcuFinding;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// A page everybody may see.
const PAGE: &str = "/api/backup/version.cgi";

/// Whether the host has addresses.
pub(super) async fn name(access: &CcuAccess) -> CcuFinding {
    let subject = format!("host name `{}`", access.host);
    let bare = access.host.trim_start_matches('[').trim_end_matches(']');
    if bare.parse::<IpAddr>().is_ok() {
        return fine(subject, "is an address");
    }
    let hint = "check `host` of the central, or name its address there";
    match within(LONGEST, look_up(bare, 0)).await {
        Some(Ok(addresses)) => {
            let addresses: BTreeSet<_> = addresses.iter().map(|address| address.ip().to_string()).collect();
            if addresses.is_empty() {
                return broken(subject, "has no address", hint);
            }
            fine(subject, format!("is {}", addresses.into_iter().collect::<Vec<_>>().join(", ")))
        }
        Some(Err(error)) => broken(subject, error.to_string(), hint),
        None => broken(subject, late(), "check the name server of this machine"),
    }
}

/// Whether the web pages answer.
pub(super) async fn page(http: &HttpClient) -> CcuFinding {
    let at = http.web();
    let subject = format!("web pages on port {}", at.port());
    let hint = "check `host`, `port` and `tls` of the central, and whether it runs";
    match within(LONGEST, http.send(HttpRequest::get(at, PAGE))).await {
        Some(Ok(answer)) if answer.status == 200 => fine(subject, "answer"),
        Some(Ok(answer)) => odd(
            subject,
            format!("answer, but with status {} where the firmware version should be", answer.status),
            "check whether host and port lead to a Homematic central; a very old firmware is to be updated",
        ),
        Some(Err(error)) => about(subject, &error, hint),
        None => broken(subject, late(), hint),
    }
}

/// Which certificate was shown and accepted. Without TLS configured, whether there could be TLS.
pub(super) async fn certificate(access: &CcuAccess, http: &HttpClient) -> Option<CcuFinding> {
    let subject = "TLS certificate";
    if speaks_tls(access) {
        let shown = http.shown_fingerprint()?;
        return match &access.tls {
            CcuTls::Pinned(pinned) if *pinned == shown => Some(fine(subject, "is the pinned one")),
            CcuTls::Insecure => Some(odd(
                subject,
                format!("any is accepted; the central shows one with the SHA-256 fingerprint {shown}"),
                "compare the fingerprint on the central itself, then set it as `tls_fingerprint`: only then is it certain who answers",
            )),
            CcuTls::Verified => Some(fine(subject, format!("has the SHA-256 fingerprint {shown}"))),
            // Another than the pinned one is never accepted.
            CcuTls::Pinned(_) | CcuTls::Off => None,
        };
    }
    // A port somebody chose says nothing about where TLS would be.
    if access.web_port.is_some() {
        return None;
    }
    let secret = HttpClient::new(&CcuAccess { tls: CcuTls::Insecure, ..access.clone() });
    within(LONGEST, secret.send(HttpRequest::get(secret.web(), PAGE))).await?.ok()?;
    let shown = secret.shown_fingerprint()?;
    Some(fine(
        subject,
        format!(
            "the central could speak TLS: with `tls: true` and, once compared on the central itself, `tls_fingerprint: {shown}`"
        ),
    ))
}
