//! What becomes of a restore that the daemon's end cut off, judged by the step on record.
//!
//! Does NOT go on with it. The step is on record before it is taken, so what lies after it has not happened.

use crate::ccu_failure::{CcuFailure, CcuFailureKind};
use crate::ccu_restore::{CcuRestore, CcuRestoreState, CcuRestoreStep};

/// What to do with the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resumption {
    /// Nothing: it has ended.
    Nothing,
    /// Write this state, and no more without the operator.
    End(CcuRestoreState),
    /// Go on by itself: the central has the backup already, and everything that is left can be repeated.
    GoOn,
}

/// What becomes of `record` after the daemon ended, or after whoever ran the restore was dropped.
pub fn after_daemon_restart(record: &CcuRestore) -> Resumption {
    if record.has_ended() {
        return Resumption::Nothing;
    }
    match record.step {
        CcuRestoreStep::Preflight | CcuRestoreStep::SafetyBackup | CcuRestoreStep::Offer => {
            Resumption::End(CcuRestoreState::Failed(CcuFailure {
                kind: CcuFailureKind::Cancelled,
                reason: "the daemon ended before the backup was applied; nothing was changed on the central".to_owned(),
                hint: Some("start it again".to_owned()),
            }))
        }
        // A queued one has not acted at all, whatever its step says.
        _ if record.state == CcuRestoreState::Queued => Resumption::End(CcuRestoreState::Failed(CcuFailure {
            kind: CcuFailureKind::Cancelled,
            reason: "the daemon ended before the restore began; nothing was changed on the central".to_owned(),
            hint: Some("start it again".to_owned()),
        })),
        CcuRestoreStep::Apply => Resumption::End(CcuRestoreState::Interrupted {
            reason: "the daemon ended while the central took the backup over; it is unknown whether it did".to_owned(),
            hint: "look at the central; resume the restore to have it restart and be compared, or start a new restore"
                .to_owned(),
        }),
        CcuRestoreStep::Restart
        | CcuRestoreStep::WayBack
        | CcuRestoreStep::Compare
        | CcuRestoreStep::DropCaches => Resumption::GoOn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ccu_backup::CcuBackupId;
    use crate::ccu_restore::CcuRestoreId;
    use crate::central::CentralName;
    use jiff::Timestamp;

    fn cut_off_at(step: CcuRestoreStep, state: CcuRestoreState) -> Resumption {
        after_daemon_restart(&CcuRestore {
            id: CcuRestoreId::parse("r").unwrap(),
            backup: CcuBackupId::parse("b").unwrap(),
            target: CentralName::parse("ccu").unwrap(),
            step,
            state,
            safety_backup: None,
            created_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
        })
    }

    #[test]
    fn before_apply_nothing_was_changed_at_apply_nobody_knows_and_after_it_goes_on() {
        for step in CcuRestoreStep::ALL {
            let found = cut_off_at(step, CcuRestoreState::Running);
            match found {
                Resumption::End(CcuRestoreState::Failed(failure)) => {
                    assert!(step < CcuRestoreStep::Apply, "{step:?}");
                    assert!(failure.reason.contains("nothing was changed"));
                }
                Resumption::End(CcuRestoreState::Interrupted { .. }) => {
                    assert_eq!(step, CcuRestoreStep::Apply)
                }
                Resumption::GoOn => assert!(step > CcuRestoreStep::Apply, "{step:?}"),
                other => panic!("{step:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_ended_is_left_alone_and_what_waited_did_nothing() {
        let ended = CcuRestoreState::Completed { differences: Vec::new() };
        assert_eq!(cut_off_at(CcuRestoreStep::DropCaches, ended), Resumption::Nothing);
        let queued = cut_off_at(CcuRestoreStep::Restart, CcuRestoreState::Queued);
        assert!(matches!(queued, Resumption::End(CcuRestoreState::Failed(_))), "{queued:?}");
    }
}
