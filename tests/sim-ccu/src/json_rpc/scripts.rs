//! `ReGa.runScript`: scripts are known by the name in their first line. Does NOT run any.

use super::{Answer, argument};
use crate::ccu::Ccu;
use crate::fault::Fault;
use crate::observed::count;
use crate::pages::{backup_name, run_background_backup};
use crate::world::Job;
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

pub(super) fn run(ccu: &Arc<Ccu>, params: &Map<String, Json>) -> Answer {
    let script = argument(params, "script")?;
    let first = script.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    let name = first.strip_prefix("!# name:").map_or(first, str::trim);
    ccu.notebook.note(|seen| count(&mut seen.scripts, name.to_owned()));
    if ccu.faults.hits(&Fault::EmptyScriptResult) {
        return Ok(json!(""));
    }
    if let Some(output) = ccu.world().script_answers.get(name) {
        return Ok(json!(output));
    }
    // A script that fails prints nothing; so does one this central does not know.
    let output = match name {
        "get_backend_info.fn" => backend_info(ccu),
        "get_serial.fn" => json!({"serial": ccu.config.serial}),
        "get_uptime.fn" => uptime(ccu),
        "create_backup_start.fn" => start(ccu),
        "create_backup_status.fn" => status(ccu),
        _ => return Ok(json!("")),
    };
    Ok(json!(output.to_string()))
}

fn backend_info(ccu: &Ccu) -> Json {
    let mut hostname = ccu.world().central.hostname.clone();
    if ccu.faults.has(&Fault::BrokenUmlauts) {
        hostname.push_str("\tGartentür");
    }
    let product = if ccu.is_open_ccu() { "OpenCCU" } else { "CCU" };
    json!({"version": ccu.config.firmware, "product": product, "hostname": hostname, "is_ha_app": false})
}

fn uptime(ccu: &Ccu) -> Json {
    // The first process of a central begins with its machine, that of a container later.
    json!({"uptime": ccu.world().up_for().as_secs().to_string(), "begun": "1"})
}

fn start(ccu: &Arc<Ccu>) -> Json {
    // Stock has no `createBackup.sh`: the job starts and dies at once.
    if ccu.is_open_ccu() {
        ccu.world().job = Job::Running;
        tokio::spawn(run_background_backup(Arc::clone(ccu)));
    } else {
        ccu.world().job = Job::Failed;
    }
    json!({"success": true, "status": "started", "pid": "4711", "message": "Backup started in background"})
}

fn status(ccu: &Ccu) -> Json {
    let job = ccu.world().job.clone();
    match job {
        Job::Idle => json!({"status": "idle"}),
        Job::Running => json!({"status": "running", "pid": "4711"}),
        Job::Failed => {
            ccu.world().job = Job::Idle;
            json!({"status": "failed"})
        }
        Job::Done(archive) => json!({
            "status": "completed",
            "file": crate::pages::LAST_BACKUP,
            "filename": backup_name(ccu),
            "size": archive.size,
        }),
    }
}
