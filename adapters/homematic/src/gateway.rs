//! The way to one Homematic central: what the rooms of this crate have to do with each other.
//!
//! Does NOT speak any protocol itself, and touches nothing before the first call.

use crate::devices::Devices;
use crate::diagnosis;
use crate::http::HttpClient;
use crate::json::JsonRpc;
use crate::json_calls::JsonCalls;
use crate::pages::{Offer, WebPages};
use crate::session::Session;
use crate::uptime;
use async_trait::async_trait;
use loom_domain::ccu::CcuAccess;
use loom_domain::ports::{
    CcuDeviceList, CcuDevices, CcuDiagnosis, CcuError, CcuFinding, CcuGateway, CcuGateways, CcuRestoreError,
    CcuRestoring, CcuSystemBackup, Content, CreatedSystemBackup, OfferedSystemBackup, ParamsetAnswer,
};
use loom_domain::secret::SecretText;
use serde_json::Map;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A gateway to one central. It holds at most one session there, from the first call that needs one until the farewell.
pub struct HomematicGateway {
    pub(crate) access: Arc<CcuAccess>,
    pub(crate) http: HttpClient,
    pub(crate) session: Arc<Session>,
    pages: WebPages,
    devices: Devices,
    offer: Mutex<Option<Offer>>,
}

/// Makes gateways to Homematic centrals.
#[derive(Debug, Clone, Copy, Default)]
pub struct HomematicGateways;

impl HomematicGateway {
    /// A gateway to the central behind `access`. Nothing is sent yet.
    pub fn new(access: CcuAccess) -> Self {
        Self::with(Arc::new(access), Session::new)
    }

    fn with(access: Arc<CcuAccess>, session: impl FnOnce(&CcuAccess, JsonRpc) -> Session) -> Self {
        let http = HttpClient::new(&access);
        let session = Arc::new(session(&access, JsonRpc::new(http.clone())));
        let calls: Arc<dyn JsonCalls> = session.clone();
        Self {
            pages: WebPages::new(http.clone(), session.clone(), access.patience),
            devices: Devices::new(access.clone(), http.clone(), calls),
            access,
            http,
            session,
            offer: Mutex::new(None),
        }
    }

    fn set_offer(&self, offer: Option<Offer>) -> Option<Offer> {
        std::mem::replace(&mut self.offer.lock().unwrap_or_else(PoisonError::into_inner), offer)
    }
}

impl CcuGateways for HomematicGateways {
    fn gateway(&self, access: CcuAccess) -> Arc<dyn CcuGateway> {
        Arc::new(HomematicGateway::new(access))
    }
}

#[async_trait]
impl CcuSystemBackup for HomematicGateway {
    async fn create_system_backup(&self) -> Result<CreatedSystemBackup, CcuError> {
        self.pages.create_system_backup().await
    }
}

#[async_trait]
impl CcuRestoring for HomematicGateway {
    async fn offer_system_backup(
        &self,
        bytes: u64,
        content: Box<dyn Content>,
    ) -> Result<OfferedSystemBackup, CcuRestoreError> {
        // Whatever was offered before is overwritten on the central, even by an offer it refuses.
        self.set_offer(None);
        let (offer, offered) = self.pages.offer(bytes, content).await?;
        self.set_offer(Some(offer));
        Ok(offered)
    }

    async fn apply_offer(&self, key: Option<&SecretText>) -> Result<(), CcuRestoreError> {
        match self.set_offer(None) {
            Some(offer) => self.pages.apply(offer, key).await,
            None => Err(CcuError::Refused("nothing was offered to it".to_owned()).into()),
        }
    }

    async fn restart(&self) -> Result<(), CcuError> {
        self.pages.restart().await
    }

    async fn up_for(&self) -> Result<Duration, CcuError> {
        uptime::ask(&self.session).await
    }

    async fn revive(&self) -> Result<(), CcuError> {
        self.session.ask("User.restartHmIPServer", Map::new()).await?;
        Ok(())
    }
}

#[async_trait]
impl CcuDevices for HomematicGateway {
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError> {
        self.devices.list_interfaces().await
    }

    async fn list_ccu_devices(&self, interface: &str) -> Result<CcuDeviceList, CcuError> {
        self.devices.list_ccu_devices(interface).await
    }

    async fn describe_paramset(
        &self,
        interface: &str,
        address: &str,
        paramset_key: &str,
    ) -> Result<ParamsetAnswer, CcuError> {
        self.devices.describe_paramset(interface, address, paramset_key).await
    }
}

#[async_trait]
impl CcuDiagnosis for HomematicGateway {
    async fn diagnose(&self) -> Vec<CcuFinding> {
        // A patient login outlasts a diagnosis, which is to tell why there is no session; so it asks for one of its own.
        let hasty = Self::with(self.access.clone(), Session::asked_for_once);
        let findings = diagnosis::diagnose(&hasty.access, &hasty.http, &hasty.devices, &hasty).await;
        hasty.session.end().await;
        findings
    }
}

impl std::fmt::Debug for HomematicGateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HomematicGateway").field("access", &self.access).finish_non_exhaustive()
    }
}
