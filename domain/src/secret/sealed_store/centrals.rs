//! Sealing around the centrals role: passwords and API tokens.
//!
//! Does NOT change any other field.

use super::{SealedStore, Sealing};
use crate::central::{Central, CentralName};
use crate::ports::{Centrals, StoreError};
use async_trait::async_trait;

#[async_trait]
impl<S: Centrals + ?Sized> Centrals for SealedStore<S> {
    async fn list_centrals(&self) -> Result<Vec<Central>, StoreError> {
        Ok(self
            .inner
            .list_centrals()
            .await?
            .into_iter()
            .map(|central| self.sealing.open_central(central))
            .collect())
    }

    async fn find_central(&self, name: &CentralName) -> Result<Option<Central>, StoreError> {
        Ok(self.inner.find_central(name).await?.map(|central| self.sealing.open_central(central)))
    }

    async fn put_central(&self, central: &Central) -> Result<(), StoreError> {
        let mut sealed = central.clone();
        self.sealing.seal_central(&mut sealed)?;
        self.inner.put_central(&sealed).await
    }

    async fn remove_central(&self, name: &CentralName) -> Result<(), StoreError> {
        self.inner.remove_central(name).await
    }
}

impl Sealing {
    pub(super) fn seal_central(&self, central: &mut Central) -> Result<(), StoreError> {
        for (field, value) in [("password", &mut central.password), ("api token", &mut central.api_token)] {
            if let Some(secret) = value {
                *secret = self.seal_value(secret, &format!("the {field} of central `{}`", central.name))?;
            }
        }
        Ok(())
    }

    fn open_central(&self, mut central: Central) -> Central {
        central.password = central.password.map(|value| self.open_value(value));
        central.api_token = central.api_token.map(|value| self.open_value(value));
        central
    }
}
