//! The roles of the state store as the daemon uses them: one port each, whatever stands behind it.
//!
//! Does NOT choose the adapter (`backends`).

use loom_domain::ports::{
    AuditLog, CcuBackups, CcuRestores, Centrals, ConfigBatches, ConfigSections, Devices, Interfaces,
    LastSeen, MatterFabrics, MatterIdentities, Paramsets, Sessions, Tokens, Users,
};
use std::sync::Arc;

/// One port per role. Secrets come out opened and go in to be sealed.
#[derive(Clone)]
pub struct Roles {
    pub centrals: Arc<dyn Centrals>,
    pub sections: Arc<dyn ConfigSections>,
    pub batches: Arc<dyn ConfigBatches>,
    pub users: Arc<dyn Users>,
    pub tokens: Arc<dyn Tokens>,
    pub sessions: Arc<dyn Sessions>,
    pub last_seen: Arc<dyn LastSeen>,
    pub devices: Arc<dyn Devices>,
    pub paramsets: Arc<dyn Paramsets>,
    pub audit: Arc<dyn AuditLog>,
    pub fabrics: Arc<dyn MatterFabrics>,
    pub identities: Arc<dyn MatterIdentities>,
    pub ccu_backups: Arc<dyn CcuBackups>,
    pub ccu_restores: Arc<dyn CcuRestores>,
    pub interfaces: Arc<dyn Interfaces>,
}
