//! The output of `--json` is what `docs/cli-json.md` says: every field, its type, nothing besides, one line.
//!
//! Does NOT check values.

use super::*;
use loom_e2e::json_docs::{Fields, agrees, fields, line, without};

const ID: &str = "ccu3-20261123-031500";

fn daemon() -> ScriptedDaemon {
    let restore = json!({
        "id": "r", "backup": ID, "target": "ccu3", "step": "drop_caches", "state": "completed", "differences": ["x"],
    });
    let remark = json!({ "code": "x", "message": "x" });
    let verdict =
        json!({ "good": true, "size_bytes": 5, "sha256": "x", "damages": [remark], "warnings": [remark] });
    let job = json!({ "id": "j", "state": "completed", "result": verdict });
    let finding = json!({ "subject": "x", "outcome": "fine", "detail": "x" });
    let interface = json!({ "id": "HmIP-RF", "devices": 1, "pending": 0 });
    let status = json!({ "name": "ccu3", "enabled": true, "state": "ready", "interfaces": [interface] });
    let ordered = json!({ "id": ID, "restore": "r", "job": "j" });
    let of_one =
        |rest: &str| format!("{}/backups/{ID}{rest}", if rest.is_empty() { "GET " } else { "POST " });
    ScriptedDaemon::default()
        .on("POST /backups", Answer::json(202, &json!({ "id": ID, "job": "j" })))
        .on("GET /backups", Answer::json(200, &json!([entry(&json!({})), failed("other")])))
        .on(&of_one(""), Answer::json(200, &entry(&json!({}))))
        .on(&format!("GET /backups/{ID}/download"), Answer::bytes(b"hello"))
        .on(&of_one("/restore"), Answer::json(202, &ordered))
        .on("POST /restores/r/resume", Answer::json(202, &json!({ "id": "j" })))
        .on("GET /restores/r", Answer::json(200, &restore))
        .on(&of_one("/verify"), Answer::json(202, &job))
        .on("GET /jobs/j", Answer::json(200, &job))
        .on(&of_one("/cancel"), Answer::nothing(204))
        .on(&format!("DELETE /backups/{ID}"), Answer::nothing(204))
        .on("POST /backups/upload", Answer::json(201, &entry(&json!({ "central": "" }))))
        .on(
            "POST /centrals/ccu3/test",
            Answer::json(200, &json!({ "name": "ccu3", "works": true, "findings": [finding] })),
        )
        .on("GET /status/centrals", Answer::json(200, &json!([status])))
}

#[track_caller]
fn told(words: &str, code: i32) -> Value {
    let story = story();
    story.write("my.sbk", "x");
    line(&ccu(&story, &daemon(), &format!("{words} --json")).exits(code).text())
}

fn backup() -> Fields {
    fields("A **CCU backup**")
}

#[test]
fn backups_tell_all_their_fields() {
    agrees(&told("backup", 0), &backup());
    agrees(&told("upload my.sbk", 0), &backup());
    let list = told("list", 0);
    agrees(&list, &fields("## `ccu list`"));
    for entry in list["backups"].as_array().unwrap() {
        agrees(entry, &backup());
    }
    let at_once = told("backup --no-wait", 0);
    agrees(&at_once, &fields("## `ccu backup`"));
}

#[test]
fn what_is_done_to_a_backup_tells_all_its_fields() {
    agrees(&told(&format!("download {ID} --out out.sbk"), 0), &fields("## `ccu download`"));
    agrees(&told(&format!("cancel {ID}"), 0), &fields("## `ccu cancel`"));
    agrees(&told(&format!("delete {ID}"), 0), &fields("## `ccu delete`"));
}

#[test]
fn restores_tell_all_their_fields() {
    let documented = fields("## `ccu restore`");
    let at_once = without(documented.clone(), &["target", "state", "step", "differences", "safety_backup"]);
    let ended = without(documented, &["job"]);
    for words in [format!("restore {ID} --confirm ccu3"), "resume r".to_owned()] {
        agrees(&told(&words, 3), &ended);
        agrees(&told(&format!("{words} --no-wait"), 0), &at_once);
    }
}

#[test]
fn verdicts_tell_all_their_fields() {
    let told = told(&format!("verify {ID}"), 0);
    agrees(&told, &fields("## `ccu verify`"));
    for remarks in ["damages", "warnings"] {
        agrees(&told[remarks][0], &fields("Each damage"));
    }
}

#[test]
fn centrals_tell_all_their_fields() {
    let tried = told("test ccu3", 0);
    agrees(&tried, &fields("## `ccu test`"));
    agrees(&tried["findings"][0], &fields("Each finding"));
    let status = told("status", 0);
    agrees(&status, &fields("## `ccu status`"));
    agrees(&status["centrals"][0], &fields("Each central"));
    agrees(&status["centrals"][0]["interfaces"][0], &fields("Each interface"));
}
