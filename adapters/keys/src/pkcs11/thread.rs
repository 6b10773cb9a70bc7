//! The one thread that calls PKCS#11 libraries: they block, some for ever, and many take one caller at a time.
//!
//! Does NOT end: a library that was loaded stays loaded, for unloading one that has threads of its own crashes.

use super::pin::Pin;
use cryptoki::context::Pkcs11;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// What the thread knows of libraries and tokens.
#[derive(Default)]
pub(super) struct Libraries {
    /// Libraries that are loaded and initialised.
    pub(super) loaded: HashMap<PathBuf, Pkcs11>,
    /// PINs that a token refused, by the token's library and label: none is tried twice.
    pub(super) refused: Vec<(PathBuf, String, Pin)>,
}

type Work = Box<dyn FnOnce(&mut Libraries) + Send>;

/// Runs `work` on the thread. `None` if it was not done in time: then it is not begun any more, or, if it was, nobody waits
/// for it.
pub(super) async fn run<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(&mut Libraries) -> T + Send + 'static,
) -> Option<T> {
    let (reply, answer) = oneshot::channel();
    let work: Work = Box::new(move |libraries| {
        if !reply.is_closed() {
            // Whoever gave up meanwhile does not want it any more.
            let _ = reply.send(work(libraries));
        }
    });
    queue()?.send(work).ok()?;
    tokio::time::timeout(limit, answer).await.ok()?.ok()
}

fn queue() -> Option<Sender<Work>> {
    static QUEUE: OnceLock<Option<Sender<Work>>> = OnceLock::new();
    let queue = QUEUE.get_or_init(|| {
        let (sender, receiver) = channel::<Work>();
        let serve = move || {
            let mut libraries = Libraries::default();
            receiver.into_iter().for_each(|work| work(&mut libraries));
        };
        std::thread::Builder::new().name("pkcs11".to_owned()).spawn(serve).ok().map(|_| sender)
    });
    queue.clone()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Barrier};

    #[tokio::test]
    async fn work_that_nobody_waits_for_any_more_is_not_begun() {
        let (gate, begun) = (Arc::new(Barrier::new(2)), Arc::new(AtomicBool::new(false)));
        let held = gate.clone();
        let first = tokio::spawn(run(Duration::from_secs(60), move |_| {
            held.wait();
        }));
        let flag = begun.clone();
        tokio::task::yield_now().await;
        let second = run(Duration::from_millis(20), move |_| flag.store(true, Ordering::SeqCst)).await;
        assert!(second.is_none());
        gate.wait();
        first.await.unwrap().unwrap();
        run(Duration::from_secs(60), |_| ()).await.unwrap();
        assert!(!begun.load(Ordering::SeqCst));
    }
}
