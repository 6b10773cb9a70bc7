//! The changes about a central, its backups and restores, each with its entry.
//!
//! Does NOT look at what comes of them.

use super::Trail;
use loom_api_tests::{ccu, jobs};
use loom_sim_ccu::{Fault, Flavour};
use serde_json::json;

/// Walks through all of them.
pub(super) async fn walk(trail: &mut Trail) {
    let sim = ccu::central(Flavour::OpenCcu).await;
    let admin = trail.admin.clone();
    let row = ccu::row("home", &sim);
    trail.by_admin(("POST", "/centrals", "/centrals"), Some(row), "central_create", "home").await;
    let read = |status: &serde_json::Value| status["refreshed_at"].is_string();
    jobs::until(&admin, "/centrals/home/status", read).await;
    let route = ("POST", "/centrals/{name}/test", "/centrals/home/test");
    trail.by_admin(route, None, "central_test", "home").await;
    let route = ("POST", "/centrals/{name}/refresh", "/centrals/home/refresh");
    trail.by_admin(route, None, "central_refresh", "home").await;
    jobs::idle(&admin).await;

    let take = ("POST", "/backups", "/backups");
    let begun = trail.by_admin(take, None, "backup_trigger", "home").await.json();
    let id = begun["id"].as_str().unwrap();
    ccu::ended(&admin, id).await;
    let path = format!("/backups/{id}/verify");
    trail.by_admin(("POST", "/backups/{id}/verify", path.as_str()), None, "backup_verify", id).await;
    jobs::idle(&admin).await;
    let path = format!("/backups/{id}/download");
    let route = ("GET", "/backups/{id}/download", path.as_str());
    let file = trail.by_admin(route, None, "backup_download", id).await.body;
    let (kind, form) = ccu::form(&[("central", "home")], "file", "a.sbk", &file);
    let request = admin.request("POST", "/backups/upload").header("Content-Type", kind).body(form);
    let route = ("POST", "/backups/upload", "/backups/upload");
    trail.walk_with(route, request, ("ada", "backup_upload", "home")).await;

    sim.inject(Fault::HangBeforeFirstByte);
    let begun = trail.by_admin(take, None, "backup_trigger", "home").await.json();
    let hanging = begun["id"].as_str().unwrap();
    let path = format!("/backups/{hanging}/cancel");
    let route = ("POST", "/backups/{id}/cancel", path.as_str());
    trail.by_admin(route, None, "backup_cancel", hanging).await;
    sim.heal();

    sim.inject_once(Fault::CrashDuringGo);
    let path = format!("/backups/{id}/restore");
    let route = ("POST", "/backups/{id}/restore", path.as_str());
    let order = json!({ "confirm": "home", "security_key": super::SECRETS[6] });
    let begun = trail.by_admin(route, Some(order), "backup_restore", "home").await.json();
    let restore = begun["restore"].as_str().unwrap();
    assert_eq!(ccu::settled(&admin, restore).await["state"], "interrupted");
    let path = format!("/restores/{restore}/resume");
    let route = ("POST", "/restores/{id}/resume", path.as_str());
    trail.by_admin(route, None, "restore_resume", restore).await;
    ccu::settled(&admin, restore).await;

    let path = format!("/backups/{id}");
    trail.by_admin(("DELETE", "/backups/{id}", path.as_str()), None, "backup_delete", id).await;
    let route = ("DELETE", "/centrals/{name}", "/centrals/home");
    trail.by_admin(route, None, "central_delete", "home").await;
}
