//! Content that fails at one chosen chunk.
//!
//! Does NOT wrap a port: the ports that hand out content do.

use super::FaultPlan;
use async_trait::async_trait;
use bytes::Bytes;
use loom_domain::ports::{Content, ReadError};

pub(super) struct FaultyContent {
    pub(super) inner: Box<dyn Content>,
    pub(super) plan: FaultPlan,
}

#[async_trait]
#[deny(clippy::missing_trait_methods)]
impl Content for FaultyContent {
    async fn next_chunk(&mut self) -> Result<Option<Bytes>, ReadError> {
        let met = self.plan.meet("Content::next_chunk");
        met.map_err(|fault| ReadError { path: "content".to_owned(), source: fault.into() })?;
        self.inner.next_chunk().await
    }
}
