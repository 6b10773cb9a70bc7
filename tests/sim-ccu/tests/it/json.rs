//! JSON-RPC: sessions, rights, codes, shapes.

use crate::browser::{admin, call, login, raw};
use loom_sim_ccu::{Fault, Flavour, Interface, Sim, SimConfig, UserLevel};
use serde_json::json;

#[tokio::test]
async fn a_session_is_opened_used_and_closed() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let id = admin(&sim).await;
    assert!(id.len() == 10 && id.chars().all(|c| c.is_ascii_alphanumeric()), "{id}");
    assert_eq!(call(&sim, "CCU.getVersion", json!({"_session_id_": id})).await, Ok(json!("3.87.6.20260101")));
    assert_eq!(call(&sim, "Session.renew", json!({"_session_id_": id})).await, Ok(json!(true)));
    assert_eq!(sim.observed().open_sessions, 1);
    assert_eq!(call(&sim, "Session.logout", json!({"_session_id_": id})).await, Ok(json!(true)));
    assert_eq!(call(&sim, "CCU.getVersion", json!({"_session_id_": id})).await, Err(400));
    let seen = sim.observed();
    assert_eq!((seen.logins, seen.logouts, seen.open_sessions, seen.json("CCU.getVersion")), (1, 1, 0, 2));
}

#[tokio::test]
async fn errors_have_the_codes_of_the_firmware() {
    let config = SimConfig::new(Flavour::Stock).user("Gast", "gast", UserLevel::Guest);
    let sim = Sim::start(config).await.unwrap();
    let guest = login(&sim, "Gast", "gast").await.unwrap();
    let params = json!({"_session_id_": guest});
    assert_eq!(login(&sim, "Gast", "falsch").await, Err(501));
    assert_eq!(call(&sim, "CCU.getVersion", json!({})).await, Err(200));
    assert_eq!(call(&sim, "CCU.getVersion", params.clone()).await, Err(400));
    assert_eq!(call(&sim, "Session.Login", json!({})).await, Err(401));
    assert_eq!(call(&sim, "Interface.listDevices", params).await, Err(402));
    let unknown = json!({"_session_id_": guest, "interface": "Zigbee"});
    assert_eq!(call(&sim, "Interface.listDevices", unknown).await, Err(500));
    let listed = call(&sim, "system.listMethods", json!({})).await.unwrap();
    assert!(listed.as_array().unwrap().iter().any(|line| line["name"] == "ReGa.runScript"));
    let answer = raw(&sim, "no json".into()).await;
    assert_eq!(answer.status(), 200);
    assert!(answer.text().await.unwrap().contains("\"code\":100"));
}

#[tokio::test]
async fn the_session_table_has_an_end() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    for _ in 0..10 {
        admin(&sim).await;
    }
    assert_eq!(login(&sim, "Admin", "secret").await, Err(503));
    sim.drop_sessions();
    sim.inject_once(Fault::SessionsFull(501));
    assert_eq!(login(&sim, "Admin", "secret").await, Err(501));
    assert!(login(&sim, "Admin", "secret").await.is_ok());
}

#[tokio::test]
async fn without_the_logic_process_nobody_has_a_level() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let id = admin(&sim).await;
    sim.inject(Fault::RegaDown);
    assert_eq!(call(&sim, "ReGa.isPresent", json!({})).await, Ok(json!(false)));
    assert_eq!(call(&sim, "CCU.getVersion", json!({"_session_id_": id})).await, Err(400));
    assert_eq!(login(&sim, "Admin", "secret").await, Err(503));
    sim.heal();
    assert!(call(&sim, "CCU.getVersion", json!({"_session_id_": id})).await.is_ok());
}

#[tokio::test]
async fn scripts_are_known_by_their_name_and_print_text() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let id = admin(&sim).await;
    let run = async |script: &str| {
        let params = json!({"_session_id_": id, "script": script});
        call(&sim, "ReGa.runScript", params).await.unwrap().as_str().unwrap().to_owned()
    };
    let info: serde_json::Value =
        serde_json::from_str(&run("!# name: get_backend_info.fn\n…").await).unwrap();
    assert_eq!((&info["product"], &info["hostname"]), (&json!("OpenCCU"), &json!("homematic-ccu3")));
    assert_eq!(run("Write(\"unknown\");").await, "");
    sim.answer_script("get_rooms.fn", "{}");
    assert_eq!(run("!# name: get_rooms.fn").await, "{}");
    assert_eq!(sim.observed().scripts["get_backend_info.fn"], 1);
}

#[tokio::test]
async fn stock_claims_utf8_and_sends_latin1() {
    let sim = Sim::start(SimConfig::new(Flavour::Stock)).await.unwrap();
    let id = admin(&sim).await;
    let params = json!({"_session_id_": id, "interface": "HmIP-RF", "address": "000A0100000001:1", "paramsetType": "VALUES"});
    let body = json!({"method": "Interface.getParamsetDescription", "params": params}).to_string();
    let answer = raw(&sim, body).await;
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    let bytes = answer.bytes().await.unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
    let temperature = &answer["result"][0];
    assert_eq!(temperature["NAME"], "SET_POINT_TEMPERATURE");
    assert_eq!((&temperature["UNIT"], &temperature["MAX"]), (&json!("°C"), &json!("30.500000")));
}

#[tokio::test]
async fn devices_have_the_lossy_shape() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu).devices_everywhere(3)).await.unwrap();
    let id = admin(&sim).await;
    let params = json!({"_session_id_": id, "interface": "BidCos-RF"});
    let list = call(&sim, "Interface.listDevices", params).await.unwrap();
    assert_eq!(list[0]["address"], "NEQ01000000");
    assert!(list[0].get("RF_ADDRESS").is_none() && list[0].get("rfAddress").is_none());
    assert!(list[2]["linkTargetRoles"].is_array());
    let listed = call(&sim, "Interface.listInterfaces", json!({"_session_id_": id})).await.unwrap();
    let port = sim.rpc_addr(Interface::BidCosRf).unwrap().port();
    assert_eq!((&listed[0]["name"], &listed[0]["port"]), (&json!("BidCos-RF"), &json!(port)));
}

#[tokio::test]
async fn json_is_broken_where_it_is_told_to() {
    let sim = Sim::start(SimConfig::new(Flavour::OpenCcu)).await.unwrap();
    let id = admin(&sim).await;
    let script = json!({"method": "ReGa.runScript", "params": {"_session_id_": id, "script": "!# name: get_backend_info.fn"}});
    sim.inject(Fault::BrokenUmlauts);
    let bytes = raw(&sim, script.to_string()).await.bytes().await.unwrap();
    assert!(bytes.contains(&b'\t') && bytes.windows(5).any(|five| five == b"nt\xFCr\\"), "{bytes:?}");
    sim.heal();
    sim.inject_once(Fault::NotANumberJson);
    assert!(raw(&sim, script.to_string()).await.text().await.unwrap().contains("\"result\": NaN,"));
    sim.inject_once(Fault::MissingResultJson);
    assert!(raw(&sim, script.to_string()).await.text().await.unwrap().contains("\"result\": ,"));
    sim.inject_once(Fault::EmptyScriptResult);
    let params = script["params"].clone();
    assert_eq!(call(&sim, "ReGa.runScript", params).await, Ok(json!("")));
}
