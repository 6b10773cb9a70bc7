//! `ccu cancel`.
//!
//! Does NOT wait until the central has heard of it.

use super::Asked;
use crate::args::CcuCancelArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use reqwest::Method;
use serde_json::json;

pub(super) async fn run(args: CcuCancelArgs) -> Result<ExitCode, Failure> {
    let id = &args.id;
    let client = super::client(&args.daemon)?;
    let cancelled = client.act(Method::POST, &["backups", id, "cancel"]).await;
    cancelled.asked_to(|| format!("cancel the backup `{id}`"))?;
    match args.daemon.json {
        true => output::json(&json!({ "id": id, "cancelled": true })),
        false => output::text(&format!("cancelled {id}; nothing of it is kept")),
    }
    Ok(ExitCode::Done)
}
