//! Refreshes that end anywhere: no device is called complete whose paramsets are not there, and the next run reads the rest.

use crate::bed::{Bed, SERIAL, central, devices, facts, interface};
use crate::dying::{Dying, End};
use loom_adapter_memory::CcuCall;
use loom_domain::ports::{CcuError, ParamsetAnswer, Paramsets};
use loom_domain::usecases::{RefreshDevices, RefreshMemory, RefreshMode};
use serde_json::json;

/// Writes of a refresh that reads everything: per interface the rows, the interface, and two for each batch.
const WRITES: usize = (2 + 2 * 2) + (2 + 2);

/// A central with more than one batch of paramsets on one of its interfaces; their content names the firmware.
fn large(firmware: &str) -> Bed {
    let bed = Bed::new();
    bed.ccu.put_interface("HmIP-RF", devices(60));
    describe_as(&bed, firmware);
    bed
}

fn describe_as(bed: &Bed, firmware: &str) {
    bed.ccu.set_facts(facts(SERIAL, firmware));
    for device in devices(60) {
        let answer = ParamsetAnswer::Described(json!({"firmware": firmware}));
        bed.ccu.put_paramset("HmIP-RF", &device.address, "MASTER", answer);
    }
}

/// Every device with a hash has all its paramsets, of that firmware.
async fn what_is_complete_is_so(bed: &Bed, firmware: &str, at: &str) {
    for device in bed.cached("HmIP-RF").await.iter().filter(|device| !device.hash.is_empty()) {
        let paramsets = bed.store.list_paramsets(&interface("HmIP-RF"), &device.address).await.unwrap();
        assert_eq!(paramsets.len(), 2, "{at}: `{}`", device.address);
        assert!(paramsets[0].content.contains(firmware), "{at}: {}", paramsets[0].content);
    }
}

#[tokio::test]
async fn the_daemon_or_the_disk_may_end_at_any_write() {
    for end in [End::Full, End::DeadBefore, End::DeadAfter] {
        for write in 0..=WRITES {
            let at = format!("{end:?} at write {write}");
            let bed = large("3.87.6");
            let store = Dying::new(bed.store.clone(), write, end);
            let refresh = RefreshDevices {
                interfaces: store.clone(),
                devices: store.clone(),
                paramsets: store.clone(),
                ..bed.refresh()
            };
            let (name, mut memory) = (central(), RefreshMemory::default());
            let outcome = store.run(refresh.run(&name, &mut memory, RefreshMode::Incremental)).await;
            assert_eq!(matches!(outcome, Some(Ok(_))), write == WRITES, "{at}");
            refresh.gateway.farewell().await;
            what_is_complete_is_so(&bed, "3.87.6", &at).await;

            let complete = 180 - bed.pending("HmIP-RF").await.min(180);
            let was_listed = !bed.cached("HmIP-RF").await.is_empty();
            let report = bed.refreshed(&mut RefreshMemory::default(), RefreshMode::Incremental).await;
            let hmip = crate::refreshing::of(&report, "HmIP-RF");
            if was_listed && hmip.afresh.is_none() {
                assert_eq!(hmip.described, 2 * (180 - complete) as u64, "{at}: read again what was there");
            }
            assert_eq!((bed.pending("HmIP-RF").await, bed.pending("BidCos-RF").await), (0, 0), "{at}");
        }
    }
}

#[tokio::test]
async fn no_old_description_is_called_new_wherever_it_ends() {
    for end in [End::Full, End::DeadBefore, End::DeadAfter] {
        for write in 0..=WRITES {
            let at = format!("{end:?} at write {write}");
            let bed = large("3.87.6");
            let mut memory = RefreshMemory::default();
            bed.refreshed(&mut memory, RefreshMode::Incremental).await;
            describe_as(&bed, "3.89.5");
            let store = Dying::new(bed.store.clone(), write, end);
            let refresh = RefreshDevices {
                interfaces: store.clone(),
                devices: store.clone(),
                paramsets: store.clone(),
                ..bed.refresh()
            };
            let name = central();
            store.run(refresh.run(&name, &mut memory, RefreshMode::Incremental)).await;
            refresh.gateway.farewell().await;
            assert_eq!(bed.cached("HmIP-RF").await.len(), 180, "{at}: the cache was empty meanwhile");
            assert!(bed.content("ABC0000059:1", "MASTER").await.is_some(), "{at}");

            bed.refreshed(&mut memory, RefreshMode::Incremental).await;
            assert_eq!(bed.pending("HmIP-RF").await, 0, "{at}");
            what_is_complete_is_so(&bed, "3.89.5", &at).await;
        }
    }
}

#[tokio::test]
async fn devices_are_there_to_be_seen_while_they_wait() {
    let bed = Bed::new();
    bed.ccu.fail(CcuCall::DescribeParamset, || CcuError::NotReady("it boots".to_owned()));
    let mut memory = RefreshMemory::default();
    let report = bed.refreshed(&mut memory, RefreshMode::Incremental).await;
    let hmip = crate::refreshing::of(&report, "HmIP-RF");
    assert!(hmip.error.as_ref().unwrap().contains("not ready"), "{hmip:?}");
    assert_eq!((hmip.pending, bed.pending("HmIP-RF").await), (12, 12));
    assert_eq!(bed.ccu.count(CcuCall::DescribeParamset), 2, "an interface that boots is asked once");
}
