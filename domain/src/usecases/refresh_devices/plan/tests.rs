//! The plan for lists that are odd in ways a central in memory is not.

use super::*;
use crate::central::CentralName;
use serde_json::json;

fn facts() -> CcuFacts {
    let text = |text: &str| text.to_owned();
    CcuFacts {
        serial: text("NEQ0000001"),
        product: text("CCU3"),
        firmware: text("3.87.6"),
        host_name: text("ccu3"),
    }
}

fn interface() -> InterfaceRef {
    InterfaceRef { central: CentralName::parse("ccu").unwrap(), interface_id: "HmIP-RF".to_owned() }
}

fn listed(address: &str) -> CcuDevice {
    CcuDevice {
        address: address.to_owned(),
        device_type: "HmIP-BSM".to_owned(),
        parent: String::new(),
        firmware: "1.6.0".to_owned(),
        paramset_keys: vec!["MASTER".to_owned()],
        description: json!({"ADDRESS": address}),
    }
}

fn plan(cached: Vec<Device>, remembered: Option<CachedInterface>, addresses: &[&str]) -> Plan {
    let before = Before {
        interface: &interface(),
        facts: &facts(),
        remembered,
        cached,
        mode: RefreshMode::Incremental,
        now: Timestamp::UNIX_EPOCH,
    };
    let devices = addresses.iter().map(|address| listed(address)).collect();
    before.plan(CcuDeviceList { devices, simplified: false }, &mut Memory::default())
}

fn changes(plan: Plan) -> Changes {
    match plan {
        Plan::Refresh(changes) => *changes,
        Plan::Keep(reason) => panic!("{reason}"),
    }
}

#[test]
fn an_address_that_is_listed_twice_is_one_device() {
    let changes = changes(plan(Vec::new(), None, &["B", "A", "B"]));
    let addresses: Vec<_> = changes.rows.iter().map(|row| row.address.as_str()).collect();
    assert_eq!(addresses, ["A", "B"]);
    assert!(changes.rows.iter().all(|row| row.hash.is_empty()));
    assert!(changes.describe.iter().all(|described| described.row.hash.len() == 64));
}

#[test]
fn what_another_program_cached_is_read_afresh_and_its_fields_are_kept() {
    let old = Device {
        manufacturer: "eQ-3".to_owned(),
        hash: "abc".to_owned(),
        ..row(listed("A"), None, &interface(), Timestamp::UNIX_EPOCH)
    };
    let changes = changes(plan(vec![old], None, &["A"]));
    assert_eq!((changes.describe.len(), changes.rows[0].manufacturer.as_str()), (1, "eQ-3"));
    assert_eq!(changes.rows[0].model, "HmIP-BSM");
}

#[test]
fn a_row_that_waits_already_is_not_stored_again() {
    let first = changes(plan(Vec::new(), None, &["A"]));
    let changes = changes(plan(first.rows, Some(first.remember), &["A"]));
    assert_eq!((changes.rows.len(), changes.describe.len(), changes.afresh), (0, 1, None));
}

#[test]
fn channels_go_with_their_device() {
    let addresses = ["A", "A:0", "A:1", "B:1"].map(str::to_owned);
    assert_eq!(outermost(addresses.into()), ["A", "B:1"]);
}
