//! Sessions: opening and closing. Does NOT renew; using one does that.

use super::{Answer, Refusal, argument};
use crate::ccu::Ccu;
use crate::fault::Fault;
use serde_json::{Map, Value as Json};

pub(super) fn login(ccu: &Ccu, params: &Map<String, Json>) -> Answer {
    let (name, password) = (argument(params, "username")?, argument(params, "password")?);
    let opened = open(ccu, &name, &password);
    ccu.notebook.note(|seen| match &opened {
        Ok(id) => {
            seen.logins += 1;
            seen.session_ids.push(id.clone());
        }
        Err(_) => seen.refused_logins += 1,
    });
    opened.map(Json::String)
}

fn open(ccu: &Ccu, name: &str, password: &str) -> Result<String, Refusal> {
    let full = |code| match code {
        503 => Refusal(503, "service not available".into()),
        code => Refusal(code, "invalid credentials or too many sessions".into()),
    };
    if let Some(code) =
        ccu.faults.take(|fault| if let Fault::SessionsFull(code) = fault { Some(*code) } else { None })
    {
        return Err(full(code));
    }
    if !ccu.rega_runs() {
        return Err(full(503));
    }
    let mut world = ccu.world();
    let level = world.central.level_of(name, password).ok_or_else(|| full(501))?;
    world.sessions.open(level).ok_or_else(|| full(if ccu.is_open_ccu() { 503 } else { 501 }))
}

pub(super) fn logout(ccu: &Ccu, params: &Map<String, Json>) -> Answer {
    let id = argument(params, "_session_id_")?;
    if ccu.world().sessions.close(&id) {
        ccu.notebook.note(|seen| seen.logouts += 1);
    }
    Ok(Json::Bool(true))
}
