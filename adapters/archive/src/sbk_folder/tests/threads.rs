//! What stagings ask of the threads that block, and what is left when one is given up while a thread is at work for it.

use super::*;
use std::sync::mpsc;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};
use tokio::task::{JoinHandle, spawn_blocking};

/// Enough for a piece of its own.
const PIECE: usize = 256 << 10;

/// Has a single thread that blocks, as if all others were taken.
fn one_thread() -> Runtime {
    Builder::new_current_thread().enable_all().max_blocking_threads(1).build().unwrap()
}

/// Takes the thread until it is told to go on.
struct Taken(mpsc::Sender<()>, JoinHandle<()>);

impl Taken {
    async fn new() -> Self {
        let (go_on, told) = mpsc::channel::<()>();
        let (begin, begun) = tokio::sync::oneshot::channel();
        let taken = spawn_blocking(move || {
            begin.send(()).unwrap();
            _ = told.recv();
        });
        begun.await.unwrap();
        Self(go_on, taken)
    }

    /// Lets everything that waits for the thread run.
    async fn free(self) {
        drop(self.0);
        self.1.await.unwrap();
        spawn_blocking(|| ()).await.unwrap();
    }
}

/// Goes as far with `work` as it goes without waiting, then drops it.
async fn begin_and_drop(work: impl Future) {
    tokio::select! {
        biased;
        _ = work => panic!("it needed no thread"),
        () = std::future::ready(()) => {}
    }
}

#[test]
fn stagings_that_wait_for_bytes_hold_no_thread() {
    let (_parent, folder) = folder();
    one_thread().block_on(async {
        let bytes = samples::good_sbk_of("3.87.6", 2 * PIECE);
        let (first, rest) = bytes.split_at(PIECE + 1);
        let work = async {
            let mut stagings = Vec::new();
            for n in 0..20 {
                let mut staging = folder.begin(&id(&format!("s{n}"))).await.unwrap();
                if n % 2 == 0 {
                    staging.write(Bytes::copy_from_slice(first)).await.unwrap();
                }
                stagings.push(staging);
            }
            let mut last = stagings.swap_remove(18);
            last.write(Bytes::copy_from_slice(rest)).await.unwrap();
            assert!(last.judge(None).await.unwrap().is_good());
            last.commit().await.unwrap();
            folder.list().await.unwrap().len()
        };
        let stored = tokio::time::timeout(Duration::from_secs(120), work).await;
        assert_eq!(stored.expect("a staging holds the thread"), 1);
    });
}

#[tokio::test]
async fn nothing_is_made_before_bytes_come() {
    let (_parent, folder) = folder();
    let mut staging = folder.begin(&id("a")).await.unwrap();
    assert_eq!(names(&folder), [".nobackup"]);
    assert!(!staging.judge(None).await.unwrap().is_good());
    staging.judge(None).await.unwrap_err();
    assert!(matches!(staging.commit().await, Err(CcuFilesError::NotGood)));
}

#[test]
fn a_commit_that_is_given_up_before_the_rename_publishes_nothing() {
    let (_parent, folder) = folder();
    one_thread().block_on(async {
        let mut staging = folder.begin(&id("a")).await.unwrap();
        staging.write(samples::good_sbk("3.87.6").into()).await.unwrap();
        assert!(staging.judge(None).await.unwrap().is_good());
        let taken = Taken::new().await;
        begin_and_drop(staging.commit()).await;
        taken.free().await;
        assert_eq!(names(&folder), [".nobackup"]);
    });
}

#[test]
fn a_staging_that_is_dropped_while_a_piece_is_written_leaves_nothing() {
    let (_parent, folder) = folder();
    let piece = Bytes::from(samples::good_sbk_of("3.87.6", 2 * PIECE)).slice(..PIECE);
    one_thread().block_on(async {
        for written_before in [0, 1] {
            let mut staging = folder.begin(&id("a")).await.unwrap();
            for _ in 0..written_before {
                staging.write(piece.clone()).await.unwrap();
                // The next one waits for nothing but its own turn.
                spawn_blocking(|| ()).await.unwrap();
            }
            let taken = Taken::new().await;
            match written_before {
                0 => begin_and_drop(staging.write(piece.clone())).await,
                _ => staging.write(piece.clone()).await.unwrap(),
            }
            drop(staging);
            assert_eq!(names(&folder), [".nobackup"]);
            taken.free().await;
            assert_eq!(names(&folder), [".nobackup"]);
        }
    });
}
