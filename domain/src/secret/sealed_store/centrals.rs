//! Sealing around the centrals role: passwords and API tokens.
//!
//! Does NOT change any other field.

use super::{SealedStore, Sealing};
use crate::central::{Central, CentralName};
use crate::ports::{Centrals, StoreError};
use crate::secret::SecretPlace;
use async_trait::async_trait;

/// The columns of the secrets, as `secret::classify` names them.
const PASSWORD: &str = "password_plain";
const API_TOKEN: &str = "api_token_plain";

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
        let _turn = self.sealing.turn().await?;
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
        let name = central.name.as_str();
        for (field, column, value) in
            [("password", PASSWORD, &mut central.password), ("api token", API_TOKEN, &mut central.api_token)]
        {
            if let Some(secret) = value {
                let place = SecretPlace::of_central(name, column);
                *secret = self.seal_value(secret, &place, &format!("the {field} of central `{name}`"))?;
            }
        }
        Ok(())
    }

    fn open_central(&self, mut central: Central) -> Central {
        let place = |column| SecretPlace::of_central(central.name.as_str(), column);
        let (password, api_token) = (place(PASSWORD), place(API_TOKEN));
        central.password = central.password.map(|value| self.open_value(value, &password));
        central.api_token = central.api_token.map(|value| self.open_value(value, &api_token));
        central
    }
}
