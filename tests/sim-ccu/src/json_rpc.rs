//! `POST /api/homematic.cgi`: envelope, rights and dispatch. Does NOT answer the methods themselves.

mod central;
mod envelope;
mod interfaces;
mod scripts;
mod session;

use crate::ccu::Ccu;
use crate::config::UserLevel;
use crate::fault::Fault;
use crate::http::{Request, Response};
use crate::observed::count;
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// The result, or a code with its message.
type Answer = Result<Json, Refusal>;

/// An error of the protocol.
struct Refusal(u16, String);

/// A method's name, and the level it needs.
const METHODS: [(&str, Option<UserLevel>); 19] = [
    ("BidCoS_RF.isKeySet", Some(UserLevel::Guest)),
    ("BidCoS_RF.validateKey", Some(UserLevel::Admin)),
    ("CCU.getAuthEnabled", Some(UserLevel::Guest)),
    ("CCU.getHttpsRedirectEnabled", Some(UserLevel::Guest)),
    ("CCU.getSerial", Some(UserLevel::Admin)),
    ("CCU.getVersion", Some(UserLevel::Admin)),
    ("Interface.getDeviceDescription", Some(UserLevel::Guest)),
    ("Interface.getParamsetDescription", Some(UserLevel::Guest)),
    ("Interface.isPresent", Some(UserLevel::Guest)),
    ("Interface.listDevices", Some(UserLevel::Guest)),
    ("Interface.listInterfaces", Some(UserLevel::Guest)),
    ("ReGa.isPresent", None),
    ("ReGa.runScript", Some(UserLevel::Admin)),
    ("Session.login", None),
    ("Session.logout", None),
    ("Session.renew", Some(UserLevel::Guest)),
    ("User.restartHmIPServer", Some(UserLevel::Admin)),
    ("system.listMethods", None),
    ("system.saveObjectModel", Some(UserLevel::Admin)),
];

/// Answers one call.
pub(crate) async fn answer(ccu: &Arc<Ccu>, request: &Request) -> Response {
    if request.method != "POST" {
        return Response::html(
            "<html><head><title>HomeMatic JSON API</title></head><body><h1>Methoden</h1></body></html>",
        );
    }
    let call: Json = match serde_json::from_slice(request.body.bytes()) {
        Ok(Json::Object(call)) => Json::Object(call),
        _ => return envelope::refused(None, &Refusal(100, "invalid request".into())),
    };
    let id = call.get("id").cloned();
    match dispatch(ccu, &call).await {
        Ok(result) => envelope::succeeded(ccu, id, &result),
        Err(refusal) => envelope::refused(id, &refusal),
    }
}

async fn dispatch(ccu: &Arc<Ccu>, call: &Json) -> Answer {
    // The firmware has the two texts the wrong way round.
    let method = call["method"].as_str().ok_or_else(|| Refusal(102, "params missing".into()))?;
    let params = call["params"].as_object().ok_or_else(|| Refusal(103, "method missing".into()))?;
    ccu.notebook.note(|seen| count(&mut seen.json_calls, method.to_owned()));
    let (_, level) = METHODS
        .iter()
        .find(|(name, _)| *name == method)
        .ok_or_else(|| Refusal(401, "method not found".into()))?;
    if let Some(level) = level {
        check_level(ccu, params, *level)?;
    }
    match method {
        "Session.login" => session::login(ccu, params),
        "Session.logout" => session::logout(ccu, params),
        "Session.renew" => Ok(Json::Bool(true)),
        "system.listMethods" => Ok(list_methods()),
        "ReGa.runScript" => scripts::run(ccu, params),
        _ if method.starts_with("Interface.") => interfaces::answer(ccu, method, params),
        _ => central::answer(ccu, method, params),
    }
}

fn check_level(ccu: &Ccu, params: &Map<String, Json>, needed: UserLevel) -> Result<(), Refusal> {
    // The level is looked up before arguments are checked, so a missing session looks like a crash.
    let Some(id) = params.get("_session_id_").and_then(Json::as_str) else {
        let trace = "internal error: can't read \"args(_session_id_)\": no such element in array";
        return Err(Refusal(200, trace.into()));
    };
    if ccu.faults.hits(&Fault::SessionLost) {
        ccu.world().sessions.close(id);
    }
    let has = if ccu.rega_runs() { ccu.world().sessions.level(id) } else { None };
    if has.is_some_and(|has| has >= needed) {
        return Ok(());
    }
    let name = match has {
        None => "",
        Some(UserLevel::Guest) => "GUEST",
        Some(UserLevel::User) => "USER",
        Some(UserLevel::Admin) => "ADMIN",
    };
    let wanted = if needed == UserLevel::Admin { "ADMIN" } else { "GUEST" };
    Err(Refusal(400, format!("access denied (\"{wanted}\" needed {name})")))
}

fn list_methods() -> Json {
    let line = |(name, level): &(&str, Option<UserLevel>)| {
        let level = match level {
            None => "NONE",
            Some(UserLevel::Admin) => "ADMIN",
            Some(_) => "GUEST",
        };
        serde_json::json!({"name": name, "level": level, "info": ""})
    };
    METHODS.iter().map(line).collect()
}

/// An argument that has to be there; scalars may come as texts.
fn argument(params: &Map<String, Json>, name: &str) -> Result<String, Refusal> {
    match params.get(name) {
        Some(Json::String(text)) => Ok(text.clone()),
        Some(other) => Ok(other.to_string()),
        None => Err(Refusal(402, format!("missing argument ({name})"))),
    }
}
