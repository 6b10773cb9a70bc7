//! The suite of [`Interfaces`].

use crate::moments::moment;
use loom_domain::central::CentralName;
use loom_domain::device::{CachedInterface, Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::ports::{Devices, Interfaces, ParamsetCounts, Paramsets};
use serde_json::json;
use std::sync::Arc;

/// What was put comes back equal; putting it again replaces it.
pub async fn what_was_put_comes_back_until_it_is_replaced(store: Arc<dyn Interfaces>) {
    let first = cached("home", "HmIP-RF");
    let others = [cached("home", "BidCos-RF"), cached("Home", "HmIP-RF")];
    assert_eq!(store.find_interface(&first.interface).await.unwrap(), None);
    for interface in others.iter().chain([&first]) {
        store.put_interface(interface).await.unwrap();
    }
    assert_eq!(store.find_interface(&first.interface).await.unwrap().as_ref(), Some(&first));
    let newer = CachedInterface {
        firmware: String::new(),
        serial: "other".to_owned(),
        simplified: true,
        read_at: moment(70),
        compared_at: moment(71),
        ..first
    };
    store.put_interface(&newer).await.unwrap();
    for interface in others.iter().chain([&newer]) {
        assert_eq!(store.find_interface(&interface.interface).await.unwrap().as_ref(), Some(interface));
    }
}

/// Removing an interface removes its devices and paramsets with it, and nothing of others.
pub async fn a_removed_interface_takes_its_devices_and_paramsets_with_it<S>(store: Arc<S>)
where
    S: Interfaces + Devices + Paramsets,
{
    let goes = cached("home", "HmIP-RF");
    let stays = [cached("home", "HmIP-RF2"), cached("cabin", "HmIP-RF")];
    for cached in stays.iter().chain([&goes]) {
        store.put_interface(cached).await.unwrap();
        store.put_devices(&[device(&cached.interface, "A"), device(&cached.interface, "A:1")]).await.unwrap();
        let own = format!("of {} {}", cached.interface.central, cached.interface.interface_id);
        let sets = [("A:1", "shared"), ("A:2", own.as_str())];
        store.put_paramsets(&sets.map(|(at, what)| paramset(&cached.interface, at, what))).await.unwrap();
    }
    // A second time there is nothing left to remove.
    for _ in 0..2 {
        store.drop_interface(&goes.interface).await.unwrap();
        assert_eq!(store.find_interface(&goes.interface).await.unwrap(), None);
        assert_eq!(store.list_devices(&goes.interface).await.unwrap(), []);
        assert_eq!(store.list_paramsets(&goes.interface, "A:2").await.unwrap(), []);
    }
    for cached in &stays {
        assert_eq!(store.find_interface(&cached.interface).await.unwrap().as_ref(), Some(cached));
        assert_eq!(store.list_devices(&cached.interface).await.unwrap().len(), 2);
        assert_eq!(store.list_paramsets(&cached.interface, "A:2").await.unwrap().len(), 1);
    }
    let counts = ParamsetCounts { paramsets: 4, contents: 3 };
    assert_eq!(store.count_paramsets().await.unwrap(), counts, "an orphaned content goes at once");
}

/// Tests that a store of interfaces keeps its contract.
#[macro_export]
macro_rules! interfaces_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            interfaces,
            $fresh,
            [
                what_was_put_comes_back_until_it_is_replaced,
                a_removed_interface_takes_its_devices_and_paramsets_with_it,
            ]
        );
    };
}

fn cached(central: &str, interface_id: &str) -> CachedInterface {
    CachedInterface {
        interface: InterfaceRef {
            central: CentralName::parse(central).unwrap(),
            interface_id: interface_id.to_owned(),
        },
        firmware: "3.87.6.20260101".to_owned(),
        serial: format!("3014F711A0001F20-{central}"),
        simplified: false,
        read_at: moment(1),
        compared_at: moment(2),
    }
}

fn device(interface: &InterfaceRef, address: &str) -> Device {
    Device {
        interface: interface.clone(),
        address: address.to_owned(),
        device_type: "HmIP-eTRV-2".to_owned(),
        parent: String::new(),
        firmware: String::new(),
        model: String::new(),
        manufacturer: String::new(),
        product_group: String::new(),
        hash: String::new(),
        description: json!({"ADDRESS": address}),
        updated_at: moment(3),
    }
}

fn paramset(interface: &InterfaceRef, channel: &str, content: &str) -> Paramset {
    let id = ParamsetId {
        interface: interface.clone(),
        channel_address: channel.to_owned(),
        paramset_key: "MASTER".to_owned(),
    };
    Paramset { id, content: content.to_owned(), updated_at: moment(4) }
}
