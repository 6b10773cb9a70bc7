//! `ccu delete`. One that is gone already is deleted.
//!
//! Does NOT cancel one that runs.

use super::Asked;
use crate::args::CcuDeleteArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output;
use reqwest::Method;
use serde_json::json;

pub(super) async fn run(args: CcuDeleteArgs) -> Result<ExitCode, Failure> {
    let id = &args.id;
    let client = super::client(&args.daemon)?;
    client.act(Method::DELETE, &["backups", id]).await.asked_to(|| format!("delete the backup `{id}`"))?;
    match args.daemon.json {
        true => output::json(&json!({ "id": id, "deleted": true })),
        false => output::text(&format!("deleted {id}")),
    }
    Ok(ExitCode::Done)
}
