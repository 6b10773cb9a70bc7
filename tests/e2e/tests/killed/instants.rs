//! When to kill: instants spread over a run, shared by two threads so that they take half as long.
//!
//! Two runs at a time disturb each other, so the instants are less even than they look. Does NOT judge what is left.

use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

pub(crate) const INSTANTS: u32 = 200;
const THREADS: u32 = 2;

/// Kills runs at one thread's share of the instants, from the start to a little after the usual end. `run_through` lets
/// one run undisturbed, to learn how long it takes just now; `kill` kills one.
pub(crate) fn spread<S>(
    thread: u32,
    state: &mut S,
    mut run_through: impl FnMut(&mut S),
    mut kill: impl FnMut(&mut S, Duration),
) {
    let mut took = Duration::ZERO;
    for turn in (0..INSTANTS).filter(|turn| turn % THREADS == thread) {
        if turn % 40 == thread {
            let started = Instant::now();
            run_through(state);
            took = started.elapsed();
        }
        // In no order, so that a machine that is slow for a while does not spoil one part of the run only.
        let at = turn * 67 % INSTANTS;
        kill(state, took * 11 * at / (10 * INSTANTS));
    }
}

/// Kills a run `at` this time after its start.
pub(crate) fn kill_at(command: &mut Command, at: Duration) {
    let started = Instant::now();
    let mut child = spawn(command);
    thread::sleep(at.saturating_sub(started.elapsed()));
    kill(&mut child);
}

/// Kills a run `delay` after `begun` says yes, if it comes so far.
pub(crate) fn kill_after(command: &mut Command, begun: impl Fn() -> bool, delay: Duration) {
    let mut child = spawn(command);
    while !begun() && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
    let begun = Instant::now();
    while begun.elapsed() < delay {
        std::hint::spin_loop();
    }
    kill(&mut child);
}

/// Runs `work` in all threads and adds up what they counted.
pub(crate) fn in_threads<const N: usize>(work: impl Fn(u32) -> [u32; N] + Sync) -> [u32; N] {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|thread| scope.spawn(move || work(thread))).collect();
        let counts = threads.into_iter().map(|thread| thread.join().unwrap());
        counts.fold([0; N], |sum, count| std::array::from_fn(|at| sum[at] + count[at]))
    })
}

fn spawn(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

fn kill(child: &mut Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}
