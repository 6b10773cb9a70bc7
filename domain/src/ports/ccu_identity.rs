//! The identity role of a central: who it is, whether it can be asked, and the end of a conversation.
//!
//! Does NOT say what hangs on it (`ports::ccu_devices`) or what is wrong with the way to it (`ports::ccu_diagnosis`).

use super::CcuError;
use crate::ccu::CcuFacts;
use async_trait::async_trait;

/// Who a central is and whether it can be asked. Driven port; adapters: `homematic`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::ccu_gateway`)
/// - Two calls to one central give one serial number.
/// - A central that boots is `NotReady`, never an empty answer.
/// - After a farewell the central holds nothing for us any more, and the next call begins anew.
#[async_trait]
pub trait CcuIdentity: Send + Sync {
    /// Serial number, product, firmware, host name. Succeeds only for a user who may administer the central.
    async fn identity(&self) -> Result<CcuFacts, CcuError>;
    /// Whether it is up and takes questions. Needs no credentials and costs it next to nothing.
    async fn is_ready(&self) -> Result<(), CcuError>;
    /// Ends the conversation: gives back what the central holds for us, such as one of its few sessions. Cannot fail; to be
    /// called after each piece of work.
    async fn farewell(&self);
}
