//! The test of a central: what works, what does not, and what to do.
//!
//! Does NOT look at every finding: those of each way are the adapter's.

use crate::shapes::TEST;
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::fits;
use loom_api_tests::{Backend, Client, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    a_central_that_works_passes,
    a_central_that_does_not_work_is_told_apart,
    nobody_below_admin_tries_a_central,
}

async fn tried(admin: &Client) -> Value {
    let found = admin.post("/centrals/ccu/test", &json!({})).await.expect(200).json();
    fits(&found, TEST);
    let broken = |finding: &Value| finding["outcome"] == "broken";
    let any = found["findings"].as_array().unwrap().iter().any(broken);
    assert_eq!((&found["works"], &found["name"]), (&json!(!any), &json!("ccu")), "{found:#}");
    found
}

async fn a_central_that_works_passes(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let found = tried(&daemon.as_admin()).await;
        assert_eq!(found["works"], true, "{found:#}");
        let seen = sim.observed();
        assert_eq!((seen.open_sessions, seen.backups_created, seen.violations.len()), (0, 0, 0));
        // One that is disabled can be tried too: that is how one finds out whether to enable it.
        let mut row = ccu::row("ccu", &sim);
        row["enabled"] = json!(false);
        daemon.as_admin().put("/centrals/ccu", &row).await.expect(204);
        assert_eq!(tried(&daemon.as_admin()).await["works"], true);
    }
}

async fn a_central_that_does_not_work_is_told_apart(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let mut seen = Vec::new();
        for fault in [Fault::Mute, Fault::RedirectToHttps, Fault::RpcUnauthorized, Fault::RegaDown] {
            sim.inject(fault.clone());
            let found = tried(&admin).await;
            sim.heal();
            assert_eq!(found["works"], false, "{fault:?}: {found:#}");
            let findings = found["findings"].as_array().unwrap();
            let broken = findings.iter().filter(|finding| finding["outcome"] == "broken");
            let broken: Vec<_> = broken.collect();
            assert!(broken.iter().any(|finding| finding["hint"].is_string()), "{fault:?}: {broken:#?}");
            let words = json!(broken).to_string();
            assert!(!seen.contains(&words), "{fault:?}: {words}");
            seen.push(words);
        }
        // Closed ports can be done without, at a price.
        sim.inject(Fault::RpcPortsSilent);
        let found = tried(&admin).await;
        sim.heal();
        let odd = |finding: &&Value| finding["outcome"] == "odd" && finding["hint"].is_string();
        assert_eq!(found["findings"].as_array().unwrap().iter().filter(odd).count(), 3, "{found:#}");
        sim.set_password("Admin", "another");
        let found = tried(&admin).await;
        assert_eq!(found["works"], false, "{found:#}");
    }
}

async fn nobody_below_admin_tries_a_central(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let seen = sim.observed();
    for client in [daemon.as_viewer(), daemon.as_operator()] {
        client.post("/centrals/ccu/test", &json!({})).await.problem(403, "forbidden");
    }
    assert_eq!(sim.observed().json_calls, seen.json_calls);
    daemon.as_admin().post("/centrals/nothing/test", &json!({})).await.problem(404, "not_found");
}
