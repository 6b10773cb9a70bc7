//! Progress on a terminal, of this program's work and of the daemon's: bytes, rate and time to go. Silent everywhere else.
//!
//! Does NOT print results.

use crate::daemon_client;
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
            Stage::Wait => "wait for",
            Stage::Fetch => "fetch",
            Stage::Send => "send",
        };
        self.show(format!("{verb} {object}"), total_bytes);
    }

    fn reached(&self, bytes: u64) {
        if let Some(bar) = &*self.current.lock().unwrap_or_else(PoisonError::into_inner) {
            bar.set_position(bytes);
        }
    }
}

impl Bar {
    fn show(&self, message: String, total_bytes: Option<u64>) {
        let bar = match total_bytes {
            Some(total) => ProgressBar::new(total).with_style(style(
                "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {binary_bytes_per_sec} {eta}",
            )),
            None => ProgressBar::new_spinner().with_style(style("{msg} {spinner} {binary_bytes} {elapsed}")),
        };
        bar.set_draw_target(ProgressDrawTarget::stderr());
        bar.enable_steady_tick(Duration::from_millis(200));
        bar.set_message(message);
        if let Some(before) = self.current.lock().unwrap_or_else(PoisonError::into_inner).replace(bar) {
            before.finish_and_clear();
        }
    }

    fn clear(&self) {
        if let Some(bar) = self.current.lock().unwrap_or_else(PoisonError::into_inner).take() {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.clear();
    }
}

/// How far the daemon says it is. Unlike work of this program, it goes on without it.
pub(crate) struct OfDaemon {
    bar: Option<Bar>,
    shown: Option<(String, Option<u64>)>,
}

impl OfDaemon {
    pub(crate) fn for_operator(json: bool) -> Self {
        let watched = !json && std::io::stderr().is_terminal();
        Self { bar: watched.then(Bar::default), shown: None }
    }

    /// A wait of unknown length, until it is dropped.
    pub(crate) fn waiting(json: bool, for_what: &str) -> Self {
        let waiting = Self::for_operator(json);
        if let Some(bar) = &waiting.bar {
            bar.show(for_what.to_owned(), None);
        }
        waiting
    }

    pub(crate) fn show(&mut self, progress: Option<&daemon_client::Progress>) {
        let (Some(bar), Some(progress)) = (&self.bar, progress) else { return };
        let now = (format!("{} {}", progress.stage, progress.object), progress.total_bytes);
        if self.shown.as_ref() != Some(&now) {
            // Words of the daemon may come from a central.
            bar.show(now.0.replace(char::is_control, " "), now.1);
            self.shown = Some(now);
        }
        bar.reached(progress.done_bytes);
    }

    /// Makes room for a line of text.
    pub(crate) fn clear(&mut self) {
        self.shown = None;
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
