//! A chain of key sources, asked in order.
//!
//! Does NOT know what its sources are.

use async_trait::async_trait;
use loom_domain::ports::{KeyError, KeyProvider, ResolvedKey};
use std::sync::Arc;

/// The first source that has a key wins. A broken source is an error: falling through to a later one would seal
/// with a key the operator did not choose.
pub struct KeyChain {
    sources: Vec<Arc<dyn KeyProvider>>,
}

impl KeyChain {
    /// A chain that asks `sources` in this order.
    pub fn new(sources: Vec<Arc<dyn KeyProvider>>) -> Self {
        Self { sources }
    }
}

#[async_trait]
impl KeyProvider for KeyChain {
    async fn resolve(&self) -> Result<Option<ResolvedKey>, KeyError> {
        for source in &self.sources {
            if let Some(resolved) = source.resolve().await? {
                return Ok(Some(resolved));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EnvKey;
    use loom_domain::ports::KeySource;
    use loom_domain::secret::MasterKey;

    fn source(name: &str, value: Option<&'static str>) -> Arc<dyn KeyProvider> {
        Arc::new(EnvKey::new(name, move |_| value.map(Into::into)))
    }

    const ONES: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    const TWOS: &str = "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=";

    #[tokio::test]
    async fn the_first_source_that_has_a_key_wins() {
        for (first, second, byte, name) in [
            (Some(ONES), Some(TWOS), 1, "A"),
            (None, Some(TWOS), 2, "B"),
            (Some(ONES), Some("broken"), 1, "A"),
        ] {
            let chain = KeyChain::new(vec![source("A", first), source("B", second)]);
            let resolved = chain.resolve().await.unwrap().unwrap();
            assert_eq!(resolved.key, MasterKey::from_bytes([byte; 32]));
            assert_eq!(resolved.source, KeySource::Environment(name.to_owned()));
        }
    }

    #[tokio::test]
    async fn a_broken_earlier_source_never_falls_through() {
        let chain = KeyChain::new(vec![source("A", Some("broken")), source("B", Some(TWOS))]);
        let error = chain.resolve().await.unwrap_err();
        assert!(
            matches!(&error, KeyError::Malformed { origin: KeySource::Environment(name), .. } if name == "A")
        );
    }

    #[tokio::test]
    async fn a_chain_without_sources_has_no_key() {
        assert!(KeyChain::new(Vec::new()).resolve().await.unwrap().is_none());
    }
}
