//! Progress on a terminal: bytes, rate and time to go. Silent everywhere else.
//!
//! Does NOT print results.

use crate::interrupt;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use loom_domain::ports::{Progress, Silent, Stage};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A bar where somebody watches, nothing where nobody does.
pub(crate) fn for_operator(json: bool) -> Arc<dyn Progress> {
    if json || !std::io::stderr().is_terminal() {
        Arc::new(Watched(Silent))
    } else {
        Arc::new(Watched(Bar::default()))
    }
}

/// Tells the signal handling when live files begin to be replaced.
struct Watched<P>(P);

impl<P: Progress> Progress for Watched<P> {
    fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>) {
        if stage == Stage::Apply {
            interrupt::must_finish();
        }
        self.0.begin(stage, object, total_bytes);
    }

    fn reached(&self, bytes: u64) {
        self.0.reached(bytes);
    }
}

#[derive(Default)]
struct Bar {
    current: Mutex<Option<ProgressBar>>,
}

impl Progress for Bar {
    fn begin(&self, stage: Stage, object: &str, total_bytes: Option<u64>) {
        let verb = match stage {
            Stage::Snapshot => "snapshot",
            Stage::Pack => "pack",
            Stage::Read => "read",
            Stage::Check => "check",
            Stage::Apply => "put in place",
        };
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total).with_style(style(
                "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
            )),
            None => ProgressBar::new_spinner().with_style(style("{msg} {spinner} {binary_bytes} {elapsed}")),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar.set_message(format!("{verb} {object}"));
        if let Some(before) = self.current.lock().unwrap_or_else(PoisonError::into_inner).replace(bar) {
            before.finish_and_clear();
        }
    }

    fn reached(&self, bytes: u64) {
        if let Some(bar) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_position(bytes);
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = self.current.get_mut().unwrap_or_else(PoisonError::into_inner) {
            bar.finish_and_clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
