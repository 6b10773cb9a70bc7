//! A refresh that reads what there is: the first one, and what makes everything be read again.

use crate::bed::{Bed, SERIAL, central, devices, facts, interface};
use jiff::SignedDuration;
use loom_adapter_memory::CcuCall;
use loom_domain::device::ParamsetId;
use loom_domain::ports::{Clock, Interfaces, ParamsetAnswer, Paramsets};
use loom_domain::usecases::{InterfaceReport, RefreshMemory, RefreshMode, RefreshReport};
use serde_json::json;

impl Bed {
    pub(crate) async fn refreshed(&self, memory: &mut RefreshMemory, mode: RefreshMode) -> RefreshReport {
        let report = self.refresh().run(&central(), memory, mode).await.unwrap();
        assert_eq!(self.ccu.sessions(), 0);
        report
    }

    pub(crate) async fn content(&self, address: &str, key: &str) -> Option<String> {
        let (interface, channel_address) = (interface("HmIP-RF"), address.to_owned());
        let id = ParamsetId { interface, channel_address, paramset_key: key.to_owned() };
        self.store.find_paramset(&id).await.unwrap().map(|paramset| paramset.content)
    }

    pub(crate) async fn pending(&self, interface: &str) -> usize {
        self.cached(interface).await.iter().filter(|device| device.hash.is_empty()).count()
    }

    pub(crate) fn later(&self, minutes: i64) {
        self.clock.set(self.clock.now() + SignedDuration::from_mins(minutes));
    }
}

pub(crate) fn of<'a>(report: &'a RefreshReport, interface: &str) -> &'a InterfaceReport {
    report.interfaces.iter().find(|report| report.interface_id == interface).unwrap()
}

#[tokio::test]
async fn everything_is_read_the_first_time_and_nothing_but_the_lists_the_second() {
    let bed = Bed::new();
    let content = json!({"b": {"TYPE": "FLOAT", "MAX": 30.5}, "a": {"TYPE": "ENUM", "MAX": "Größe"}});
    bed.ccu.put_paramset("HmIP-RF", "ABC0000000:1", "VALUES", ParamsetAnswer::Described(content));
    let mut memory = RefreshMemory::default();
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;

    let hmip = of(&report, "HmIP-RF");
    assert_eq!((hmip.listed, hmip.described, hmip.pending, hmip.removed), (12, 24, 0, 0));
    assert!(hmip.afresh.is_some() && hmip.error.is_none() && hmip.kept.is_none(), "{hmip:?}");
    assert_eq!(report.total_calls, 2 + 2 + 24 + 12);
    assert_eq!(
        bed.content("ABC0000000:1", "VALUES").await.unwrap(),
        r#"{"a":{"MAX":"Größe","TYPE":"ENUM"},"b":{"MAX":30.5,"TYPE":"FLOAT"}}"#
    );
    assert_eq!(bed.content("ABC0000000:1", "MASTER").await.unwrap(), "null");
    assert_eq!((bed.cached("HmIP-RF").await.len(), bed.pending("HmIP-RF").await), (12, 0));
    let remembered = bed.store.find_interface(&interface("HmIP-RF")).await.unwrap().unwrap();
    assert_eq!((remembered.serial.as_str(), remembered.firmware.as_str()), (SERIAL, "3.87.6.20260101"));

    let before = bed.cached("HmIP-RF").await;
    bed.later(10);
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    assert_eq!((report.total_calls, of(&report, "HmIP-RF").described), (4, 0));
    assert_eq!(bed.cached("HmIP-RF").await, before);
    let compared = bed.store.find_interface(&interface("HmIP-RF")).await.unwrap().unwrap();
    assert_eq!((compared.read_at, compared.compared_at), (remembered.read_at, bed.clock.now()));
}

#[tokio::test]
async fn all_contents_that_are_equal_are_one_however_their_keys_are_ordered() {
    let bed = Bed::new();
    for (address, content) in
        [("ABC0000000", r#"{"a":1,"b":{"x":1,"y":2}}"#), ("ABC0000001", r#"{"b":{"y":2,"x":1},"a":1}"#)]
    {
        let content = serde_json::from_str(content).unwrap();
        bed.ccu.put_paramset("HmIP-RF", address, "MASTER", ParamsetAnswer::Described(content));
    }
    bed.refreshed(&mut RefreshMemory::default(), RefreshMode::Incremental).await;
    assert_eq!(
        bed.store.count_paramsets().await.unwrap().contents,
        2,
        "the two are one, the other one is `null`"
    );
}

#[tokio::test]
async fn another_firmware_or_a_wish_reads_everything_afresh() {
    let bed = Bed::new();
    let mut memory = RefreshMemory::default();
    bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    let report = bed.refreshed(&mut memory, RefreshMode::Full).await;
    assert_eq!(of(&report, "HmIP-RF").described, 24);

    bed.ccu.set_facts(facts(SERIAL, "3.89.5.20260601"));
    bed.later(10);
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    assert_eq!(of(&report, "HmIP-RF").described, 24);
    assert!(of(&report, "HmIP-RF").afresh.as_ref().unwrap().contains("3.89.5"), "{report:?}");
    let remembered = bed.store.find_interface(&interface("HmIP-RF")).await.unwrap().unwrap();
    assert_eq!((remembered.firmware.as_str(), remembered.read_at), ("3.89.5.20260601", bed.clock.now()));
    assert_eq!(of(&bed.refreshed(&mut memory, RefreshMode::Incremental).await, "HmIP-RF").described, 0);
}

#[tokio::test]
async fn another_unit_replaces_the_cache_at_once() {
    let bed = Bed::new();
    let mut memory = RefreshMemory::default();
    bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    bed.ccu.set_facts(facts("3014F711A0001F0000000009", "3.87.6.20260101"));
    bed.ccu.put_interface("HmIP-RF", devices(1));
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    let hmip = of(&report, "HmIP-RF");
    assert_eq!((hmip.removed, hmip.described, bed.cached("HmIP-RF").await.len()), (9, 6, 3));
}

#[tokio::test]
async fn what_was_cached_stays_readable_while_everything_is_read_afresh() {
    let bed = Bed::new();
    let mut memory = RefreshMemory::default();
    let old = ParamsetAnswer::Described(json!({"old": 1}));
    bed.ccu.put_paramset("HmIP-RF", "ABC0000003:1", "VALUES", old);
    bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    bed.ccu.hang(CcuCall::DescribeParamset);
    let calls = bed.ccu.count(CcuCall::DescribeParamset);
    let (name, refresh) = (central(), bed.refresh());
    tokio::select! {
        biased;
        report = refresh.run(&name, &mut memory, RefreshMode::Full) => panic!("{report:?}"),
        () = bed.ccu.until_called(CcuCall::DescribeParamset, calls + 1) => {}
    }
    refresh.gateway.farewell().await;
    assert_eq!(bed.content("ABC0000003:1", "VALUES").await.unwrap(), r#"{"old":1}"#);
    assert_eq!(bed.cached("HmIP-RF").await.len(), 12);

    // Whatever was not read then is read by the next ordinary run.
    bed.ccu.let_go(CcuCall::DescribeParamset);
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    let described: u64 = report.interfaces.iter().map(|interface| interface.described).sum();
    assert!(described >= 12, "{report:?}");
    assert_eq!((bed.pending("HmIP-RF").await, bed.pending("BidCos-RF").await), (0, 0));
}

#[tokio::test]
async fn a_central_that_does_not_say_who_it_is_is_not_read() {
    let bed = Bed::new();
    bed.ccu.set_booting(true);
    let outcome = bed.refresh().run(&central(), &mut RefreshMemory::default(), RefreshMode::Full).await;
    assert!(outcome.unwrap_err().to_string().contains("not ready yet"));
    assert_eq!(bed.ccu.count(CcuCall::Farewell), 1);
}
