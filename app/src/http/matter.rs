//! `/matter/fabrics`: the Matter fabrics this node was commissioned into.
//!
//! Does NOT speak Matter, and never shows private keys.

use super::access::{Admin, Caller, Viewer};
use super::problem::Problem;
use super::{State, record};
use actix_web::HttpResponse;
use actix_web::web::{Json, Path};
use loom_domain::archive::hex;
use loom_domain::audit_trail::{AuditAction, AuditDraft};
use loom_domain::fabric::{Fabric, FabricIndex};
use serde::Serialize;
use utoipa::ToSchema;

/// All fabrics.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Fabrics {
    /// By index.
    fabrics: Vec<MatterFabric>,
}

/// One fabric.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MatterFabric {
    /// Index on this node, 1 to 254.
    #[schema(minimum = 1, maximum = 254)]
    fabric_index: u8,
    /// Fabric id.
    fabric_id: u64,
    /// The same in 16 upper-case hex digits.
    fabric_id_hex: String,
    /// Id of this node in the fabric.
    node_id: u64,
    /// The same in 16 upper-case hex digits.
    node_id_hex: String,
    /// Vendor id of the controller.
    vendor_id: u16,
    /// Vendor of the controller, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    vendor_name: Option<&'static str>,
    /// Label the controller gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// Compressed fabric id, 8 bytes in hex.
    compressed_id: String,
    /// Root public key, 65 bytes in hex.
    root_public_key: String,
}

/// Lists the fabrics, by index.
#[utoipa::path(get, path = "/matter/fabrics", tag = "matter",
    responses((status = 200, description = "The fabrics.", body = Fabrics)))]
pub(crate) async fn list(_: Caller<Viewer>, state: State) -> Result<Json<Fabrics>, Problem> {
    let fabrics = state.roles.fabrics.list_fabrics().await?;
    Ok(Json(Fabrics { fabrics: fabrics.iter().map(MatterFabric::from).collect() }))
}

/// Revokes a fabric: its identity and access list go with it, and its controller has to pair again.
#[utoipa::path(delete, path = "/matter/fabrics/{id}", tag = "matter",
    params(("id" = u8, Path, description = "Index of the fabric, 1 to 254.", minimum = 1, maximum = 254)),
    responses((status = 204, description = "It is gone.")))]
pub(crate) async fn revoke(
    caller: Caller<Admin>,
    state: State,
    id: Path<String>,
) -> Result<HttpResponse, Problem> {
    let unknown = || Problem::not_found("Matter fabric", &id.escape_debug().to_string());
    let number = id.parse::<i64>().map_err(|_| unknown())?;
    let index = FabricIndex::parse(number).map_err(|_| unknown())?;
    state.roles.fabrics.remove_fabric(index).await?;
    let draft =
        AuditDraft::new(&caller.actor()?, AuditAction::MatterFabricRevoke, &format!("fabric {number}"));
    record(&state, draft).await;
    Ok(HttpResponse::NoContent().finish())
}

impl From<&Fabric> for MatterFabric {
    fn from(fabric: &Fabric) -> Self {
        let upper = |bytes: &[u8]| hex(bytes).to_uppercase();
        Self {
            fabric_index: fabric.index.get(),
            fabric_id: number(&fabric.fabric_id),
            fabric_id_hex: upper(&fabric.fabric_id),
            node_id: number(&fabric.node_id),
            node_id_hex: upper(&fabric.node_id),
            vendor_id: fabric.vendor_id,
            vendor_name: vendor(fabric.vendor_id),
            label: Some(fabric.label.clone()).filter(|label| !label.is_empty()),
            compressed_id: hex(&fabric.compressed_id),
            root_public_key: hex(&fabric.root_public_key),
        }
    }
}

/// Eight big-endian bytes as a number; shorter ones are filled up in front.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| (number << 8) | u64::from(*byte))
}

/// Vendor ids as the Connectivity Standards Alliance assigned them to controllers people use.
fn vendor(id: u16) -> Option<&'static str> {
    Some(match id {
        0x1217 => "Amazon",
        0x1349 | 0x1384 => "Apple",
        0x6006 => "Google",
        0x10e1 => "SmartThings",
        0x134b => "Home Assistant",
        _ => return None,
    })
}
