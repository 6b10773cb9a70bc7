//! `ccu status`: how centrals are, as the daemon saw them last.
//!
//! Does NOT try them; `ccu test` does.

use super::Asked;
use crate::args::CcuStatusArgs;
use crate::daemon_client::CentralStatus;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use serde_json::{Value, json};

pub(super) async fn run(args: CcuStatusArgs) -> Result<ExitCode, Failure> {
    let client = super::client(&args.daemon)?;
    let centrals: Vec<CentralStatus> = match &args.name {
        Some(name) => {
            let status = client.get(&["centrals", name, "status"]).await;
            vec![status.asked_to(|| format!("ask how the central `{name}` is"))?]
        }
        None => {
            client.get(&["status", "centrals"]).await.asked_to(|| "ask how the centrals are".to_owned())?
        }
    };
    if args.daemon.json {
        output::json(&json!({ "centrals": centrals.iter().map(as_json).collect::<Value>() }));
    } else {
        print(&centrals);
    }
    Ok(if centrals.iter().any(|central| is_bad(&central.state)) { ExitCode::Central } else { ExitCode::Done })
}

fn as_json(central: &CentralStatus) -> Value {
    let interfaces = central.interfaces.iter().map(|interface| {
        json!({
            "id": interface.id,
            "devices": interface.devices,
            "pending": interface.pending,
            "error": interface.error,
        })
    });
    json!({
        "name": central.name,
        "state": central.state,
        "product": central.product,
        "firmware": central.firmware,
        "last_contact": central.last_contact,
        "last_error": central.last_error,
        "hint": central.hint,
        "interfaces": interfaces.collect::<Value>(),
    })
}

fn is_bad(state: &str) -> bool {
    matches!(state, "unreachable" | "refused" | "misconfigured")
}

fn print(centrals: &[CentralStatus]) {
    if centrals.is_empty() {
        return output::note("no centrals are configured");
    }
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |central: &CentralStatus| {
        let state = if is_bad(&central.state) { central.state.to_uppercase() } else { central.state.clone() };
        let devices: u64 = central.interfaces.iter().map(|interface| interface.devices).sum();
        vec![
            central.name.clone(),
            state,
            or_dash(&central.product),
            or_dash(&central.firmware),
            devices.to_string(),
            or_dash(&central.last_contact),
        ]
    };
    let rows: Vec<_> = centrals.iter().map(row).collect();
    output::table(&["CENTRAL", "STATE", "PRODUCT", "FIRMWARE", "DEVICES", "LAST CONTACT"], &rows);
    for central in centrals {
        let name = &central.name;
        if let Some(error) = &central.last_error {
            output::text(&format!("{name}: {error}"));
        }
        if let Some(hint) = &central.hint {
            output::text(&format!("hint: {hint}"));
        }
        for interface in &central.interfaces {
            if let Some(error) = &interface.error {
                output::text(&format!("{name}, {}: {error}", interface.id));
            }
            if interface.pending > 0 {
                output::text(&format!(
                    "{name}, {}: {} devices are still to be read",
                    interface.id, interface.pending
                ));
            }
        }
    }
}
