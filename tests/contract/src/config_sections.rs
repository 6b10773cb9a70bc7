//! The suite of [`ConfigSections`].

use crate::moments::moment;
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use loom_domain::ports::{ConfigSections, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;

/// The first write of a section has version 1; each later write adds one.
pub async fn versions_count_the_writes_from_one(store: Arc<dyn ConfigSections>) {
    for (round, expected) in
        [(1, ExpectedVersion::Any), (2, ExpectedVersion::Any), (3, ExpectedVersion::Exactly(2))]
    {
        let write = write("locale", json!({"round": round}), expected);
        assert_eq!(store.write_section(&write).await.unwrap(), round);
        let found = store.find_section("locale").await.unwrap().unwrap();
        let stored = ConfigSection {
            name: write.name,
            value: write.value,
            version: round,
            updated_at: write.at,
            updated_by: write.by,
        };
        assert_eq!(found, stored);
    }
}

/// A write that expects another version than the stored one is a `Conflict` and changes nothing.
pub async fn a_write_over_another_version_is_a_conflict(store: Arc<dyn ConfigSections>) {
    let nothing = write("locale", json!({}), ExpectedVersion::Exactly(3));
    assert_conflict(store.write_section(&nothing).await, "nothing", "3");
    assert_eq!(store.list_sections().await.unwrap(), []);

    store.write_section(&write("locale", json!({"a": 1}), ExpectedVersion::Any)).await.unwrap();
    store.write_section(&write("locale", json!({"a": 2}), ExpectedVersion::Any)).await.unwrap();
    let before = store.find_section("locale").await.unwrap();
    for other in [0, 1, 3] {
        let late = write("locale", json!({"a": 3}), ExpectedVersion::Exactly(other));
        assert_conflict(store.write_section(&late).await, "2", &other.to_string());
    }
    assert_eq!(store.find_section("locale").await.unwrap(), before);
}

/// A write that expects `Absent` fails with `Conflict` when the section exists.
pub async fn a_write_that_expects_absence_fails_over_a_section(store: Arc<dyn ConfigSections>) {
    let create = write("backup", json!({"keep_last": 7}), ExpectedVersion::Absent);
    assert_eq!(store.write_section(&create).await.unwrap(), 1);
    assert_conflict(store.write_section(&create).await, "1", "nothing");
}

/// Of many concurrent writers that expect the same version exactly one succeeds.
pub async fn one_of_many_writers_of_a_version_succeeds(store: Arc<dyn ConfigSections>) {
    for round in 0..10 {
        let expected = if round == 0 { ExpectedVersion::Absent } else { ExpectedVersion::Exactly(round) };
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let write = write("north.mqtt", json!({"writer": writer}), expected);
                    (writer, store.write_section(&write).await)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for task in writers {
            match task.await.unwrap() {
                (writer, Ok(version)) => winners.push((writer, version)),
                (_, Err(error)) => assert!(matches!(error, StoreError::Conflict { .. }), "{error}"),
            }
        }
        let stored = store.find_section("north.mqtt").await.unwrap().unwrap();
        assert_eq!(winners.len(), 1, "{winners:?}");
        assert_eq!((stored.version, &stored.value["writer"]), (round + 1, &json!(winners[0].0)));
    }
}

/// Values come back as equal JSON, integers up to 64 bits exactly.
pub async fn values_come_back_as_equal_json(store: Arc<dyn ConfigSections>) {
    let value = json!({
        "largest": u64::MAX, "smallest": i64::MIN, "beyond a double": 9_007_199_254_740_993_i64,
        "float": 0.1, "awkward float": -1.053_489_101_801_698e-287, "null": null, "empty": {}, "list": [1, [true]],
        "größe": "Küche 🏠 \u{0000} \n \\ \"",
    });
    store.write_section(&write("locale", value.clone(), ExpectedVersion::Any)).await.unwrap();
    assert_eq!(store.find_section("locale").await.unwrap().unwrap().value, value);
}

/// Sections are listed by name in byte order.
pub async fn sections_are_listed_in_byte_order(store: Arc<dyn ConfigSections>) {
    for name in ["security", "north.ui", "alarm", "north.rest.auth.oidc", "north.rest"] {
        store.write_section(&write(name, json!({}), ExpectedVersion::Any)).await.unwrap();
    }
    let names: Vec<_> =
        store.list_sections().await.unwrap().into_iter().map(|section| section.name).collect();
    assert_eq!(names, ["alarm", "north.rest", "north.rest.auth.oidc", "north.ui", "security"]);
}

/// Removing an unknown section is not an error; a section written after its removal starts at version 1 again.
pub async fn a_removed_section_starts_again_at_one(store: Arc<dyn ConfigSections>) {
    assert!(!store.remove_section("alarm").await.unwrap());
    for _ in 0..3 {
        store.write_section(&write("alarm", json!({}), ExpectedVersion::Any)).await.unwrap();
    }
    assert!(store.remove_section("alarm").await.unwrap());
    assert_eq!(store.find_section("alarm").await.unwrap(), None);
    let again = write("alarm", json!({}), ExpectedVersion::Absent);
    assert_eq!(store.write_section(&again).await.unwrap(), 1);
}

/// Tests that a store of config sections keeps its contract.
#[macro_export]
macro_rules! config_sections_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            config_sections,
            $fresh,
            [
                versions_count_the_writes_from_one,
                a_write_over_another_version_is_a_conflict,
                a_write_that_expects_absence_fails_over_a_section,
                one_of_many_writers_of_a_version_succeeds,
                values_come_back_as_equal_json,
                sections_are_listed_in_byte_order,
                a_removed_section_starts_again_at_one,
            ]
        );
    };
}

fn assert_conflict(result: Result<i64, StoreError>, is: &str, should_be: &str) {
    let error = result.unwrap_err();
    assert!(
        matches!(&error, StoreError::Conflict { stored, expected, .. } if stored == is && expected == should_be),
        "{error}"
    );
}

fn write(name: &str, value: Value, expected: ExpectedVersion) -> SectionWrite {
    SectionWrite { name: name.to_owned(), value, expected, at: moment(5), by: "jürgen".to_owned() }
}
