//! What an earlier life of the daemon, or a job that broke off, left: records and files of CCU backups are brought in line.
//!
//! Does NOT decide what becomes of each (`usecases::TakeUpCcuBackups`); it says so in the log.

use super::{CcuBackups, Inner};
use loom_domain::ccu_backup::CcuBackup;
use loom_domain::ccu_failure::{CcuFailure, CcuFailureKind};
use loom_domain::central::CentralName;
use loom_domain::ports::StoredSbk;
use loom_domain::usecases::{TakeUpCcuBackups, TakenUp};
use std::sync::Arc;

impl CcuBackups {
    /// Ends what was cut off, and gives the files without a record. To be called before anything can be begun.
    pub async fn close(&self) -> Vec<StoredSbk> {
        match self.inner.take_up().close().await {
            Ok((taken, strays)) => {
                tell(&taken);
                strays
            }
            Err(error) => {
                tracing::error!(%error, "the CCU backups could not be taken up");
                Vec::new()
            }
        }
    }

    /// Reads files without a record to their end and records them; other work goes on meanwhile.
    pub async fn adopt(&self, strays: Vec<StoredSbk>, centrals: &[CentralName]) {
        self.inner.refresh_figures(centrals).await;
        if strays.is_empty() {
            return;
        }
        tracing::info!(files = strays.len(), "files of CCU backups without a record are read");
        let mut taken = TakenUp::default();
        if let Err(error) = self.inner.take_up().adopt(strays, centrals, &mut taken).await {
            tracing::error!(%error, "not all CCU backups could be taken up");
        }
        tell(&taken);
        self.inner.refresh_figures(centrals).await;
    }
}

impl Inner {
    /// Ends the records of the central of `next` that no job is at any more, because it broke off and could not end them
    /// itself. That can take as long as reading their files; to be called by the job that takes `next`.
    pub(super) async fn end_what_broke_off(&self, next: &CcuBackup) {
        let words = "the job that took it broke off\nhint: the log of the daemon tells more; start it again";
        let why = CcuFailure::of(CcuFailureKind::Other, &words);
        match self.take_up().close_what_broke_off(next, &why).await {
            Ok(taken) => tell(&taken),
            // The next backup tries again; this one need not suffer.
            Err(error) => tracing::error!(%error, "the CCU backups could not be taken up"),
        }
    }

    fn take_up(&self) -> TakeUpCcuBackups {
        let ports = &self.ports;
        TakeUpCcuBackups {
            files: Arc::clone(&ports.files),
            judging: Arc::clone(&ports.judging),
            records: Arc::clone(&ports.records),
            clock: Arc::clone(&ports.clock),
            watch: Arc::clone(&ports.watch),
        }
    }
}

fn tell(taken: &TakenUp) {
    for record in &taken.cut_off {
        tracing::warn!(backup = %record.id, "CCU backup was cut off");
    }
    for record in taken.completed.iter().chain(&taken.adopted) {
        tracing::info!(backup = %record.id, state = ?record.state, "file of a CCU backup taken up");
    }
    for problem in &taken.problems {
        tracing::warn!(%problem, "a CCU backup could not be taken up");
    }
}
