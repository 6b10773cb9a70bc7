//! The suite of [`ConfigBatches`], on a store that has sections and centrals.

use crate::moments::{at, moment};
use loom_domain::central::{Central, CentralName};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::config_section::{ConfigSection, ExpectedVersion, SectionWrite};
use loom_domain::ports::{Centrals, ConfigBatches, ConfigSections, StoreError};
use loom_domain::secret::{SecretText, SecretValue};
use serde_json::{Value, json};
use std::sync::Arc;

/// The roles of one store that the cases need; implemented for every store that has them.
pub trait Configuration: ConfigBatches + ConfigSections + Centrals {}
impl<T: ConfigBatches + ConfigSections + Centrals> Configuration for T {}

/// Every change of a batch takes effect; the new versions come back in the order of its writes.
pub async fn every_change_of_a_batch_takes_effect(store: Arc<dyn Configuration>) {
    filled(&*store).await;
    let mqtt = write("north.mqtt", json!({"password": "geheim", "host": "küche"}), ExpectedVersion::Absent);
    let locale = write("locale", json!({"language": "de"}), ExpectedVersion::Exactly(2));
    let batch = ConfigBatch {
        sections: vec![mqtt.clone(), locale.clone()],
        removed_sections: vec!["alarm".to_owned()],
        centrals: vec![central("new", 7), central("home", 8)],
        removed_centrals: vec![name("cabin")],
        seeded_at: None,
    };
    assert_eq!(store.apply_config(&batch).await.unwrap(), [1, 3]);
    assert_eq!(store.list_sections().await.unwrap(), [stored(locale, 3), stored(mqtt, 1)]);
    let home = Central { created_at: moment(0), ..central("home", 8) };
    assert_eq!(store.list_centrals().await.unwrap(), [home, central("new", 7)]);

    assert_eq!(store.apply_config(&ConfigBatch::default()).await.unwrap(), [0_i64; 0]);
    assert_eq!(store.list_sections().await.unwrap().len(), 2);
}

/// A conflict in any section leaves every section, every central and the seeding mark as they were.
pub async fn a_conflict_leaves_everything_as_it_was(store: Arc<dyn Configuration>) {
    filled(&*store).await;
    let before = contents(&*store).await;
    let conflicts = [
        (write("locale", json!({}), ExpectedVersion::Exactly(1)), "2", "1"),
        (write("locale", json!({}), ExpectedVersion::Absent), "2", "nothing"),
        (write("backup", json!({}), ExpectedVersion::Exactly(1)), "nothing", "1"),
    ];
    for (conflict, is, should_be) in conflicts {
        let batch = ConfigBatch {
            sections: vec![write("north.mqtt", json!({}), ExpectedVersion::Any), conflict],
            removed_sections: vec!["alarm".to_owned()],
            centrals: vec![central("new", 7), central("home", 8)],
            removed_centrals: vec![name("cabin")],
            seeded_at: Some(moment(9)),
        };
        let error = store.apply_config(&batch).await.unwrap_err();
        assert!(
            matches!(&error, StoreError::Conflict { stored, expected, .. } if stored == is && expected == should_be),
            "{error}"
        );
        assert_eq!(contents(&*store).await, before);
        assert_eq!(store.seeded_at().await.unwrap(), None);
    }
}

/// Versions count as in `ConfigSections`; two writes of one section count twice.
pub async fn versions_count_as_for_single_writes(store: Arc<dyn Configuration>) {
    let any = |round: i64| write("locale", json!({"round": round}), ExpectedVersion::Any);
    assert_eq!(store.write_section(&any(1)).await.unwrap(), 1);
    assert_eq!(store.apply_config(&sections([any(2), any(3)])).await.unwrap(), [2, 3]);
    assert_eq!(store.write_section(&any(4)).await.unwrap(), 4);
    let after_itself = write("locale", json!({"round": 6}), ExpectedVersion::Exactly(5));
    assert_eq!(store.apply_config(&sections([any(5), after_itself.clone()])).await.unwrap(), [5, 6]);
    assert_eq!(store.find_section("locale").await.unwrap(), Some(stored(after_itself, 6)));
}

/// A replaced central keeps its `created_at`, and times are cut to the microsecond.
pub async fn a_replaced_central_keeps_its_birth(store: Arc<dyn Configuration>) {
    let fine = at("2026-11-22T22:15:30.123456789Z");
    let put = |central: Central| ConfigBatch { centrals: vec![central], ..ConfigBatch::default() };
    store
        .apply_config(&put(Central { created_at: fine, updated_at: fine, ..central("home", 0) }))
        .await
        .unwrap();
    store.apply_config(&put(central("home", 60))).await.unwrap();
    let found = store.find_central(&name("home")).await.unwrap();
    let cut = at("2026-11-22T22:15:30.123456Z");
    assert_eq!(found, Some(Central { created_at: cut, ..central("home", 60) }));
}

/// Removing what is gone is no error.
pub async fn removing_what_is_gone_is_no_error(store: Arc<dyn Configuration>) {
    filled(&*store).await;
    let batch = ConfigBatch {
        removed_sections: vec!["unknown".to_owned(), "alarm".to_owned(), "alarm".to_owned()],
        removed_centrals: vec![name("unknown"), name("cabin"), name("cabin")],
        ..ConfigBatch::default()
    };
    for _ in 0..2 {
        store.apply_config(&batch).await.unwrap();
        assert_eq!(names(&*store).await, (vec!["locale".to_owned()], vec!["home".to_owned()]));
    }
}

/// Removals come first: what is both removed and written starts anew.
pub async fn what_is_removed_and_written_starts_anew(store: Arc<dyn Configuration>) {
    filled(&*store).await;
    let batch = ConfigBatch {
        sections: vec![write("locale", json!({"new": true}), ExpectedVersion::Absent)],
        removed_sections: vec!["locale".to_owned()],
        centrals: vec![central("home", 60)],
        removed_centrals: vec![name("home")],
        seeded_at: None,
    };
    assert_eq!(store.apply_config(&batch).await.unwrap(), [1]);
    assert_eq!(store.find_central(&name("home")).await.unwrap(), Some(central("home", 60)));
}

/// A reader sees all of a batch or nothing of it.
pub async fn a_reader_sees_all_of_a_batch_or_nothing(store: Arc<dyn Configuration>) {
    const ROUNDS: i64 = 30;
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 1..=ROUNDS {
                let write = |name| write(name, json!({"round": round}), ExpectedVersion::Any);
                let batch = ConfigBatch {
                    centrals: vec![central("a", round), central("b", round)],
                    ..sections([write("alarm"), write("locale")])
                };
                assert_eq!(store.apply_config(&batch).await.unwrap(), [round, round]);
            }
        })
    };
    loop {
        let last = writer.is_finished();
        // What is read later is never of an earlier batch, whichever role is read first.
        let centrals = store.list_centrals().await.unwrap();
        let sections = store.list_sections().await.unwrap();
        let centrals_again = store.list_centrals().await.unwrap();
        let rounds = [of_centrals(&centrals), of_sections(&sections), of_centrals(&centrals_again)];
        assert!(rounds.is_sorted(), "{rounds:?}");
        if last {
            assert_eq!(rounds, [ROUNDS; 3]);
            break;
        }
    }
    writer.await.unwrap();
}

/// Of many concurrent batches that expect the same version exactly one succeeds.
pub async fn one_of_many_batches_of_a_version_succeeds(store: Arc<dyn Configuration>) {
    for round in 0..10 {
        let expected = if round == 0 { ExpectedVersion::Absent } else { ExpectedVersion::Exactly(round) };
        let writers: Vec<_> = (0..8)
            .map(|writer| {
                let store = Arc::clone(&store);
                tokio::spawn(async move {
                    let batch = ConfigBatch {
                        centrals: vec![central(&format!("round{round}-{writer}"), writer)],
                        ..sections([write("locale", json!({"writer": writer}), expected)])
                    };
                    (writer, store.apply_config(&batch).await)
                })
            })
            .collect();
        let mut winners = Vec::new();
        for task in writers {
            match task.await.unwrap() {
                (writer, Ok(_)) => winners.push(writer),
                (_, Err(error)) => assert!(matches!(error, StoreError::Conflict { .. }), "{error}"),
            }
        }
        assert_eq!(winners.len(), 1);
        let stored = store.find_section("locale").await.unwrap().unwrap();
        assert_eq!((stored.version, &stored.value["writer"]), (round + 1, &json!(winners[0])));
        let winner = store.find_central(&name(&format!("round{round}-{}", winners[0]))).await.unwrap();
        assert!(winner.is_some());
        assert_eq!(i64::try_from(store.list_centrals().await.unwrap().len()).unwrap(), round + 1);
    }
}

/// The first seeding is remembered; a later one does not move it, and a batch without one neither.
pub async fn the_first_seeding_is_remembered(store: Arc<dyn Configuration>) {
    store.apply_config(&sections([write("locale", json!({}), ExpectedVersion::Any)])).await.unwrap();
    assert_eq!(store.seeded_at().await.unwrap(), None);
    let seeded = |at| ConfigBatch { seeded_at: Some(at), ..ConfigBatch::default() };
    store.apply_config(&seeded(at("2026-11-23T10:00:00.123456789+01:00"))).await.unwrap();
    let first = Some(at("2026-11-23T09:00:00.123456Z"));
    assert_eq!(store.seeded_at().await.unwrap(), first);
    for batch in [seeded(moment(1000)), seeded(moment(-1000)), ConfigBatch::default()] {
        store.apply_config(&batch).await.unwrap();
        assert_eq!(store.seeded_at().await.unwrap(), first);
    }
}

/// Tests that a store changes configuration in batches as its contract says.
#[macro_export]
macro_rules! config_batches_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            config_batches,
            $fresh,
            [
                every_change_of_a_batch_takes_effect,
                a_conflict_leaves_everything_as_it_was,
                versions_count_as_for_single_writes,
                a_replaced_central_keeps_its_birth,
                removing_what_is_gone_is_no_error,
                what_is_removed_and_written_starts_anew,
                a_reader_sees_all_of_a_batch_or_nothing,
                one_of_many_batches_of_a_version_succeeds,
                the_first_seeding_is_remembered,
            ]
        );
    };
}

/// Sections `alarm` at version 1 and `locale` at version 2, centrals `cabin` and `home`.
async fn filled(store: &dyn Configuration) {
    for section in ["locale", "alarm", "locale"] {
        store.write_section(&write(section, json!({"old": true}), ExpectedVersion::Any)).await.unwrap();
    }
    for central_name in ["home", "cabin"] {
        store.put_central(&central(central_name, 0)).await.unwrap();
    }
}

async fn contents(store: &dyn Configuration) -> (Vec<ConfigSection>, Vec<Central>) {
    (store.list_sections().await.unwrap(), store.list_centrals().await.unwrap())
}

async fn names(store: &dyn Configuration) -> (Vec<String>, Vec<String>) {
    let (sections, centrals) = contents(store).await;
    let sections = sections.into_iter().map(|section| section.name).collect();
    (sections, centrals.into_iter().map(|central| central.name.to_string()).collect())
}

/// The one round that all centrals are of; 0 if there are none.
fn of_centrals(centrals: &[Central]) -> i64 {
    let rounds: Vec<_> =
        centrals.iter().map(|central| (central.updated_at - moment(0)).get_seconds()).collect();
    one_round(&rounds)
}

/// The one round that all sections are of; 0 if there are none.
fn of_sections(sections: &[ConfigSection]) -> i64 {
    let rounds: Vec<_> = sections.iter().map(|section| section.value["round"].as_i64().unwrap()).collect();
    assert!(sections.iter().all(|section| section.version == rounds[0]));
    one_round(&rounds)
}

fn one_round(rounds: &[i64]) -> i64 {
    assert!(matches!(rounds, [] | [_, _]) && rounds.iter().all(|round| *round == rounds[0]), "{rounds:?}");
    rounds.first().copied().unwrap_or(0)
}

fn sections<const N: usize>(writes: [SectionWrite; N]) -> ConfigBatch {
    ConfigBatch { sections: writes.into(), ..ConfigBatch::default() }
}

fn write(name: &str, value: Value, expected: ExpectedVersion) -> SectionWrite {
    SectionWrite { name: name.to_owned(), value, expected, at: moment(5), by: "jürgen".to_owned() }
}

fn stored(write: SectionWrite, version: i64) -> ConfigSection {
    ConfigSection {
        name: write.name,
        value: write.value,
        version,
        updated_at: write.at,
        updated_by: write.by,
    }
}

fn name(text: &str) -> CentralName {
    CentralName::parse(text).unwrap()
}

fn central(central_name: &str, seconds: i64) -> Central {
    Central {
        password: Some(SecretValue::Clear(SecretText::new("geheim"))),
        ..Central::new(name(central_name), "ccu.local", moment(seconds))
    }
}
