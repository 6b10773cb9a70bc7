//! The suite of [`Devices`].

use crate::moments::moment;
use loom_domain::central::CentralName;
use loom_domain::device::{Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{Devices, ParamsetCounts, Paramsets};
use serde_json::json;
use std::sync::Arc;

/// A stored device comes back equal in every field, umlauts included.
pub async fn a_stored_device_comes_back_equal(store: Arc<dyn Devices>) {
    let here = interface("home", "HmIP-RF");
    let device = device(&here, "000A1B2C3D4E5F");
    store.put_devices(std::slice::from_ref(&device)).await.unwrap();
    assert_eq!(store.find_device(&here, "000A1B2C3D4E5F:1").await.unwrap(), None);
    assert_eq!(store.find_device(&here, "000A1B2C3D4E5F").await.unwrap(), Some(device));
}

/// Putting a device of a known address replaces it.
pub async fn putting_a_known_address_replaces_it(store: Arc<dyn Devices>) {
    let here = interface("home", "HmIP-RF");
    let newer = Device {
        device_type: "HmIP-eTRV-3".to_owned(),
        parent: "parent".to_owned(),
        firmware: "2.0.0".to_owned(),
        model: "other".to_owned(),
        manufacturer: "another".to_owned(),
        product_group: "group".to_owned(),
        hash: "hash".to_owned(),
        description: json!({}),
        updated_at: moment(99),
        ..device(&here, "A")
    };
    store.put_devices(&[device(&here, "A"), device(&here, "B")]).await.unwrap();
    store.put_devices(std::slice::from_ref(&newer)).await.unwrap();
    assert_eq!(store.list_devices(&here).await.unwrap(), [newer, device(&here, "B")]);
}

/// A batch is stored whole: a reader sees all of it or nothing of it.
pub async fn a_batch_of_devices_is_stored_whole(store: Arc<dyn Devices>) {
    let here = interface("home", "HmIP-RF");
    let batch = |firmware: i32| -> Vec<Device> {
        (0..100)
            .map(|n| Device { firmware: firmware.to_string(), ..device(&here, &format!("D{n:03}")) })
            .collect()
    };
    let writer = {
        let (store, batches) = (Arc::clone(&store), (0..20).map(batch).collect::<Vec<_>>());
        tokio::spawn(async move {
            for batch in &batches {
                store.put_devices(batch).await.unwrap();
            }
        })
    };
    loop {
        let last = writer.is_finished();
        let seen = store.list_devices(&here).await.unwrap();
        assert!(seen.is_empty() || seen.len() == 100, "{} of a batch of 100", seen.len());
        assert!(seen.iter().all(|device| device.firmware == seen[0].firmware), "two batches mixed");
        if last {
            break;
        }
    }
    writer.await.unwrap();
    assert_eq!(store.list_devices(&here).await.unwrap(), batch(19));
}

/// Devices of one interface are listed by address in byte order, without those of other interfaces.
pub async fn devices_of_one_interface_are_listed_in_byte_order(store: Arc<dyn Devices>) {
    let here = interface("home", "HmIP-RF");
    let mut batch: Vec<_> = ["B:1", "a", "B", "B:10", "B:2"].map(|address| device(&here, address)).into();
    for elsewhere in [interface("home", "BidCos-RF"), interface("Home", "HmIP-RF")] {
        batch.push(device(&elsewhere, "B"));
    }
    store.put_devices(&batch).await.unwrap();
    let listed = store.list_devices(&here).await.unwrap();
    let addresses: Vec<_> = listed.iter().map(|device| device.address.as_str()).collect();
    assert_eq!(addresses, ["B", "B:1", "B:10", "B:2", "a"]);
    assert!(listed.iter().all(|device| device.interface == here));
}

/// Removing a device removes its channels (`ADDRESS:n`) and the paramsets of all of them, and counts the devices and
/// channels.
pub async fn a_removed_device_takes_all_that_is_its_own_with_it<S: Devices + Paramsets>(store: Arc<S>) {
    let here = interface("home", "BidCos-RF");
    let elsewhere = interface("cabin", "BidCos-RF");
    let others = ["MEQ12", "MEQ12:1", "MEQ1-A:1", "XMEQ1:0"];
    let own = ["MEQ1", "MEQ1:0", "MEQ1:12"];
    let mut batch: Vec<_> = others.iter().chain(&own).map(|address| device(&here, address)).collect();
    batch.push(device(&elsewhere, "MEQ1"));
    store.put_devices(&batch).await.unwrap();
    // The last is of a channel that is not listed.
    let own_sets = own.iter().chain(&["MEQ1:13"]).map(|address| paramset(&here, address, "own"));
    let other_sets = others.map(|address| paramset(&here, address, "shared"));
    let sets: Vec<_> = own_sets.chain(other_sets).chain([paramset(&elsewhere, "MEQ1:0", "shared")]).collect();
    store.put_paramsets(&sets).await.unwrap();

    assert_eq!(store.remove_device(&here, "MEQ1").await.unwrap(), 3);
    assert_eq!(store.remove_device(&here, "MEQ1").await.unwrap(), 0);
    let left: Vec<_> = store.list_devices(&here).await.unwrap().into_iter().map(|d| d.address).collect();
    assert_eq!(left, ["MEQ1-A:1", "MEQ12", "MEQ12:1", "XMEQ1:0"]);
    assert_eq!(store.list_devices(&elsewhere).await.unwrap().len(), 1);
    for set in &sets {
        let is_left = set.content == "shared";
        let expected = is_left.then(|| set.clone());
        assert_eq!(store.find_paramset(&set.id).await.unwrap(), expected, "{:?}", set.id);
    }
    let counts = ParamsetCounts { paramsets: 5, contents: 1 };
    assert_eq!(store.count_paramsets().await.unwrap(), counts, "an orphaned content goes at once");
}

/// Interfaces that have devices are listed once each, by central, then by id, in byte order.
pub async fn interfaces_with_devices_are_listed_once(store: Arc<dyn Devices>) {
    assert_eq!(store.list_interfaces().await.unwrap(), []);
    let inserted = [("home", "HmIP-RF"), ("home", "BidCos-RF"), ("Home", "Ü"), ("a-b", "X"), ("a", "Y")];
    for (central, interface_id) in inserted {
        let there = interface(central, interface_id);
        store.put_devices(&["A", "A:1", "B"].map(|address| device(&there, address))).await.unwrap();
    }
    store.remove_device(&interface("a", "Y"), "A").await.unwrap();
    let sorted = [("Home", "Ü"), ("a", "Y"), ("a-b", "X"), ("home", "BidCos-RF"), ("home", "HmIP-RF")];
    let expected = sorted.map(|(central, interface_id)| interface(central, interface_id));
    assert_eq!(store.list_interfaces().await.unwrap(), expected);
    store.remove_device(&interface("a", "Y"), "B").await.unwrap();
    assert_eq!(store.list_interfaces().await.unwrap().len(), 4);
}

/// Tests that a store of devices keeps its contract.
#[macro_export]
macro_rules! devices_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            devices,
            $fresh,
            [
                a_stored_device_comes_back_equal,
                putting_a_known_address_replaces_it,
                a_batch_of_devices_is_stored_whole,
                devices_of_one_interface_are_listed_in_byte_order,
                a_removed_device_takes_all_that_is_its_own_with_it,
                interfaces_with_devices_are_listed_once,
            ]
        );
    };
}

fn interface(central: &str, interface_id: &str) -> InterfaceRef {
    InterfaceRef { central: CentralName::parse(central).unwrap(), interface_id: interface_id.to_owned() }
}

fn device(interface: &InterfaceRef, address: &str) -> Device {
    Device {
        interface: interface.clone(),
        address: address.to_owned(),
        device_type: "HmIP-eTRV-2".to_owned(),
        parent: String::new(),
        firmware: "1.4.6".to_owned(),
        model: "Heizkörperthermostat – Küche".to_owned(),
        manufacturer: "eQ-3".to_owned(),
        product_group: "HmIP".to_owned(),
        hash: "0123456789abcdef".to_owned(),
        description: json!({"ADDRESS": address, "CHILDREN": ["1", "2"], "NAME": "Bücherregal ß", "RX_MODE": 3}),
        updated_at: moment(4),
    }
}

fn paramset(interface: &InterfaceRef, channel: &str, content: &str) -> Paramset {
    let id = ParamsetId {
        interface: interface.clone(),
        channel_address: channel.to_owned(),
        paramset_key: "MASTER".to_owned(),
    };
    Paramset { id, content: content.to_owned(), updated_at: moment(5) }
}
