//! What changes between two refreshes, and lists that are not to be trusted.

use crate::bed::{Bed, SERIAL, central, device, devices, facts, interface};
use crate::refreshing::of;
use loom_adapter_memory::CcuCall;
use loom_domain::ports::{CcuError, Interfaces, ParamsetAnswer};
use loom_domain::usecases::{RefreshMemory, RefreshMode};
use serde_json::json;

const INCREMENTAL: RefreshMode = RefreshMode::Incremental;

async fn refreshed_once() -> (Bed, RefreshMemory) {
    let bed = Bed::new();
    let mut memory = RefreshMemory::default();
    bed.refreshed(&mut memory, INCREMENTAL).await;
    (bed, memory)
}

#[tokio::test]
async fn only_what_is_new_or_changed_is_asked_about() {
    let (bed, mut memory) = refreshed_once().await;
    let mut listed = devices(5);
    listed[0].firmware = "1.8.0".to_owned();
    bed.ccu.put_interface("HmIP-RF", listed);
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    let hmip = of(&report, "HmIP-RF");
    assert_eq!((hmip.listed, hmip.described, hmip.pending), (15, 3 * 2 + 2, 0));
    assert_eq!(hmip.afresh, None);
    assert_eq!(bed.cached("HmIP-RF").await[0].firmware, "1.8.0");
}

#[tokio::test]
async fn a_description_that_only_differs_in_passing_is_stored_without_a_question() {
    let (bed, mut memory) = refreshed_once().await;
    let mut listed = devices(4);
    listed[0].description["INTERFACE"] = json!("another gateway");
    bed.ccu.put_interface("HmIP-RF", listed);
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!((of(&report, "HmIP-RF").described, report.total_calls), (0, 4));
    assert_eq!(bed.cached("HmIP-RF").await[0].description["INTERFACE"], "another gateway");
}

#[tokio::test]
async fn what_was_put_off_is_asked_again_and_nothing_else() {
    let bed = Bed::new();
    bed.ccu.put_paramset(
        "HmIP-RF",
        "ABC0000001:0",
        "VALUES",
        ParamsetAnswer::Later("transmission pending".to_owned()),
    );
    let mut memory = RefreshMemory::default();
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    let hmip = of(&report, "HmIP-RF");
    assert_eq!((hmip.described, hmip.pending, bed.pending("HmIP-RF").await), (23, 1, 1));
    assert!(hmip.error.as_ref().unwrap().contains("transmission pending"), "{hmip:?}");

    bed.ccu.put_paramset("HmIP-RF", "ABC0000001:0", "VALUES", ParamsetAnswer::Described(json!({"x": 1})));
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!((of(&report, "HmIP-RF").described, bed.pending("HmIP-RF").await), (2, 0));
    assert_eq!(bed.content("ABC0000001:0", "VALUES").await.unwrap(), r#"{"x":1}"#);
}

#[tokio::test]
async fn a_paramset_that_is_named_no_more_is_none() {
    let (bed, mut memory) = refreshed_once().await;
    bed.ccu.put_paramset("HmIP-RF", "ABC0000000", "VALUES", ParamsetAnswer::Described(json!({"x": 1})));
    bed.refreshed(&mut memory, RefreshMode::Full).await;
    let mut listed = devices(4);
    listed[0].paramset_keys.retain(|key| key == "MASTER");
    listed[0].description["PARAMSETS"] = json!(["MASTER"]);
    bed.ccu.put_interface("HmIP-RF", listed);
    bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!(bed.content("ABC0000000", "VALUES").await.unwrap(), "null");
}

#[tokio::test]
async fn what_is_missing_twice_goes_and_what_is_missing_once_stays() {
    let (bed, mut memory) = refreshed_once().await;
    let without = |missing: &str| -> Vec<_> {
        devices(4).into_iter().filter(|device| !device.address.starts_with(missing)).collect()
    };
    bed.ccu.put_interface("HmIP-RF", without("ABC0000002"));
    assert_eq!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").removed, 0);
    assert_eq!(bed.cached("HmIP-RF").await.len(), 12);
    // Another one instead: neither was missing twice in a row.
    bed.ccu.put_interface("HmIP-RF", without("ABC0000003"));
    assert_eq!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").removed, 0);
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!(of(&report, "HmIP-RF").removed, 3);
    let left = bed.cached("HmIP-RF").await;
    assert!(left.len() == 9 && left.iter().all(|device| !device.address.starts_with("ABC0000003")));
    assert_eq!(bed.content("ABC0000003:1", "MASTER").await, None);
    assert!(bed.content("ABC0000002:1", "MASTER").await.is_some());
}

#[tokio::test]
async fn a_channel_that_is_gone_goes_alone() {
    let (bed, mut memory) = refreshed_once().await;
    let mut listed = devices(4);
    listed.retain(|device| device.address != "ABC0000000:1");
    bed.ccu.put_interface("HmIP-RF", listed);
    bed.refreshed(&mut memory, INCREMENTAL).await;
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!((of(&report, "HmIP-RF").removed, bed.cached("HmIP-RF").await.len()), (1, 11));
}

#[tokio::test]
async fn an_empty_or_short_list_never_shrinks_the_cache_at_once() {
    for listed in [Vec::new(), device("ABC0000000", 2)] {
        let (bed, mut memory) = refreshed_once().await;
        bed.ccu.put_interface("HmIP-RF", listed.clone());
        for _ in 0..3 {
            let report = bed.refreshed(&mut memory, INCREMENTAL).await;
            let hmip = of(&report, "HmIP-RF");
            assert!(hmip.kept.as_ref().unwrap().contains("of 12 that are cached"), "{hmip:?}");
            assert_eq!((hmip.removed, bed.cached("HmIP-RF").await.len()), (0, 12));
            bed.later(5);
        }
        bed.ccu.put_interface("HmIP-RF", devices(4));
        let report = bed.refreshed(&mut memory, INCREMENTAL).await;
        assert_eq!((of(&report, "HmIP-RF").kept.as_ref(), of(&report, "HmIP-RF").described), (None, 0));
    }
}

#[tokio::test]
async fn a_short_list_that_stays_is_believed_in_the_end() {
    let (bed, mut memory) = refreshed_once().await;
    bed.ccu.put_interface("HmIP-RF", device("ABC0000000", 2));
    for _ in 0..5 {
        assert!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").kept.is_some());
        bed.later(7);
    }
    assert!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").kept.is_none());
    assert_eq!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").removed, 9);
}

#[tokio::test]
async fn one_interface_that_does_not_answer_leaves_the_others() {
    let (bed, mut memory) = refreshed_once().await;
    bed.ccu.fail(CcuCall::ListCcuDevices, || CcuError::NotReady("it reads its devices".to_owned()));
    let report = bed.refreshed(&mut memory, RefreshMode::Full).await;
    assert_eq!(report.interfaces.len(), 2);
    assert!(report.interfaces.iter().all(|interface| interface.error.is_some()));
    assert_eq!((bed.cached("HmIP-RF").await.len(), bed.pending("HmIP-RF").await), (12, 0));
}

#[tokio::test]
async fn a_simplified_list_does_not_replace_a_full_one_and_is_replaced_by_it() {
    let (bed, mut memory) = refreshed_once().await;
    bed.ccu.set_simplified(true);
    bed.ccu.put_interface("HmIP-RF", devices(5));
    let report = bed.refreshed(&mut memory, RefreshMode::Full).await;
    assert!(of(&report, "HmIP-RF").kept.as_ref().unwrap().contains("types of values get lost"), "{report:?}");
    assert_eq!(bed.cached("HmIP-RF").await.len(), 12);

    let bed = Bed::new();
    bed.ccu.set_simplified(true);
    let mut memory = RefreshMemory::default();
    assert!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").simplified);
    assert!(bed.store.find_interface(&interface("HmIP-RF")).await.unwrap().unwrap().simplified);
    assert_eq!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").described, 0);
    bed.ccu.set_simplified(false);
    assert_eq!(of(&bed.refreshed(&mut memory, INCREMENTAL).await, "HmIP-RF").described, 24);
    assert!(!bed.store.find_interface(&interface("HmIP-RF")).await.unwrap().unwrap().simplified);
}

#[tokio::test]
async fn unusable_answers_leave_their_devices_pending_and_many_of_them_end_the_interface() {
    let bed = Bed::new();
    bed.ccu.fail(CcuCall::DescribeParamset, || CcuError::Misbehaved("no description".to_owned()));
    let mut memory = RefreshMemory::default();
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    let hmip = of(&report, "HmIP-RF");
    assert_eq!((hmip.described, hmip.pending), (0, 12));
    assert_eq!(bed.ccu.count(CcuCall::DescribeParamset), 5 + 5, "per interface");
    bed.ccu.mend(CcuCall::DescribeParamset);
    bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!(bed.pending("HmIP-RF").await, 0);
}

#[tokio::test]
async fn several_centrals_share_one_memory() {
    let (bed, mut memory) = refreshed_once().await;
    bed.ccu.put_interface("HmIP-RF", devices(3));
    bed.refreshed(&mut memory, INCREMENTAL).await;
    let other = loom_domain::central::CentralName::parse("other").unwrap();
    let report = bed.refresh().run(&other, &mut memory, INCREMENTAL).await.unwrap();
    assert_eq!(of(&report, "HmIP-RF").listed, 9);
    assert_ne!(other, central());
    assert_eq!(bed.cached("HmIP-RF").await.len(), 12, "missing once at each is not missing twice at one");
}

#[tokio::test]
async fn a_description_beyond_all_measure_is_left_out_and_the_rest_goes_on() {
    let (bed, mut memory) = refreshed_once().await;
    let before = bed.cached("HmIP-RF").await;
    let endless = json!("x".repeat(4 << 20));
    let mut listed = devices(5);
    listed[0].description["INTERFACE"] = endless.clone();
    bed.ccu.put_interface("HmIP-RF", listed);
    bed.ccu.put_paramset(
        "HmIP-RF",
        "ABC0000004:0",
        "MASTER",
        ParamsetAnswer::Described(json!({"x": endless})),
    );
    for described in [5, 1, 1] {
        let report = bed.refreshed(&mut memory, INCREMENTAL).await;
        let hmip = of(&report, "HmIP-RF");
        assert_eq!((hmip.listed, hmip.described, hmip.pending, hmip.removed), (15, described, 1, 0));
        assert!(hmip.error.as_ref().unwrap().contains("`ABC0000000` is larger than 4 MiB"), "{hmip:?}");
    }
    let cached = bed.cached("HmIP-RF").await;
    assert_eq!((cached.len(), &cached[0]), (15, &before[0]));
    assert_eq!(bed.content("ABC0000004:0", "MASTER").await, None);
    assert!(bed.content("ABC0000004:0", "VALUES").await.is_some());

    bed.ccu.set_facts(facts(SERIAL, "3.89.2.20260301"));
    bed.refreshed(&mut memory, INCREMENTAL).await;
    assert_eq!(bed.pending("HmIP-RF").await, 2, "its paramsets are those of the old firmware");

    bed.ccu.put_interface("HmIP-RF", devices(5));
    let report = bed.refreshed(&mut memory, INCREMENTAL).await;
    let error = of(&report, "HmIP-RF").error.clone().unwrap();
    assert!(error.contains("`MASTER ABC0000004:0` is larger than 4 MiB"), "{error}");
}
