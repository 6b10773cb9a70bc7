//! Sealing around the centrals role: passwords and API tokens.
//!
//! Does NOT change any other field.

use super::SealedStore;
use crate::central::{Central, CentralName};
use crate::ports::{Centrals, StoreError};
use async_trait::async_trait;

#[async_trait]
impl<S: Centrals + ?Sized> Centrals for SealedStore<S> {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        Ok(self.inner.list_centrals().await?.into_iter().map(|central| self.opened(central)).collect())
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        Ok(self.inner.find_central(name).await?.map(|central| self.opened(central)))
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        let mut sealed = central.clone();
        for (field, value) in [("password", &mut sealed.password), ("api token", &mut sealed.api_token)] {
            if let Some(secret) = value {
                *secret =
                    self.sealing.seal_value(secret, &format!("the {field} of central `{}`", central.name))?;
            }
        }
        self.inner.put_central(&sealed).await
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        self.inner.remove_central(name).await
    }
}

impl<S: ?Sized> SealedStore<S> {
    fn opened(&self, mut central: Central) -> Central {
        central.password = central.password.map(|value| self.sealing.open_value(value));
        central.api_token = central.api_token.map(|value| self.sealing.open_value(value));
        central
    }
}
