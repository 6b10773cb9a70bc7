//! A few threads that work on items in parallel and hand them back in the order they came.
//!
//! Does NOT read or write anything and does not bound the number of items in flight: its owner owns the buffers,
//! and by that the bound.

use std::collections::VecDeque;
use std::io;
use std::num::NonZero;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

/// Blocks that exist at once in a writer or reader: two per worker to keep it busy, and two at the owner's hands.
pub(super) const BLOCKS: usize = 6;

/// More workers than blocks can feed would only cost memory.
const WORKERS_MAX: usize = 4;

/// Threads are joined on drop; as workers never do I/O, that takes as long as the items in flight.
pub(super) struct OrderedPool<T> {
    jobs: Option<Sender<Job<T>>>,
    waiting: VecDeque<Receiver<T>>,
    workers: Vec<JoinHandle<()>>,
}

struct Job<T> {
    item: T,
    done: Sender<T>,
}

impl<T: Send + 'static> OrderedPool<T> {
    /// Starts `workers` threads; `make` builds the work of each.
    pub(super) fn new<F>(name: &str, workers: NonZero<usize>, make: impl Fn() -> F) -> io::Result<Self>
    where
        F: FnMut(&mut T) + Send + 'static,
    {
        let (jobs, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let mut pool =
            Self { jobs: Some(jobs), waiting: VecDeque::with_capacity(BLOCKS), workers: Vec::new() };
        for _ in 0..workers.get() {
            let (queue, mut work) = (Arc::clone(&queue), make());
            let thread = thread::Builder::new().name(name.to_owned());
            pool.workers.push(thread.spawn(move || {
                while let Some(Job { mut item, done }) = take_job(&queue) {
                    work(&mut item);
                    // Nobody waits any more when the owner was dropped.
                    let _ = done.send(item);
                }
            })?);
        }
        Ok(pool)
    }

    /// Queues an item.
    pub(super) fn submit(&mut self, item: T) {
        let (done, result) = mpsc::channel();
        self.waiting.push_back(result);
        if let Some(jobs) = &self.jobs {
            // Without workers the item and its `done` are dropped here, which `oldest` reports.
            let _ = jobs.send(Job { item, done });
        }
    }

    /// Waits for the oldest item; `None` when none is in flight.
    pub(super) fn oldest(&mut self) -> Option<io::Result<T>> {
        let result = self.waiting.pop_front()?;
        Some(result.recv().map_err(|_| io::Error::other("a worker thread stopped unexpectedly")))
    }
}

impl<T> Drop for OrderedPool<T> {
    fn drop(&mut self) {
        self.jobs = None;
        for worker in self.workers.drain(..) {
            // A worker's panic was already reported by `oldest`, or nobody wants its item any more.
            let _ = worker.join();
        }
    }
}

/// One worker per core, within what the blocks in flight can feed.
pub(super) fn default_workers() -> NonZero<usize> {
    let cores = thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
    NonZero::new(cores.get().min(WORKERS_MAX)).unwrap_or(NonZero::<usize>::MIN)
}

fn take_job<T>(queue: &Mutex<Receiver<T>>) -> Option<T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_come_back_in_order_whoever_finishes_first() {
        let workers = NonZero::new(3).unwrap();
        let mut pool = OrderedPool::new("test", workers, || {
            |item: &mut u64| {
                // The even ones take longer.
                for _ in 0..(1 - *item % 2) * 200_000 {
                    std::hint::black_box(&item);
                }
                *item *= 10;
            }
        })
        .unwrap();
        (0..50).for_each(|n| pool.submit(n));
        for n in 0..50 {
            assert_eq!(pool.oldest().unwrap().unwrap(), n * 10);
        }
        assert!(pool.oldest().is_none());
    }

    #[test]
    fn a_worker_that_panics_is_an_error_not_a_hang() {
        let mut pool = OrderedPool::new("test", NonZero::<usize>::MIN, || {
            |item: &mut u8| assert_ne!(*item, 1, "on purpose")
        })
        .unwrap();
        (0..3).for_each(|n| pool.submit(n));
        assert_eq!(pool.oldest().unwrap().unwrap(), 0);
        assert!(pool.oldest().unwrap().is_err());
        assert!(pool.oldest().unwrap().is_err());
    }
}
