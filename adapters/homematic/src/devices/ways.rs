//! Ways to an interface: XML-RPC, BIN-RPC, or the JSON API when a firewall keeps the interface closed. The one that worked
//! is taken first the next time.
//!
//! Does NOT read what was answered (`descriptions`).

use super::Question;
use super::simpler::{self, NoAnswer};
use crate::bin_rpc;
use crate::http::HttpClient;
use crate::interfaces::{Door, Interfaces};
use crate::json_calls::JsonCalls;
use crate::rpc::{Answer, RpcError};
use crate::xml_rpc::XmlRpc;
use loom_domain::ccu::{CcuAccess, CcuPatience};
use loom_domain::ports::CcuError;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// How long the JSON API is taken without looking whether the interface is open again.
const DETOUR: Duration = Duration::from_secs(10 * 60);

/// How a question got its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the interface itself.
    Xml,
    /// From the interface itself, in binary.
    Bin,
    /// From the central, which asked the interface: types of values and some fields get lost.
    Json,
}

/// An answer and how it came.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) answer: Answer,
    pub(crate) way: Way,
}

/// All ways to all interfaces of one central.
pub(super) struct Ways {
    xml: XmlRpc,
    json: Arc<dyn JsonCalls>,
    interfaces: Arc<Interfaces>,
    patience: CcuPatience,
    lanes: Mutex<BTreeMap<String, Arc<Lane>>>,
}

/// The way that worked last, and since when. Locked while a question is under way: an interface answers one at a time.
type Lane = tokio::sync::Mutex<Option<(Way, Instant)>>;

impl Ways {
    pub(super) fn new(
        access: &CcuAccess,
        http: HttpClient,
        interfaces: Arc<Interfaces>,
        json: Arc<dyn JsonCalls>,
    ) -> Self {
        let user = access.username.clone().zip(access.password.clone());
        Self {
            xml: XmlRpc::new(http, user, access.patience.retry_after),
            json,
            interfaces,
            patience: access.patience,
            lanes: Mutex::default(),
        }
    }

    /// Asks an interface. One that nobody knows is `Refused`.
    pub(super) async fn ask(&self, interface: &str, question: Question<'_>) -> Result<Told, CcuError> {
        let door = self.door(interface)?;
        let lane = self.lane(interface);
        let mut lane = lane.lock().await;
        let worked = lane.filter(|(way, since)| *way != Way::Json || since.elapsed() < DETOUR);
        let known = worked.map(|(way, _)| way);
        if known == Some(Way::Json) {
            let told = simpler::ask(&*self.json, interface, question).await;
            if matches!(told, Err(NoAnswer::Unasked(_))) {
                *lane = None;
            }
            return Ok(told?);
        }
        let why = match self.direct(&door, known, question).await {
            Ok(told) => {
                *lane = Some((told.way, Instant::now()));
                return Ok(told);
            }
            Err(why) => why,
        };
        if why.is_unreachable() || why.is_another_protocol() {
            *lane = None;
        }
        // A port that takes calls and answers none may have a front end before it that does not know the interface.
        let worth_a_detour = why.is_unreachable() || (why.is_silence() && known.is_none());
        if !worth_a_detour {
            return Err(why.into());
        }
        match simpler::ask(&*self.json, interface, question).await {
            Ok(told) => {
                tracing::debug!(interface, %why, "the interface does not answer; taking the JSON API");
                *lane = Some((Way::Json, Instant::now()));
                Ok(told)
            }
            // That the central has no such interface says more than that nobody listens.
            Err(NoAnswer::Told(told)) => Err(told),
            Err(NoAnswer::Unasked(starting @ CcuError::NotReady(_))) => Err(starting),
            Err(NoAnswer::Unasked(error)) => {
                tracing::debug!(interface, %error, "the JSON API does not help either");
                Err(why.into())
            }
        }
    }

    /// Whether an interface answers by itself.
    pub(super) async fn knock(&self, interface: &str) -> Result<(), CcuError> {
        let door = self.door(interface)?;
        let lane = self.lane(interface);
        let _one_at_a_time = lane.lock().await;
        self.direct(&door, None, Question::Methods).await?;
        Ok(())
    }

    /// Asks the interface itself. While nobody knows what it speaks, the other protocol is tried as well.
    async fn direct(
        &self,
        door: &Door,
        known: Option<Way>,
        question: Question<'_>,
    ) -> Result<Told, RpcError> {
        let first = known.unwrap_or(if door.binary { Way::Bin } else { Way::Xml });
        let why = match self.once(door, first, question).await {
            Err(why) if why.is_another_protocol() && known.is_none() => why,
            told => return told,
        };
        let second = if first == Way::Bin { Way::Xml } else { Way::Bin };
        // Without TLS there is nothing binary behind a port with it.
        if second == Way::Bin && door.at.tls() {
            return Err(why);
        }
        self.once(door, second, question).await.map_err(|_| why)
    }

    async fn once(&self, door: &Door, way: Way, question: Question<'_>) -> Result<Told, RpcError> {
        let (method, params) = question.method();
        let answer = match way {
            Way::Bin => bin_rpc::call(&door.at, method, &params, &self.patience).await?,
            _ => self.xml.call(&door.at, door.path, method, &params).await?,
        };
        Ok(Told { answer, way })
    }

    fn door(&self, interface: &str) -> Result<Door, CcuError> {
        self.interfaces.door(interface).ok_or_else(|| {
            CcuError::Refused(format!(
                "it has no interface `{interface}`\nhint: check `interfaces` of the central, and name its port in `ports`"
            ))
        })
    }

    fn lane(&self, interface: &str) -> Arc<Lane> {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.entry(interface.to_owned()).or_default().clone()
    }
}
