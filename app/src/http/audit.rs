//! `/audit`: who changed what, newest first.
//!
//! Does NOT write entries; each change writes its own.

use super::State;
use super::access::{Admin, Caller};
use super::params::{Params, instant};
use super::problem::Problem;
use actix_web::web::Json;
use loom_domain::audit::{AuditFilter, RecordedEntry};
use loom_domain::central::CentralName;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

const DEFAULT_LIMIT: u32 = 1_000;
const MOST: u32 = 10_000;

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct AuditQuery {
    /// Device addresses that begin with this.
    device: Option<String>,
    /// Actions that contain this.
    op: Option<String>,
    /// Exactly this central.
    #[param(pattern = "^[A-Za-z0-9_-]{0,64}$")]
    central: Option<String>,
    /// Not before this time (RFC 3339).
    #[param(format = DateTime)]
    since: Option<String>,
    /// Before this time (RFC 3339).
    #[param(format = DateTime)]
    until: Option<String>,
    /// At most this many, 1 to 10000; 1000 if not given.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
}

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// Number in the log; grows with time.
    id: i64,
    /// When (RFC 3339).
    timestamp: String,
    /// What was done.
    action: String,
    /// Who did it; `anonymous` where nobody was logged in.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<String>,
    /// On which central.
    #[serde(skip_serializing_if = "Option::is_none")]
    central: Option<String>,
    /// On which device.
    #[serde(skip_serializing_if = "Option::is_none")]
    device_address: Option<String>,
    /// On which channel of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    channel_no: Option<i32>,
    /// On which paramset.
    #[serde(skip_serializing_if = "Option::is_none")]
    paramset: Option<String>,
    /// The peer of a link.
    #[serde(skip_serializing_if = "Option::is_none")]
    peer: Option<String>,
    /// On which parameter.
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<String>,
    /// Free words: the object's name, the way the caller came in.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// What changed: a list of `{parameter, before?, after?}`; secrets without values.
    #[serde(skip_serializing_if = "Option::is_none")]
    changes: Option<Value>,
}

/// Lists audit entries, newest first.
#[utoipa::path(get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "The entries.", body = [AuditEntry])))]
pub(crate) async fn list(
    _: Caller<Admin>,
    state: State,
    Params(query): Params<AuditQuery>,
) -> Result<Json<Vec<AuditEntry>>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=MOST).contains(&limit) {
        return Err(Problem::invalid("limit", "1 to 10000 are allowed"));
    }
    let central = query.central.filter(|name| !name.is_empty()).map(|name| CentralName::parse(&name));
    let filter = AuditFilter {
        device_prefix: query.device.filter(|prefix| !prefix.is_empty()),
        action_part: query.op.filter(|part| !part.is_empty()),
        central: central.transpose().map_err(|error| Problem::invalid("central", error.to_string()))?,
        since: instant("since", query.since.as_deref())?,
        until: instant("until", query.until.as_deref())?,
        limit,
    };
    let entries = state.roles.audit.query_audit(&filter).await?;
    Ok(Json(entries.into_iter().map(AuditEntry::from).collect()))
}

impl From<RecordedEntry> for AuditEntry {
    fn from(RecordedEntry { id, entry }: RecordedEntry) -> Self {
        Self {
            id,
            timestamp: entry.timestamp.to_string(),
            action: entry.action,
            user: Some(entry.user),
            central: entry.central.map(|name| name.to_string()),
            device_address: entry.device_address,
            channel_no: entry.channel_no,
            paramset: entry.paramset,
            peer: entry.peer,
            parameter: entry.parameter,
            note: entry.note,
            changes: entry.changes,
        }
    }
}
