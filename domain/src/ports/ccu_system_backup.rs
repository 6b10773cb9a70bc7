//! The system backup role of a central: it makes its own backup (`.sbk`) and hands it out.
//!
//! Does NOT judge it (`sbk`), keep it (`ports::ccu_backup_files`) or bring it back (`ports::ccu_restoring`).

use super::{CcuError, Content};
use async_trait::async_trait;

/// Has the central make its system backup. Driven port; adapters: `homematic`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - What comes is a whole system backup, or an error; what is cut off ends in an error.
#[async_trait]
pub trait CcuSystemBackup: Send + Sync {
    /// Has the central make a system backup; may take many minutes before the first byte. Dropping the content gives it up.
    async fn create_system_backup(&self) -> Result<CreatedSystemBackup, CcuError>;
}

/// A system backup on its way.
pub struct CreatedSystemBackup {
    /// Its size in bytes, where the central says it. Then exactly that many bytes come, or an error.
    pub announced_bytes: Option<u64>,
    /// Its bytes. Where no size was announced, their end may be too early without an error: they have to be judged.
    pub content: Box<dyn Content>,
}

impl std::fmt::Debug for CreatedSystemBackup {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CreatedSystemBackup")
            .field("announced_bytes", &self.announced_bytes)
            .finish_non_exhaustive()
    }
}
