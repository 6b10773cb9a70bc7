//! A panic becomes an error line: where, on which thread, and its message if it is a literal.
//!
//! Does NOT print a message that was put together from values: they may be anything, a secret too.

use super::queue::Queue;
use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::time::Duration;

/// The process may be about to end; so long the line may take to leave it.
const FLUSH: Duration = Duration::from_millis(500);

/// Replaces the standard hook, which would print the message whatever it is.
pub(crate) fn install(queue: Queue) {
    std::panic::set_hook(Box::new(move |info| {
        report(info);
        queue.flush(FLUSH);
    }));
}

fn report(info: &PanicHookInfo<'_>) {
    let place = info.location().map(|place| format!("{}:{}:{}", place.file(), place.line(), place.column()));
    let place = place.unwrap_or_default();
    // A formatted message arrives as `String`; only a literal is `&'static str`.
    let message =
        info.payload().downcast_ref::<&'static str>().copied().unwrap_or("(put together, withheld)");
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("(unnamed)");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        tracing::error!(place, thread, message_literal = message, %backtrace, "panicked");
    } else {
        tracing::error!(place, thread, message_literal = message, "panicked");
    }
}

#[cfg(test)]
mod tests;
