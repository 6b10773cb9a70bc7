//! The suite of [`Paramsets`].

use crate::moments::moment;
use loom_domain::central::CentralName;
use loom_domain::device::{InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{ParamsetCounts, Paramsets};
use std::sync::Arc;

/// A stored paramset comes back byte for byte, umlauts included.
pub async fn a_stored_paramset_comes_back_byte_for_byte(store: Arc<dyn Paramsets>) {
    let content = "{ \"b\": 1.50,\n\t\"a\" : \"Küche \\u00fc 22 °C\", \"a\":null }\r\n";
    let odd = paramset("home", "A:1", "MASTER", content);
    let empty = paramset("home", "A:1", "VALUES", "");
    store.put_paramsets(&[odd.clone(), empty.clone()]).await.unwrap();
    for paramset in [odd, empty] {
        assert_eq!(store.find_paramset(&paramset.id).await.unwrap(), Some(paramset));
    }
}

/// Putting a paramset of a known id replaces its content.
pub async fn putting_a_known_id_replaces_its_content(store: Arc<dyn Paramsets>) {
    store.put_paramsets(&[paramset("home", "A:1", "MASTER", "old")]).await.unwrap();
    let newer = Paramset { updated_at: moment(50), ..paramset("home", "A:1", "MASTER", "new") };
    store.put_paramsets(std::slice::from_ref(&newer)).await.unwrap();
    assert_eq!(store.find_paramset(&newer.id).await.unwrap().as_ref(), Some(&newer));
    assert_eq!(counts(&*store).await, (1, 1));
    let twice = ["once", "twice"].map(|content| paramset("home", "A:1", "MASTER", content));
    store.put_paramsets(&twice).await.unwrap();
    assert_eq!(store.find_paramset(&newer.id).await.unwrap().unwrap().content, "twice");
    assert_eq!(counts(&*store).await, (1, 1));
}

/// The paramsets of one channel are listed by key in byte order.
pub async fn paramsets_of_a_channel_are_listed_in_byte_order(store: Arc<dyn Paramsets>) {
    let keys = ["VALUES", "LINK", "MASTER"];
    let mut batch: Vec<_> = keys.map(|key| paramset("home", "A:1", key, key)).into();
    batch.push(paramset("home", "A:10", "MASTER", "other channel"));
    batch.push(paramset("cabin", "A:1", "MASTER", "other central"));
    store.put_paramsets(&batch).await.unwrap();
    let listed = store.list_paramsets(&interface("home"), "A:1").await.unwrap();
    assert_eq!(listed, ["LINK", "MASTER", "VALUES"].map(|key| paramset("home", "A:1", key, key)));
}

/// 100,000 paramsets with 50 distinct contents keep exactly 50 contents.
pub async fn a_hundred_thousand_paramsets_keep_fifty_contents(store: Arc<dyn Paramsets>) {
    let contents: Vec<_> =
        (0..50).map(|n| format!("{{\"n\":{n},\"pad\":\"{}\"}}", "ü".repeat(500))).collect();
    for batch in 0..20 {
        let batch: Vec<_> = (batch * 5_000..(batch + 1) * 5_000)
            .map(|n| paramset("home", &format!("D{n:05}:1"), "MASTER", &contents[n % 50]))
            .collect();
        store.put_paramsets(&batch).await.unwrap();
    }
    assert_eq!(counts(&*store).await, (100_000, 50));
    let last = paramset("home", "D99999:1", "MASTER", &contents[49]);
    assert_eq!(store.find_paramset(&last.id).await.unwrap(), Some(last));
}

/// A content nobody refers to any more is gone after the put or remove that orphaned it.
pub async fn an_orphaned_content_is_gone_at_once(store: Arc<dyn Paramsets>) {
    let [a, b] = ["A:1", "B:1"].map(|channel| paramset("home", channel, "MASTER", "shared"));
    store.put_paramsets(&[a.clone(), b.clone()]).await.unwrap();
    assert_eq!(counts(&*store).await, (2, 1));
    store.put_paramsets(&[Paramset { content: "own".to_owned(), ..a }]).await.unwrap();
    assert_eq!(counts(&*store).await, (2, 2));
    store.put_paramsets(&[Paramset { content: "own".to_owned(), ..b }]).await.unwrap();
    assert_eq!(counts(&*store).await, (2, 1));
    store.put_paramsets(&[paramset("cabin", "A:1", "MASTER", "own")]).await.unwrap();
    store.remove_paramsets_of(&interface("home")).await.unwrap();
    assert_eq!(counts(&*store).await, (1, 1));
    store.remove_paramsets_of(&interface("cabin")).await.unwrap();
    assert_eq!(counts(&*store).await, (0, 0));
}

/// A batch is stored whole: a reader sees all of it or nothing of it.
pub async fn a_batch_of_paramsets_is_stored_whole(store: Arc<dyn Paramsets>) {
    let batch = |round: i32| -> Vec<Paramset> {
        (0..100).map(|n| paramset("home", "A:1", &format!("K{n:03}"), &format!("round {round}"))).collect()
    };
    let writer = {
        let (store, batches) = (Arc::clone(&store), (0..20).map(batch).collect::<Vec<_>>());
        tokio::spawn(async move {
            for batch in &batches {
                store.put_paramsets(batch).await.unwrap();
            }
        })
    };
    loop {
        let last = writer.is_finished();
        let seen = store.list_paramsets(&interface("home"), "A:1").await.unwrap();
        assert!(seen.is_empty() || seen.len() == 100, "{} of a batch of 100", seen.len());
        assert!(seen.iter().all(|paramset| paramset.content == seen[0].content), "two batches mixed");
        let (paramsets, contents) = counts(&*store).await;
        assert!(matches!((paramsets, contents), (0, 0) | (100, 1)), "{paramsets} with {contents} contents");
        if last {
            break;
        }
    }
    writer.await.unwrap();
    assert_eq!(store.list_paramsets(&interface("home"), "A:1").await.unwrap(), batch(19));
}

/// Removing the paramsets of an interface leaves those of others untouched.
pub async fn removing_the_paramsets_of_an_interface_leaves_others(store: Arc<dyn Paramsets>) {
    let here = interface("home");
    let there = InterfaceRef { interface_id: "HmIP-RF-2".to_owned(), ..here.clone() };
    let other = ParamsetId { interface: there.clone(), ..paramset("home", "A:1", "MASTER", "").id };
    let kept = Paramset { id: other, ..paramset("home", "A:1", "MASTER", "shared") };
    let mut batch: Vec<_> =
        ["A:1", "B:1"].map(|channel| paramset("home", channel, "MASTER", "shared")).into();
    batch.push(kept.clone());
    store.put_paramsets(&batch).await.unwrap();
    assert_eq!(store.remove_paramsets_of(&here).await.unwrap(), 2);
    assert_eq!(store.remove_paramsets_of(&here).await.unwrap(), 0);
    assert_eq!(store.list_paramsets(&here, "A:1").await.unwrap(), []);
    assert_eq!(store.list_paramsets(&there, "A:1").await.unwrap(), [kept]);
}

/// Tests that a store of paramsets keeps its contract.
#[macro_export]
macro_rules! paramsets_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            paramsets,
            $fresh,
            [
                a_stored_paramset_comes_back_byte_for_byte,
                putting_a_known_id_replaces_its_content,
                paramsets_of_a_channel_are_listed_in_byte_order,
                a_hundred_thousand_paramsets_keep_fifty_contents,
                an_orphaned_content_is_gone_at_once,
                a_batch_of_paramsets_is_stored_whole,
                removing_the_paramsets_of_an_interface_leaves_others,
            ]
        );
    };
}

async fn counts(store: &dyn Paramsets) -> (u64, u64) {
    let ParamsetCounts { paramsets, contents } = store.count_paramsets().await.unwrap();
    (paramsets, contents)
}

fn interface(central: &str) -> InterfaceRef {
    InterfaceRef { central: CentralName::parse(central).unwrap(), interface_id: "HmIP-RF".to_owned() }
}

fn paramset(central: &str, channel: &str, key: &str, content: &str) -> Paramset {
    let id = ParamsetId {
        interface: interface(central),
        channel_address: channel.to_owned(),
        paramset_key: key.to_owned(),
    };
    Paramset { id, content: content.to_owned(), updated_at: moment(6) }
}
