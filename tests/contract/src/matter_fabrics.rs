//! The suite of [`MatterFabrics`] and [`MatterIdentities`], which share a store.

use crate::moments::moment;
use loom_domain::fabric::{AclEntry, Fabric, FabricIndex, NodeIdentity};
use loom_domain::ports::{MatterFabrics, MatterIdentities, StoreError};
use loom_domain::secret::SecretBytes;
use serde_json::json;
use std::sync::Arc;

/// Both roles of one store; implemented for every store that has them.
pub trait Matter: MatterFabrics + MatterIdentities {}
impl<T: MatterFabrics + MatterIdentities> Matter for T {}

/// A stored fabric comes back equal in every field.
pub async fn a_stored_fabric_comes_back_equal(store: Arc<dyn Matter>) {
    let full = fabric(254);
    let bare = Fabric { root_cert: None, label: String::new(), vendor_id: u16::MAX, ..fabric(1) };
    for fabric in [&full, &bare] {
        store.create_fabric(fabric).await.unwrap();
    }
    assert_eq!(store.list_fabrics().await.unwrap(), [bare, full]);
}

/// A second fabric of one index, or of one pair of fabric id and root public key, is `AlreadyExists`.
pub async fn a_second_fabric_of_an_index_or_pair_is_refused(store: Arc<dyn Matter>) {
    let first = fabric(1);
    store.create_fabric(&first).await.unwrap();
    let same_index = Fabric { index: index(1), ..fabric(2) };
    let same_pair = Fabric { index: index(3), ..first.clone() };
    for second in [same_index, same_pair] {
        let error = store.create_fabric(&second).await.unwrap_err();
        assert!(matches!(error, StoreError::AlreadyExists { .. }), "{error}");
    }
    let same_id = Fabric { fabric_id: first.fabric_id.clone(), ..fabric(4) };
    let same_key = Fabric { root_public_key: first.root_public_key.clone(), ..fabric(5) };
    for fabric in [&same_id, &same_key] {
        store.create_fabric(fabric).await.unwrap();
    }
    assert_eq!(store.list_fabrics().await.unwrap(), [first, same_id, same_key]);
}

/// Fabrics are listed by index.
pub async fn fabrics_are_listed_by_index(store: Arc<dyn Matter>) {
    for n in [10, 2, 254, 1] {
        store.create_fabric(&fabric(n)).await.unwrap();
    }
    let indexes: Vec<_> =
        store.list_fabrics().await.unwrap().iter().map(|fabric| fabric.index.get()).collect();
    assert_eq!(indexes, [1, 2, 10, 254]);
}

/// Removing a fabric removes its identity and access list with it, and nobody else's.
pub async fn a_removed_fabric_takes_what_hangs_on_it(store: Arc<dyn Matter>) {
    for n in [1, 2] {
        store.create_fabric(&fabric(n)).await.unwrap();
        store.put_identity(&identity(n)).await.unwrap();
        store.put_acl(index(n), &[acl(5), acl(3)]).await.unwrap();
    }
    store.remove_fabric(index(1)).await.unwrap();
    assert_eq!(store.list_fabrics().await.unwrap(), [fabric(2)]);
    assert_eq!(store.find_identity(index(1)).await.unwrap(), None);
    assert_eq!(store.list_acl(index(1)).await.unwrap(), []);
    assert_eq!(store.find_identity(index(2)).await.unwrap(), Some(identity(2)));
    assert_eq!(store.list_acl(index(2)).await.unwrap(), [acl(5), acl(3)]);

    store.create_fabric(&fabric(1)).await.unwrap();
    assert_eq!(store.find_identity(index(1)).await.unwrap(), None, "a new fabric inherited an identity");
    assert_eq!(store.list_acl(index(1)).await.unwrap(), [], "a new fabric inherited an access list");
}

/// Removing an unknown index is `NotFound`.
pub async fn removing_an_unknown_index_is_not_found(store: Arc<dyn Matter>) {
    store.create_fabric(&fabric(1)).await.unwrap();
    assert_not_found(store.remove_fabric(index(2)).await);
    store.remove_fabric(index(1)).await.unwrap();
    assert_not_found(store.remove_fabric(index(1)).await);
}

/// An identity comes back equal; putting another replaces it.
pub async fn an_identity_comes_back_equal_and_is_replaced(store: Arc<dyn Matter>) {
    store.create_fabric(&fabric(1)).await.unwrap();
    assert_eq!(store.find_identity(index(1)).await.unwrap(), None);
    let renewed = NodeIdentity {
        fabric: index(1),
        noc: vec![1; 300],
        icac: None,
        private_key: SecretBytes::new(vec![2; 32]),
        ipk: SecretBytes::new(vec![3; 16]),
        created_at: moment(90),
    };
    for identity in [identity(1), renewed] {
        store.put_identity(&identity).await.unwrap();
        assert_eq!(store.find_identity(index(1)).await.unwrap(), Some(identity));
    }
}

/// An access list comes back in the order it was put; putting another replaces it as a whole.
pub async fn an_access_list_keeps_its_order_and_is_replaced_whole(store: Arc<dyn Matter>) {
    store.create_fabric(&fabric(1)).await.unwrap();
    for list in [vec![acl(5), acl(1), acl(3), acl(1)], vec![acl(4)], vec![acl(2), acl(4)], vec![]] {
        store.put_acl(index(1), &list).await.unwrap();
        assert_eq!(store.list_acl(index(1)).await.unwrap(), list);
    }
}

/// Putting either for an unknown fabric is `NotFound`.
pub async fn putting_for_an_unknown_fabric_is_not_found(store: Arc<dyn Matter>) {
    store.create_fabric(&fabric(1)).await.unwrap();
    assert_not_found(store.put_identity(&identity(2)).await);
    assert_not_found(store.put_acl(index(2), &[acl(1)]).await);
    assert_not_found(store.put_acl(index(2), &[]).await);
    assert_eq!(store.find_identity(index(2)).await.unwrap(), None);
    assert_eq!(store.list_acl(index(2)).await.unwrap(), []);
}

/// Tests that a store of Matter fabrics keeps the contracts of both its roles.
#[macro_export]
macro_rules! matter_fabrics_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            matter_fabrics,
            $fresh,
            [
                a_stored_fabric_comes_back_equal,
                a_second_fabric_of_an_index_or_pair_is_refused,
                fabrics_are_listed_by_index,
                a_removed_fabric_takes_what_hangs_on_it,
                removing_an_unknown_index_is_not_found,
                an_identity_comes_back_equal_and_is_replaced,
                an_access_list_keeps_its_order_and_is_replaced_whole,
                putting_for_an_unknown_fabric_is_not_found,
            ]
        );
    };
}

fn assert_not_found(result: Result<(), StoreError>) {
    let error = result.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
}

fn index(n: u8) -> FabricIndex {
    FabricIndex::parse(i64::from(n)).unwrap()
}

fn fabric(n: u8) -> Fabric {
    Fabric {
        index: index(n),
        fabric_id: vec![0, 0, 0, 0, 0, 0, 0xff, n],
        node_id: vec![0, 0, 0, 0, 0x80, 0, 0, n],
        root_public_key: vec![n; 65],
        root_cert: Some(vec![0x15, 0, n, 0x18]),
        vendor_id: 0x1349,
        label: "Wohnzimmer – Gerät ü".to_owned(),
        compressed_id: vec![n; 8],
        created_at: moment(20),
        updated_at: moment(21),
    }
}

fn identity(n: u8) -> NodeIdentity {
    NodeIdentity {
        fabric: index(n),
        noc: vec![0, n, 255],
        icac: Some(vec![n]),
        private_key: SecretBytes::new(vec![n; 32]),
        ipk: SecretBytes::new(vec![n; 16]),
        created_at: moment(22),
    }
}

fn acl(privilege: u8) -> AclEntry {
    AclEntry {
        privilege,
        auth_mode: 2,
        subjects: json!([18_446_744_065_119_617_025_u64]),
        targets: json!([{"cluster": 6, "endpoint": null}]),
    }
}
