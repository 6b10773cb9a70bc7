//! What the central says about itself. Does NOT tell the level of who asks.

use super::{Answer, Refusal, argument};
use crate::ccu::Ccu;
use crate::fault::Fault;
use serde_json::{Map, Value as Json, json};

pub(super) fn answer(ccu: &Ccu, method: &str, params: &Map<String, Json>) -> Answer {
    Ok(match method {
        "CCU.getVersion" => json!(ccu.config.firmware),
        "CCU.getSerial" => json!("NEQ0123456"),
        "CCU.getAuthEnabled" => json!(ccu.world().central.rpc_auth),
        "CCU.getHttpsRedirectEnabled" => json!(ccu.faults.has(&Fault::RedirectToHttps)),
        "ReGa.isPresent" => json!(ccu.rega_runs()),
        "BidCoS_RF.isKeySet" => json!(ccu.world().central.security_key.is_some()),
        "BidCoS_RF.validateKey" => {
            let key = argument(params, "key")?;
            json!(ccu.world().central.security_key == Some(key))
        }
        "User.restartHmIPServer" => {
            ccu.world().hmip_runs = true;
            ccu.notebook.note(|seen| seen.hmip_restarts += 1);
            json!(true)
        }
        "system.saveObjectModel" => json!(true),
        _ => return Err(Refusal(401, "method not found".into())),
    })
}
