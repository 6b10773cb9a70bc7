//! What works on the way to a central and what does not, in findings a person can act on. Ends within about a minute.
//!
//! Does NOT mend anything. What it asks changes nothing on the central; how often it may log in is the session's business.

mod findings;
mod interface;
mod web;

use crate::devices::Devices;
use crate::http::HttpClient;
use crate::interfaces::Interfaces;
use findings::{about, broken, fine, skipped};
use futures_util::future::join_all;
use loom_domain::ccu::{CcuAccess, CcuTls};
use loom_domain::ports::{CcuDevices as _, CcuFinding, CcuIdentity};
use std::future::Future;
use std::time::Duration;
use tokio::time::timeout;

/// Longest look at one thing; there are four after one another.
const LONGEST: Duration = Duration::from_secs(15);

/// Tries every way to the central behind `access`.
pub(crate) async fn diagnose(
    access: &CcuAccess,
    http: &HttpClient,
    devices: &Devices,
    identity: &dyn CcuIdentity,
) -> Vec<CcuFinding> {
    let name = web::name(access).await;
    if findings::is_broken(&name) {
        return vec![name];
    }
    let mut findings = vec![name];
    let page = web::page(http).await;
    let works = !findings::is_broken(&page);
    findings.push(page);
    if works || !speaks_tls(access) {
        findings.extend(web::certificate(access, http).await);
    }
    let names = if works {
        let login = login(access, identity).await;
        let names = interfaces_in_use(access, devices, &login).await;
        findings.push(login);
        names
    } else {
        findings.push(skipped(LOGIN, "the web pages have to answer first"));
        None
    };
    let guessed = names.is_none();
    let names = names.unwrap_or_else(Interfaces::known);
    findings.extend(join_all(names.iter().map(|name| interface::finding(devices, name, guessed))).await);
    findings
}

const LOGIN: &str = "log-in and rights";

async fn login(access: &CcuAccess, identity: &dyn CcuIdentity) -> CcuFinding {
    if access.username.is_none() {
        return skipped(
            LOGIN,
            "no `username` is configured; without one only descriptions of devices can be had",
        );
    }
    match within(LONGEST, identity.identity()).await {
        Some(Ok(facts)) => fine(
            LOGIN,
            format!(
                "the user is an administrator; {} with firmware {}, serial number {}",
                facts.product, facts.firmware, facts.serial
            ),
        ),
        Some(Err(error)) => about(
            LOGIN,
            &error,
            "check `username` and `password`, and whether the central takes log-ins on its own pages",
        ),
        None => broken(
            LOGIN,
            late(),
            "the logic process of the central may be busy, or all its sessions in use: try again in some minutes, or restart it",
        ),
    }
}

/// `None` if nobody knows which these are.
async fn interfaces_in_use(access: &CcuAccess, devices: &Devices, login: &CcuFinding) -> Option<Vec<String>> {
    if !access.interfaces.is_empty() {
        return Some(access.interfaces.clone());
    }
    if !findings::is_fine(login) {
        return None;
    }
    within(LONGEST, devices.list_interfaces()).await?.ok().filter(|names| !names.is_empty())
}

async fn within<T>(limit: Duration, attempt: impl Future<Output = T>) -> Option<T> {
    timeout(limit, attempt).await.ok()
}

fn late() -> String {
    format!("no answer within {} s", LONGEST.as_secs())
}

fn speaks_tls(access: &CcuAccess) -> bool {
    access.tls != CcuTls::Off
}
