//! What hangs on a central, as it describes it: the role `CcuDevices`, over whichever way to an interface is open.
//!
//! Does NOT read values, only descriptions: values would go over radio. Does NOT cache anything but the way.

mod descriptions;
mod simpler;
mod ways;

use crate::http::HttpClient;
use crate::interfaces::Interfaces;
use crate::json_calls::{JsonCalls, JsonFailure};
use crate::rpc::Fault;
use async_trait::async_trait;
use futures_util::future::join_all;
use loom_domain::ccu::CcuAccess;
use loom_domain::ports::{CcuDeviceList, CcuDevices, CcuError, ParamsetAnswer};
use serde_json::{Map, Value, json};
use std::sync::Arc;
use ways::Ways;

pub(crate) use ways::{Told, Way};

/// What is asked of an interface.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Question<'a> {
    /// Whether it answers.
    Methods,
    /// Devices and channels.
    Devices,
    /// One paramset of one of them.
    Paramset { address: &'a str, key: &'a str },
}

/// Reads what hangs on one central. One question at a time goes to each interface.
pub(crate) struct Devices {
    configured: Vec<String>,
    interfaces: Arc<Interfaces>,
    json: Arc<dyn JsonCalls>,
    ways: Ways,
}

impl Devices {
    /// Reads over `http`, and over `json` where the interfaces are closed.
    pub(crate) fn new(access: Arc<CcuAccess>, http: HttpClient, json: Arc<dyn JsonCalls>) -> Self {
        let interfaces = Arc::new(Interfaces::new(&access, http.clone()));
        Self {
            configured: access.interfaces.clone(),
            ways: Ways::new(&access, http, interfaces.clone(), json.clone()),
            interfaces,
            json,
        }
    }

    /// Where an interface is looked for.
    pub(crate) fn interfaces(&self) -> &Interfaces {
        &self.interfaces
    }

    /// Asks an interface for a sign of life; says over which way it came.
    pub(crate) async fn try_interface(&self, interface: &str) -> Result<Way, CcuError> {
        self.ways.ask(interface, Question::Methods).await.map(|told| told.way)
    }

    /// Without the JSON API, the interfaces in use are those that answer.
    async fn answering_interfaces(&self, why: CcuError) -> Result<Vec<String>, CcuError> {
        let names = Interfaces::known();
        let tries = join_all(names.iter().map(|name| self.ways.knock(name))).await;
        let mut answering = Vec::new();
        let mut starting = None;
        for (name, tried) in names.into_iter().zip(tries) {
            match tried {
                Ok(()) => answering.push(name),
                Err(CcuError::NotReady(why)) => starting = Some(CcuError::NotReady(why)),
                Err(_) => {}
            }
        }
        match (answering.is_empty(), why, starting) {
            (false, ..) => Ok(answering),
            (true, why @ CcuError::Unavailable(_), Some(starting)) => {
                tracing::debug!(%why, "the JSON API does not answer either");
                Err(starting)
            }
            (true, why, _) => Err(why),
        }
    }
}

#[async_trait]
impl CcuDevices for Devices {
    async fn list_interfaces(&self) -> Result<Vec<String>, CcuError> {
        if !self.configured.is_empty() {
            return Ok(self.configured.clone());
        }
        let why = match self.json.call("Interface.listInterfaces", Map::new()).await {
            Ok(listed) => match self.interfaces.learn(&listed) {
                Some(names) => return Ok(names),
                None => CcuError::Misbehaved("its list of interfaces is none".to_owned()),
            },
            Err(JsonFailure::Ccu(error)) => error,
            Err(JsonFailure::Answered { code, message }) => {
                CcuError::Refused(format!("it does not list its interfaces: `{message}`, code {code}"))
            }
        };
        match why {
            CcuError::NotReady(_) => Err(why),
            why => self.answering_interfaces(why).await,
        }
    }

    async fn list_ccu_devices(&self, interface: &str) -> Result<CcuDeviceList, CcuError> {
        let told = self.ways.ask(interface, Question::Devices).await?;
        let simplified = told.way == Way::Json;
        match told.answer {
            Ok(list) => Ok(CcuDeviceList { devices: descriptions::devices(list, interface)?, simplified }),
            Err(fault @ Fault { code: -1, .. }) => {
                Err(CcuError::NotReady(format!("`{interface}` does not list its devices ({fault})")))
            }
            Err(fault) => {
                Err(CcuError::Refused(format!("`{interface}` does not list its devices ({fault})")))
            }
        }
    }

    async fn describe_paramset(
        &self,
        interface: &str,
        address: &str,
        paramset_key: &str,
    ) -> Result<ParamsetAnswer, CcuError> {
        let question = Question::Paramset { address, key: paramset_key };
        match self.ways.ask(interface, question).await?.answer {
            Ok(described) => descriptions::paramset(described, address, paramset_key),
            Err(fault) => descriptions::missing_paramset(fault, interface, address),
        }
    }
}

impl Question<'_> {
    fn method(self) -> (&'static str, Vec<Value>) {
        match self {
            Self::Methods => ("system.listMethods", Vec::new()),
            Self::Devices => ("listDevices", Vec::new()),
            Self::Paramset { address, key } => ("getParamsetDescription", vec![json!(address), json!(key)]),
        }
    }
}

#[cfg(test)]
mod tests;
