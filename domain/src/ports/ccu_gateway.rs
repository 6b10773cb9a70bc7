//! CcuGateway: one Homematic central, as the state plane needs it, and the error its roles share.
//!
//! Does NOT name a protocol; Homematic's words stay in the adapter. Each role has its file.

use super::{BoxError, CcuDevices, CcuDiagnosis, CcuIdentity, CcuRestoring, CcuSecurityKey, CcuSystemBackup};
use crate::ccu::CcuAccess;
use std::sync::Arc;

/// Every role of a central at once. Driven port; adapters: `homematic`, `memory`.
pub trait CcuGateway:
    CcuIdentity + CcuSystemBackup + CcuSecurityKey + CcuRestoring + CcuDevices + CcuDiagnosis
{
}

impl<T> CcuGateway for T where
    T: CcuIdentity + CcuSystemBackup + CcuSecurityKey + CcuRestoring + CcuDevices + CcuDiagnosis
{
}

/// Makes gateways. Making one touches nothing; the first call does.
pub trait CcuGateways: Send + Sync {
    /// A gateway to the central behind `access`.
    fn gateway(&self, access: CcuAccess) -> Arc<dyn CcuGateway>;
}

/// Why a central did not do it. Fragments read after "failed to …: ", hints included.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CcuError {
    /// It starts or is busy: try again later.
    #[error("the central is not ready yet: {0}")]
    NotReady(String),
    /// It understood and said no.
    #[error("the central refused: {0}")]
    Refused(String),
    /// It does not accept the credentials, or the user may not do this.
    #[error("the central does not let us in: {0}")]
    Unauthorized(String),
    /// What it sent is not what was asked for: cut off, another page, nonsense.
    #[error("the central answered something else: {0}")]
    Misbehaved(String),
    /// It cannot be reached, or it fell silent.
    #[error("the central cannot be reached: {0}")]
    Unavailable(#[source] BoxError),
}

impl CcuError {
    /// Whether the same may succeed some minutes later without anybody doing anything.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::NotReady(_) | Self::Misbehaved(_) | Self::Unavailable(_))
    }
}
