//! The gate: changes to accounts go through it one at a time.
//!
//! Does NOT keep other processes out: the daemon is the only writer of its accounts, and the lock on its data dir sees
//! to that.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};

/// Lets one in at a time. Whoever waits does so without holding a thread; who comes next is not fixed.
#[derive(Default)]
pub(super) struct Gate(Arc<Mutex<Passage>>);

/// Being inside. Dropping it lets the next one in.
pub(super) struct Turn(Arc<Mutex<Passage>>);

#[derive(Default)]
struct Passage {
    taken: bool,
    waiting: Vec<Waker>,
}

impl Gate {
    /// Waits until nobody is inside.
    pub(super) async fn enter(&self) -> Turn {
        poll_fn(|context| {
            let mut passage = lock(&self.0);
            if !passage.taken {
                passage.taken = true;
                return Poll::Ready(Turn(Arc::clone(&self.0)));
            }
            if !passage.waiting.iter().any(|waker| waker.will_wake(context.waker())) {
                passage.waiting.push(context.waker().clone());
            }
            Poll::Pending
        })
        .await
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut passage = lock(&self.0);
        passage.taken = false;
        let waiting = std::mem::take(&mut passage.waiting);
        drop(passage);
        // All of them: one that gave up meanwhile must not swallow the only call.
        waiting.into_iter().for_each(Waker::wake);
    }
}

fn lock(passage: &Mutex<Passage>) -> MutexGuard<'_, Passage> {
    passage.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn one_at_a_time_and_everybody_once() {
        let gate = Arc::new(Gate::default());
        let (inside, passed) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let tasks: Vec<_> = (0..200)
            .map(|_| {
                let (gate, inside, passed) = (Arc::clone(&gate), Arc::clone(&inside), Arc::clone(&passed));
                tokio::spawn(async move {
                    let _turn = gate.enter().await;
                    assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                    tokio::task::yield_now().await;
                    inside.fetch_sub(1, Ordering::SeqCst);
                    passed.fetch_add(1, Ordering::SeqCst);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(passed.load(Ordering::SeqCst), 200);
    }

    #[tokio::test]
    async fn one_that_gives_up_keeps_nobody_waiting() {
        let gate = Arc::new(Gate::default());
        let turn = gate.enter().await;
        let waiters: Vec<_> = (0..2)
            .map(|_| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move { drop(gate.enter().await) })
            })
            .collect();
        tokio::task::yield_now().await;
        waiters[0].abort();
        drop(turn);
        for (waiter, gave_up) in waiters.into_iter().zip([true, false]) {
            assert_eq!(waiter.await.is_err(), gave_up);
        }
    }
}
