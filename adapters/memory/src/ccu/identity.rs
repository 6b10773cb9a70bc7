//! Who a central in memory is, whether it can be asked, and what a diagnosis of it shows.
//!
//! Does NOT say what hangs on it.

use super::CcuCall;
use super::gateway::MemoryGateway;
use async_trait::async_trait;
use loom_domain::ccu::CcuFacts;
use loom_domain::ports::{CcuDiagnosis, CcuError, CcuFinding, CcuFindingOutcome, CcuIdentity};

#[async_trait]
impl CcuIdentity for MemoryGateway {
    async fn identity(&self) -> Result<CcuFacts, CcuError> {
        self.enter(CcuCall::Identity).await?;
        Ok(self.lock().facts.clone())
    }

    async fn is_ready(&self) -> Result<(), CcuError> {
        self.enter(CcuCall::IsReady).await
    }

    async fn farewell(&self) {
        self.ccu().count_call(CcuCall::Farewell);
        self.leave();
    }
}

#[async_trait]
impl CcuDiagnosis for MemoryGateway {
    async fn diagnose(&self) -> Vec<CcuFinding> {
        let entered = self.enter(CcuCall::Diagnose).await;
        let subject = "questions to the central".to_owned();
        vec![match entered {
            Ok(()) => CcuFinding {
                subject,
                outcome: CcuFindingOutcome::Fine,
                detail: "it answers".to_owned(),
                hint: None,
            },
            Err(error) => CcuFinding {
                subject,
                outcome: CcuFindingOutcome::Broken,
                hint: Some(advice(&error).to_owned()),
                detail: error.to_string(),
            },
        }]
    }
}

fn advice(error: &CcuError) -> &'static str {
    match error {
        CcuError::NotReady(_) => "wait until it has booted",
        CcuError::Unauthorized(_) => "check user name and password",
        CcuError::Unavailable(_) => "check that it is switched on",
        _ => "restart it",
    }
}
