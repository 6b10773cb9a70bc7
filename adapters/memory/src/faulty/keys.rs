//! A source of keys that fails at one chosen call.
//!
//! Does NOT break keys.

use super::Faulty;
use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, KeySource, ResolvedKey};

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl KeyProvider for Faulty<dyn KeyProvider> {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        let met = self.plan.meet("KeyProvider::resolve");
        met.map_err(|fault| KeyError::Unreadable { origin: KeySource::Memory, cause: fault.into() })?;
        self.inner.resolve().await
    }
}
