//! What is told of backups, restores and centrals on the WebSocket, and to whom.
//!
//! Does NOT look at the WebSocket itself.

use crate::shapes::{BACKUP, RESTORE, STATUS};
use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::shape::fits;
use loom_api_tests::{Backend, Socket, on_each_backend};
use loom_sim_ccu::Fault;
use serde_json::{Value, json};

on_each_backend! {
    each_change_of_a_backup_is_told,
    each_step_of_a_restore_is_told,
    a_central_that_changes_is_told,
    nobody_below_admin_hears_of_backups_and_restores,
}

/// What is heard up to the first frame that is `last`.
async fn heard(socket: &mut Socket, last: impl Fn(&Value) -> bool) -> Vec<Value> {
    let mut frames = Vec::new();
    loop {
        frames.push(socket.hear().await);
        if last(&frames[frames.len() - 1]) {
            return frames;
        }
    }
}

async fn each_change_of_a_backup_is_told(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let mut socket = admin.listen().await;
        socket.subscribe(&["backups/#", "jobs/ccu_backup/+"]).await;
        let id = ccu::begin(&admin).await;
        let frames = heard(&mut socket, |frame| frame["type"] == "JobCompleted").await;
        let (told, jobs): (Vec<&Value>, Vec<&Value>) =
            frames.iter().partition(|frame| frame["type"] == "BackupChanged");
        let mut states = Vec::new();
        for frame in told {
            assert_eq!(
                (&frame["topic"], &frame["kind"]),
                (&json!(format!("backups/{id}")), &json!("change"))
            );
            fits(&frame["payload"], BACKUP);
            states.push(frame["payload"]["state"].as_str().unwrap());
        }
        states.dedup();
        assert_eq!(states, ["queued", "running", "completed"]);
        let mut stages: Vec<_> =
            jobs.iter().filter_map(|frame| frame["payload"]["progress"]["stage"].as_str()).collect();
        stages.dedup();
        // Of stages that follow each other in no time the last one is told.
        assert_eq!(stages.last(), Some(&"fetch"), "{stages:?}");
        sim.inject(Fault::LoginPage);
        ccu::begin(&admin).await;
        let frames = heard(&mut socket, |frame| frame["payload"]["state"] == "failed").await;
        let failed = frames.last().unwrap();
        assert_eq!(
            (&failed["type"], &failed["payload"]["failure"]),
            (&json!("BackupChanged"), &json!("central"))
        );
    }
}

async fn each_step_of_a_restore_is_told(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon = ccu::daemon_of(backend, &sim).await;
        let admin = daemon.as_admin();
        let entry = ccu::taken(&admin).await;
        let mut socket = admin.listen().await;
        socket.subscribe(&["restores/#"]).await;
        let order = json!({ "confirm": "ccu" });
        let restore = ccu::restoring(&admin, entry["id"].as_str().unwrap(), &order).await;
        let frames = heard(&mut socket, |frame| frame["payload"]["state"] == "completed").await;
        let mut steps = Vec::new();
        for frame in &frames {
            assert_eq!(
                (&frame["topic"], &frame["type"]),
                (&json!(format!("restores/{restore}")), &json!("RestoreChanged"))
            );
            fits(&frame["payload"], RESTORE);
            steps.push(frame["payload"]["step"].as_str().unwrap());
        }
        steps.dedup();
        let all =
            ["preflight", "safety_backup", "offer", "apply", "restart", "way_back", "compare", "drop_caches"];
        assert_eq!(steps, all);
        assert_eq!(frames[0]["payload"]["state"], "queued");
    }
}

async fn a_central_that_changes_is_told(backend: Backend) {
    for flavour in FLAVOURS {
        let sim = ccu::central(flavour).await;
        let daemon =
            ccu::daemon_with(backend, json!({ "status_interval": "50ms", "answer_timeout": "2s" })).await;
        let mut sockets = [daemon.as_viewer().listen().await, daemon.as_admin().listen().await];
        for socket in &mut sockets {
            socket.subscribe(&["centrals/ccu"]).await;
        }
        ccu::add(&daemon, "ccu", &sim).await;
        for socket in &mut sockets {
            let read = |frame: &Value| frame["payload"]["refreshed_at"].is_string();
            let frames = heard(socket, read).await;
            assert_eq!(frames[0]["type"], "CentralCreated");
            for frame in &frames[1..] {
                assert_eq!(frame["type"], "CentralStatusChanged");
                fits(&frame["payload"], STATUS);
            }
        }
        sim.inject(Fault::Mute);
        for socket in &mut sockets {
            let frames = heard(socket, |frame| frame["payload"]["state"] == "unreachable").await;
            // Everybody hears the same: nothing that tells where it is.
            let text = json!(frames).to_string();
            for told in ["127.0.0.1", "homematic-ccu3", "serial", "last_error", "hint"] {
                assert!(!text.contains(told), "`{told}` in {text}");
            }
        }
        sim.heal();
        for socket in &mut sockets {
            heard(socket, |frame| frame["payload"]["state"] == "ready").await;
        }
    }
}

async fn nobody_below_admin_hears_of_backups_and_restores(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    let mut sockets = [daemon.as_viewer().listen().await, daemon.as_operator().listen().await];
    for socket in &mut sockets {
        socket.subscribe(&["#", "backups/#", "restores/#", "jobs/#"]).await;
    }
    let entry = ccu::taken(&admin).await;
    let order = json!({ "confirm": "ccu" });
    ccu::restored(&admin, entry["id"].as_str().unwrap(), &order).await;
    let other = json!({ "name": "last", "host": "192.0.2.9", "enabled": false });
    admin.post("/centrals", &other).await.expect(201);
    for socket in &mut sockets {
        let frames = heard(socket, |frame| frame["topic"] == "centrals/last").await;
        for frame in frames {
            assert!(frame["topic"].as_str().unwrap().starts_with("centrals/"), "{frame}");
        }
    }
}
