//! Whether one interface of a central answers, and over which way. Does NOT list its devices, unless no other way is open.

use super::findings::{about, broken, fine, odd, skipped};
use super::{LONGEST, late, within};
use crate::devices::{Devices, Way};
use loom_domain::ports::{CcuError, CcuFinding};
use loom_domain::words::reason_and_hint;

/// Tries one interface. One that was only `guessed` need not be there.
pub(super) async fn finding(devices: &Devices, name: &str, guessed: bool) -> CcuFinding {
    let port = devices.interfaces().door(name).map(|door| door.at.port());
    let subject = match port {
        Some(port) => format!("interface {name} on port {port}"),
        None => format!("interface {name}"),
    };
    match within(LONGEST, devices.try_interface(name)).await {
        Some(Ok(Way::Xml)) => fine(subject, "answers"),
        Some(Ok(Way::Bin)) => fine(subject, "answers in binary"),
        Some(Ok(Way::Json)) => odd(
            subject,
            "the port is closed; the central answers in its place, but types of values and some fields get lost",
            "allow the address of this machine in the central's firewall settings, for its remote XML-RPC interfaces",
        ),
        // Which interfaces a central has is not known without a log-in.
        Some(Err(error @ CcuError::Unavailable(_))) if guessed => {
            let (detail, _) = reason_and_hint(&error);
            skipped(subject, format!("{detail}; it may not be in use"))
        }
        Some(Err(error)) => about(
            subject,
            &error,
            "wait some minutes: the central may be starting; if it stays, restart it, and check that the interface is in use",
        ),
        None => broken(
            subject,
            late(),
            "if other ports answer, the central's firewall keeps this one closed, or its process hangs: allow the address of \
             this machine there, or restart the central",
        ),
    }
}
