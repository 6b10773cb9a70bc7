//! The suite of [`RestoreTarget`] and [`Claim`](loom_domain::ports::Claim).
//!
//! Does NOT make or read live files itself: the adapter's test supplies a [`TargetBed`].

mod afterwards;
mod cases;
mod states;

pub use afterwards::*;
pub use cases::*;

use loom_domain::ports::RestoreTarget;
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A data dir under test, which exists and is empty at first.
pub trait TargetBed: Send + Sync {
    /// The port on this data dir; each call gives another one, as another process would have.
    fn port(&self) -> Arc<dyn RestoreTarget>;
    /// Writes a live file in place of what is there; creates its parents.
    fn put_file(&self, path: &str, bytes: &[u8]);
    /// Removes a live file, if it exists.
    fn remove_file(&self, path: &str);
    /// All live files: without undo set, work files and locks.
    fn files(&self) -> BTreeMap<String, Vec<u8>>;
    /// Everything there is but locks, in any form that shows a change; `None` if there is no data dir.
    fn everything(&self) -> Option<String>;
    /// Whether an unfinished restore left anything behind.
    fn has_work_files(&self) -> bool;
    /// Whether the data dir is readable by its owner only.
    fn is_private(&self) -> bool;
    /// Removes the data dir.
    fn remove_data_dir(&self);
    /// Holds the data dir as a running daemon does until the guard is dropped; gives what `Busy` names it by.
    fn hold_as_daemon(&self) -> (Box<dyn Any + Send>, String);
    /// A port that dies right before its step `step`, counted from 0 over all it does, and does nothing from then on.
    fn dying_port(&self, step: usize) -> Arc<dyn RestoreTarget>;
}

/// Tests that a restore target keeps its contract.
#[macro_export]
macro_rules! restore_target_contract {
    ($fresh:expr) => {
        $crate::contract_cases!(
            restore_target,
            $fresh,
            [
                a_survey_tells_databases_from_files_and_changes_nothing,
                a_survey_leaves_out_what_is_no_state,
                a_survey_tells_what_stands_beside_the_files,
                a_survey_of_a_missing_data_dir_says_nothing_is_there,
                a_claim_creates_a_missing_data_dir_privately,
                a_second_claim_is_busy,
                a_claim_beside_a_daemon_is_busy_and_names_it,
                a_dropped_claim_leaves_the_data_dir_as_it_was,
                apply_puts_staged_files_in_place_and_sets_aside_what_they_replace,
                apply_puts_copies_of_live_files_in_place,
                apply_makes_folders,
                what_is_in_the_way_blocks_and_nothing_is_touched,
                an_interrupted_apply_ends_wholly_old_or_wholly_new,
                an_interrupted_undo_ends_wholly_old_or_wholly_new,
                an_undo_that_finds_an_interrupted_one_only_completes_that,
                undo_brings_back_the_state_before,
                undo_of_undo_brings_the_restored_state_back,
                a_key_that_an_undo_replaces_is_kept,
                a_key_that_lies_in_the_undo_set_alone_outlives_it,
                no_key_file_that_was_added_since_beats_the_one_an_undo_brings_back,
                there_is_one_undo_set,
                undo_without_an_undo_set_is_nothing_to_undo,
                recovery_of_an_idle_data_dir_does_nothing,
            ]
        );
    };
}
