//! The security key of a central in memory.
//!
//! Does NOT check the key of a backup that is given back (`restoring`).

use super::CcuCall;
use super::gateway::MemoryGateway;
use async_trait::async_trait;
use loom_domain::ports::{CcuError, CcuSecurityKey};
use loom_domain::secret::SecretText;

#[async_trait]
impl CcuSecurityKey for MemoryGateway {
    async fn has_security_key(&self) -> Result<bool, CcuError> {
        self.enter(CcuCall::HasSecurityKey).await?;
        Ok(self.lock().security_key.is_some())
    }

    async fn is_security_key(&self, key: &SecretText) -> Result<bool, CcuError> {
        self.enter(CcuCall::IsSecurityKey).await?;
        Ok(self.lock().security_key.as_ref() == Some(key))
    }
}
