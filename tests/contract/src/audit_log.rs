//! The suite of [`AuditLog`].

use crate::moments::{at, moment};
use loom_domain::audit::{AuditEntry, AuditFilter};
use loom_domain::central::CentralName;
use loom_domain::ports::AuditLog;
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Arc;

/// An appended entry comes back equal in every field.
pub async fn an_appended_entry_comes_back_equal(store: Arc<dyn AuditLog>) {
    let bare = entry("user_create");
    let full = AuditEntry {
        timestamp: at("2026-10-25T02:30:00.000001+02:00"),
        user: "jürgen".to_owned(),
        action: "paramset_write".to_owned(),
        central: Some(CentralName::parse("home").unwrap()),
        device_address: Some("000A1B2C3D4E5F".to_owned()),
        channel_no: Some(1),
        paramset: Some("MASTER".to_owned()),
        peer: Some("MEQ1234567:2".to_owned()),
        parameter: Some("TEMPERATURE_OFFSET".to_owned()),
        note: Some("Küche: 1,5 °C".to_owned()),
        changes: Some(json!([{"parameter": "TEMPERATURE_OFFSET", "before": 0.0, "after": 1.5}])),
    };
    let first = store.append_audit(&bare).await.unwrap();
    let second = store.append_audit(&full).await.unwrap();
    assert_eq!(first, 1);
    let all = store.query_audit(&AuditFilter::default()).await.unwrap();
    let pairs: Vec<_> = all.into_iter().map(|recorded| (recorded.id, recorded.entry)).collect();
    assert_eq!(pairs, [(second, full), (first, bare)]);
}

/// Ids grow by appending, also with concurrent writers; none is given twice.
pub async fn ids_grow_and_none_is_given_twice(store: Arc<dyn AuditLog>) {
    let writers: Vec<_> = (0..8)
        .map(|_| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let mut ids = Vec::new();
                for _ in 0..25 {
                    ids.push(store.append_audit(&entry("user_update")).await.unwrap());
                }
                ids
            })
        })
        .collect();
    let mut all = BTreeSet::new();
    for writer in writers {
        let ids = writer.await.unwrap();
        assert!(ids.is_sorted_by(|a, b| a < b), "{ids:?}");
        all.extend(ids);
    }
    assert_eq!(all.len(), 200);
    assert!(store.append_audit(&entry("last")).await.unwrap() > *all.last().unwrap());
}

/// Entries come newest first: by id, descending.
pub async fn entries_come_by_id_descending(store: Arc<dyn AuditLog>) {
    for (action, second) in [("a", 3), ("b", 1), ("c", 2)] {
        store.append_audit(&AuditEntry { timestamp: moment(second), ..entry(action) }).await.unwrap();
    }
    assert_eq!(actions(&*store, AuditFilter::default()).await, ["c", "b", "a"]);
}

/// Each filter alone keeps exactly the matching entries: `since` inclusive, `until` exclusive.
pub async fn each_filter_keeps_exactly_the_matching_entries(store: Arc<dyn AuditLog>) {
    let central = |name: &str| Some(CentralName::parse(name).unwrap());
    let device = |address: &str| Some(address.to_owned());
    for (n, (action, on, address)) in [
        ("central_update", central("home"), None),
        ("user_create", None, device("MEQ1:1")),
        ("central_delete", central("home2"), device("MEQ12")),
        ("Central", central("Home"), device("XMEQ1")),
    ]
    .into_iter()
    .enumerate()
    {
        let timestamp = moment(i64::try_from(n).unwrap());
        let entry = AuditEntry { timestamp, central: on, device_address: address, ..entry(action) };
        store.append_audit(&entry).await.unwrap();
    }
    let all = AuditFilter::default;
    let by_central = AuditFilter { central: central("home"), ..all() };
    assert_eq!(actions(&*store, by_central).await, ["central_update"]);
    let by_action = AuditFilter { action_part: Some("entral_".to_owned()), ..all() };
    assert_eq!(actions(&*store, by_action).await, ["central_delete", "central_update"]);
    let by_device = AuditFilter { device_prefix: Some("MEQ1".to_owned()), ..all() };
    assert_eq!(actions(&*store, by_device).await, ["central_delete", "user_create"]);
    let since = AuditFilter { since: Some(moment(2)), ..all() };
    assert_eq!(actions(&*store, since).await, ["Central", "central_delete"]);
    let until = AuditFilter { until: Some(moment(2)), ..all() };
    assert_eq!(actions(&*store, until).await, ["user_create", "central_update"]);
    let both = AuditFilter { since: Some(moment(1)), until: Some(moment(2)), ..all() };
    assert_eq!(actions(&*store, both).await, ["user_create"]);
}

/// Never more than `limit` entries come back.
pub async fn never_more_than_the_limit_come_back(store: Arc<dyn AuditLog>) {
    for n in 0..5 {
        store.append_audit(&entry(&format!("a{n}"))).await.unwrap();
    }
    let limited = |limit| AuditFilter { limit, ..AuditFilter::default() };
    assert_eq!(actions(&*store, limited(1)).await, ["a4"]);
    assert_eq!(actions(&*store, limited(3)).await, ["a4", "a3", "a2"]);
    assert_eq!(actions(&*store, limited(10_000)).await.len(), 5);
    let matching = AuditFilter { action_part: Some("a0".to_owned()), ..limited(1) };
    assert_eq!(actions(&*store, matching).await, ["a0"], "the limit counts matching entries only");
}

/// `%` and `_` in a filter are plain characters.
pub async fn wildcards_in_a_filter_are_plain_characters(store: Arc<dyn AuditLog>) {
    for (action, address) in [("user_create", "A_1"), ("user-create", "AB1"), ("100%", "A%1")] {
        let entry = AuditEntry { device_address: Some(address.to_owned()), ..entry(action) };
        store.append_audit(&entry).await.unwrap();
    }
    for (part, action) in [("r_c", "user_create"), ("%", "100%")] {
        let filter = AuditFilter { action_part: Some(part.to_owned()), ..AuditFilter::default() };
        assert_eq!(actions(&*store, filter).await, [action]);
    }
    for (prefix, action) in [("A_", "user_create"), ("A%", "100%")] {
        let filter = AuditFilter { device_prefix: Some(prefix.to_owned()), ..AuditFilter::default() };
        assert_eq!(actions(&*store, filter).await, [action]);
    }
}

/// Tests that an audit log keeps its contract.
#[macro_export]
macro_rules! audit_log_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            audit_log,
            $fresh,
            [
                an_appended_entry_comes_back_equal,
                ids_grow_and_none_is_given_twice,
                entries_come_by_id_descending,
                each_filter_keeps_exactly_the_matching_entries,
                never_more_than_the_limit_come_back,
                wildcards_in_a_filter_are_plain_characters,
            ]
        );
    };
}

async fn actions(store: &dyn AuditLog, filter: AuditFilter) -> Vec<String> {
    store.query_audit(&filter).await.unwrap().into_iter().map(|recorded| recorded.entry.action).collect()
}

fn entry(action: &str) -> AuditEntry {
    AuditEntry {
        timestamp: moment(0),
        user: "anonymous".to_owned(),
        action: action.to_owned(),
        central: None,
        device_address: None,
        channel_no: None,
        paramset: None,
        peer: None,
        parameter: None,
        note: None,
        changes: None,
    }
}
