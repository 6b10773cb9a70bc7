//! A newer foreign central, with a JSON API of its own beside the interface: its devices are read as any other's, and what
//! it lacks is told.

use crate::bed::{INTERFACE, access, gateway};
use loom_domain::ccu::CcuAccess;
use loom_domain::ports::{CcuError, CcuFindingOutcome, ParamsetAnswer};
use loom_foreign_ccu::NewCentral;
use std::collections::BTreeSet;

/// The way to it, with nothing said of which interfaces it has.
fn way(foreign: &NewCentral) -> CcuAccess {
    CcuAccess { interfaces: Vec::new(), ..access(foreign.json_port, foreign.xml_port) }
}

#[tokio::test]
#[ignore = "needs Python 3.13 with pydevccu"]
async fn devices_of_a_newer_central_are_listed_and_described() {
    let foreign = NewCentral::start().unwrap();
    let gateway = gateway(way(&foreign));
    let names = gateway.list_interfaces().await.unwrap();
    assert!(names.iter().any(|name| name == INTERFACE), "{names:?}");
    let devices = gateway.list_ccu_devices(INTERFACE).await.unwrap().devices;
    let types: BTreeSet<_> =
        devices.iter().filter(|device| device.parent.is_empty()).map(|device| &*device.device_type).collect();
    assert_eq!(types, BTreeSet::from(["HM-CC-RT-DN", "HmIP-BSM", "HmIP-eTRV-2"]));
    let mut described = 0;
    for device in &devices {
        for key in &device.paramset_keys {
            match gateway.describe_paramset(INTERFACE, &device.address, key).await.unwrap() {
                ParamsetAnswer::Described(_) => described += 1,
                ParamsetAnswer::None => {}
                ParamsetAnswer::Later(why) => panic!("`{key}` of `{}`: {why}", device.address),
            }
        }
    }
    assert!(described > devices.len(), "{described} of {} devices", devices.len());
    gateway.farewell().await;
}

#[tokio::test]
#[ignore = "needs Python 3.13 with pydevccu"]
async fn what_a_newer_central_lacks_is_told() {
    let foreign = NewCentral::start().unwrap();
    let gateway = gateway(way(&foreign));
    gateway.is_ready().await.unwrap();
    // It does not know the one question that only administrators may ask.
    let error = gateway.identity().await.unwrap_err();
    assert!(matches!(error, CcuError::Refused(_)), "{error}");
    assert!(error.to_string().contains("does not know `CCU.getVersion`"), "{error}");
    let findings = gateway.diagnose().await;
    let outcome =
        |subject: &str| findings.iter().find(|finding| finding.subject.starts_with(subject)).unwrap().outcome;
    assert_eq!(outcome("interface BidCos-RF"), CcuFindingOutcome::Fine, "{findings:#?}");
    assert_eq!(outcome("web pages"), CcuFindingOutcome::Odd);
    assert_eq!(outcome("log-in and rights"), CcuFindingOutcome::Broken);
    gateway.farewell().await;
}

#[tokio::test]
#[ignore = "needs Python 3.13 with pydevccu"]
async fn a_newer_central_that_does_not_let_us_in_is_told_from_one_that_lacks_something() {
    let foreign = NewCentral::start().unwrap();
    let mut way = way(&foreign);
    way.username = Some("Nobody".to_owned());
    let error = gateway(way).identity().await.unwrap_err();
    assert!(matches!(error, CcuError::Unauthorized(_)), "{error}");
}
