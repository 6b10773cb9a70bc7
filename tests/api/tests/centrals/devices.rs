//! The devices of centrals as they are cached: read when a central appears, and when somebody asks.
//!
//! Does NOT hold every rule of the cache: those are the use case's.

use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::{Answer, Backend, Client, jobs, on_each_backend};
use loom_sim_ccu::{Fault, Interface};
use serde_json::{Value, json};

on_each_backend! {
    a_central_fills_the_cache_when_it_appears,
    a_refresh_asks_only_for_what_changed,
    an_empty_list_empties_no_cache,
    operators_refresh_and_follow_it,
}

async fn refreshed(client: &Client, body: &Value) -> Value {
    let begun = client.post("/centrals/ccu/refresh", body).await.expect(202);
    let job = begun.json();
    let id = job["id"].as_str().unwrap();
    assert_eq!(begun.header("location"), format!("/api/v1/jobs/{id}"));
    assert_eq!((&job["kind"], &job["object"]), (&json!("ccu_refresh"), &json!("ccu")));
    jobs::ended(client, id).await
}

async fn a_central_fills_the_cache_when_it_appears(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let viewer = daemon.as_viewer();
        let page = viewer.get("/devices?central=ccu&interface=HmIP-RF").await.expect(200).json();
        assert_eq!(page["total"], 5, "{page:#}");
        let address = page["items"][0]["address"].as_str().unwrap();
        let device = viewer.get(&format!("/devices/{address}")).await.expect(200).json();
        let channels = device["channels"].as_array().unwrap();
        assert!(channels.len() > 1, "{device:#}");
        let mut described = 0;
        for channel in channels {
            let channel = channel.as_str().unwrap();
            let description = viewer.get(&format!("/devices/{channel}")).await.expect(200).json();
            for key in description["description"]["PARAMSETS"].as_array().unwrap() {
                let key = key.as_str().unwrap();
                let path = format!("/devices/{channel}/paramsets/{key}");
                let answer: Answer = viewer.get(&path).await;
                match (key, answer.status) {
                    ("LINK", _) => {}
                    // It lists it and has none.
                    ("SERVICE", 404) => {
                        let words = format!("the central says that `{channel}` has no paramset `SERVICE`");
                        assert_eq!(answer.problem(404, "not_found")["detail"], words);
                    }
                    (_, 200) => described += answer.json()["parameters"].as_object().unwrap().len(),
                    _ => panic!("{path}: {}", answer.text()),
                }
            }
        }
        assert!(described > 3, "{described}");
    }
}

async fn a_refresh_asks_only_for_what_changed(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let asked = || sim.observed().rpc_everywhere("getParamsetDescription");
        let first = asked();
        assert!(first > 20, "{first}");
        for body in [json!({}), json!(null), json!({ "full": false })] {
            let job = refreshed(&admin, &body).await;
            assert_eq!((&job["state"], asked()), (&json!("completed"), first), "{job:#}");
        }
        assert!(sim.update_device(Interface::HmIpRf, &address(&admin).await, "9.9.9"));
        let job = refreshed(&admin, &json!({})).await;
        let of_one = asked() - first;
        assert!(of_one > 0 && of_one < first / 5, "{of_one} of {first}: {job:#}");
        let job = refreshed(&admin, &json!({ "full": true })).await;
        assert_eq!((&job["state"], asked()), (&json!("completed"), first + of_one + first), "{job:#}");
        for body in [json!({ "full": 1 }), json!({ "unknown": 1 }), json!([])] {
            admin.post("/centrals/ccu/refresh", &body).await.problem(400, "validation");
        }
        assert_eq!(sim.observed().open_sessions, 0);
    }
}

async fn address(client: &Client) -> String {
    let page = client.get("/devices?interface=HmIP-RF").await.expect(200).json();
    page["items"][0]["address"].as_str().unwrap().to_owned()
}

async fn an_empty_list_empties_no_cache(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let before = admin.get("/devices").await.expect(200).json();
    sim.inject(Fault::EmptyDeviceList);
    let job = refreshed(&admin, &json!({})).await;
    assert_eq!(job["state"], "completed", "{job:#}");
    assert_eq!(admin.get("/devices").await.json()["total"], before["total"]);
    let status = daemon.as_viewer().get("/centrals/ccu/status").await.expect(200).json();
    assert!(status["interfaces"][0]["kept"].is_string(), "{status:#}");
}

async fn operators_refresh_and_follow_it(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    daemon.as_viewer().post("/centrals/ccu/refresh", &json!({})).await.problem(403, "forbidden");
    daemon.as_operator().post("/centrals/nothing/refresh", &json!({})).await.problem(404, "not_found");
    let job = refreshed(&daemon.as_operator(), &json!({})).await;
    assert_eq!(job["result"]["interfaces"].as_array().map(Vec::len), Some(3), "{job:#}");
    let backup = ccu::taken(&daemon.as_admin()).await;
    let path = format!("/jobs/{}", backup["job"].as_str().unwrap());
    daemon.as_admin().get(&path).await.expect(200);
    daemon.as_operator().get(&path).await.problem(404, "not_found");
    daemon.as_viewer().get(&path).await.problem(403, "forbidden");
}
