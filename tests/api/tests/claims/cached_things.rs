//! Devices, paramsets and Matter fabrics as they are read, planted in the database before the daemon starts.
//!
//! Does NOT run in memory: no route makes any of these.

use loom_adapter_sqlite::SqliteStateStore;
use loom_api_tests::shape::Shape::{Any, Int, List, Object, Text, Time};
use loom_api_tests::shape::{Field, Shape, always, fits, maybe};
use loom_api_tests::{Backend, TestDaemon};
use loom_domain::central::CentralName;
use loom_domain::device::{Device, InterfaceRef, Paramset, ParamsetId};
use loom_domain::fabric::{Fabric, FabricIndex};
use loom_domain::ports::{Devices, MatterFabrics, Paramsets};
use serde_json::json;
use std::path::Path;

const ROW: [Field; 9] = [
    always("address", Text),
    always("central", Text),
    always("interface_id", Text),
    always("type", Text),
    always("model", Text),
    always("manufacturer", Text),
    always("product_group", Text),
    always("firmware", Text),
    always("updated_at", Time),
];
const PAGE: Shape = Object(&[
    always("items", List(&Object(&ROW))),
    always("page", Int),
    always("per_page", Int),
    always("total", Int),
]);
const PARAMSET: Shape = Object(&[
    always("channel_address", Text),
    always("paramset_key", Text),
    always("hash", Text),
    always("parameters", Any),
    always("updated_at", Time),
]);
const FABRIC: Shape = Object(&[
    always("fabric_index", Int),
    always("fabric_id", Int),
    always("fabric_id_hex", Text),
    always("node_id", Int),
    always("node_id_hex", Text),
    always("vendor_id", Int),
    maybe("vendor_name", Text),
    maybe("label", Text),
    always("compressed_id", Text),
    always("root_public_key", Text),
]);
const FABRICS: Shape = Object(&[always("fabrics", List(&FABRIC))]);

async fn planted() -> TestDaemon {
    TestDaemon::prepared(Backend::Sqlite, json!(null), plant).await
}

async fn plant(data_dir: &Path) {
    let store = SqliteStateStore::open(&data_dir.join("openccu-loom.db")).unwrap();
    let at = "2024-05-06T07:08:09Z".parse().unwrap();
    for name in ["one", "two"] {
        let central = CentralName::parse(name).unwrap();
        let interface = InterfaceRef { central, interface_id: "HmIP-RF".to_owned() };
        let own = format!("{}0000000", name.to_uppercase());
        let device = |address: &str, parent: &str| Device {
            interface: interface.clone(),
            address: address.to_owned(),
            device_type: "HmIP-eTRV-2".to_owned(),
            parent: parent.to_owned(),
            firmware: "2.2.8".to_owned(),
            model: "HmIP-eTRV-2".to_owned(),
            manufacturer: "eQ-3".to_owned(),
            product_group: "hmip".to_owned(),
            hash: String::new(),
            description: json!({ "TYPE": "HmIP-eTRV-2" }),
            updated_at: at,
        };
        let channel = format!("{own}:1");
        let all = [device(&own, ""), device(&channel, &own), device("SHARED0000", "")];
        store.put_devices(&all).await.unwrap();
        let id = ParamsetId { interface, channel_address: channel, paramset_key: "MASTER".to_owned() };
        let content = r#"{"TEMPERATURE_OFFSET":{"TYPE":"FLOAT"}}"#.to_owned();
        store.put_paramsets(&[Paramset { id, content, updated_at: at }]).await.unwrap();
    }
    for (index, vendor_id, label) in [(1, 0x1349, "home"), (254, 0xfff1, "")] {
        let fabric = Fabric {
            index: FabricIndex::parse(index).unwrap(),
            fabric_id: vec![0xff; 8],
            node_id: vec![0, 0, 0, 0, 0, 0, 0xab, u8::try_from(index).unwrap()],
            root_public_key: vec![u8::try_from(index).unwrap(); 65],
            root_cert: None,
            vendor_id,
            label: label.to_owned(),
            compressed_id: vec![7; 8],
            created_at: at,
            updated_at: at,
        };
        store.create_fabric(&fabric).await.unwrap();
    }
}

#[tokio::test]
async fn devices_come_page_by_page_with_the_fields_clients_know() {
    let daemon = planted().await;
    let viewer = daemon.as_viewer();
    let all = viewer.get("/devices").await.expect(200).json();
    fits(&all, PAGE);
    // Channels are no devices of their own.
    assert_eq!((&all["total"], all["items"].as_array().unwrap().len()), (&json!(4), 4));
    let mut paged = Vec::new();
    for page in 1..=3 {
        let page = viewer.get(&format!("/devices?per_page=2&page={page}")).await.expect(200).json();
        assert_eq!((&page["per_page"], &page["total"]), (&json!(2), &json!(4)));
        paged.extend(page["items"].as_array().unwrap().clone());
    }
    assert_eq!(json!(paged), all["items"]);
    let two = viewer.get("/devices?central=two&interface=HmIP-RF").await.expect(200).json();
    assert!(two["items"].as_array().unwrap().iter().all(|device| device["central"] == "two"));
    assert_eq!(two["total"], 2);
    assert_eq!(viewer.get("/devices?central=three").await.expect(200).json()["total"], 0);
}

#[tokio::test]
async fn a_device_is_shown_with_its_channels_and_a_channel_with_its_paramset() {
    let daemon = planted().await;
    let viewer = daemon.as_viewer();
    let device = viewer.get("/devices/ONE0000000").await.expect(200).json();
    assert_eq!((&device["parent"], &device["channels"]), (&json!(""), &json!(["ONE0000000:1"])));
    assert_eq!(device["description"], json!({ "TYPE": "HmIP-eTRV-2" }));
    let channel = viewer.get("/devices/ONE0000000:1").await.expect(200).json();
    assert_eq!((&channel["parent"], &channel["channels"]), (&json!("ONE0000000"), &json!([])));
    let paramset = viewer.get("/devices/ONE0000000:1/paramsets/MASTER").await.expect(200).json();
    fits(&paramset, PARAMSET);
    assert_eq!(paramset["parameters"]["TEMPERATURE_OFFSET"]["TYPE"], "FLOAT");
    for path in
        ["/devices/NOTHING", "/devices/ONE0000000:1/paramsets/VALUES", "/devices/ONE0000000?central=two"]
    {
        viewer.get(path).await.problem(404, "not_found");
    }
    let problem = viewer.get("/devices/SHARED0000").await.problem(422, "validation");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("`one`") && detail.contains("`two`"), "{detail}");
    let two = viewer.get("/devices/SHARED0000?central=two&interface=HmIP-RF").await.expect(200).json();
    assert_eq!(two["central"], "two");
}

#[tokio::test]
async fn fabrics_have_the_fields_clients_know_and_no_key() {
    let daemon = planted().await;
    let answer = daemon.as_viewer().get("/matter/fabrics").await.expect(200);
    let fabrics = answer.json();
    fits(&fabrics, FABRICS);
    let (first, second) = (&fabrics["fabrics"][0], &fabrics["fabrics"][1]);
    assert_eq!((&first["fabric_index"], &second["fabric_index"]), (&json!(1), &json!(254)));
    assert_eq!(
        (&first["fabric_id"], &first["fabric_id_hex"]),
        (&json!(u64::MAX), &json!("FFFFFFFFFFFFFFFF"))
    );
    assert_eq!((&first["node_id"], &first["node_id_hex"]), (&json!(0xab01), &json!("000000000000AB01")));
    assert_eq!((&first["vendor_name"], &first["label"]), (&json!("Apple"), &json!("home")));
    assert!(second.get("vendor_name").is_none() && second.get("label").is_none());
    assert_eq!(first["compressed_id"], "0707070707070707");
    assert_eq!(first["root_public_key"].as_str().unwrap().len(), 130);
    daemon.as_admin().delete("/matter/fabrics/254").await.expect(204);
    for gone in ["254", "0", "255", "-1", "1.5", "x"] {
        daemon.as_admin().delete(&format!("/matter/fabrics/{gone}")).await.problem(404, "not_found");
    }
    let left = daemon.as_viewer().get("/matter/fabrics").await.json();
    assert_eq!(left["fabrics"].as_array().unwrap().len(), 1);
}
