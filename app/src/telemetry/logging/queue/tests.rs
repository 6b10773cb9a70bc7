//! Whoever logs never waits, nothing gets mixed up, and what is lost is told.

use super::*;
use crate::telemetry::captured::{Kept, LONG};
use std::sync::mpsc::{Receiver, Sender, channel};

fn notice(lost: u64) -> String {
    format!("lost {lost}\n")
}

/// A sink whose reader has stopped reading: each write waits for leave.
struct Stalled {
    kept: Kept,
    reached: Sender<()>,
    leave: Receiver<()>,
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.reached.send(());
        let _ = self.leave.recv();
        self.kept.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn lines_of_many_threads_all_arrive_whole_and_each_thread_in_its_order() {
    let kept = Kept::default();
    let queue = Queue::start(Box::new(kept.clone()), notice).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let queue = queue.clone();
            scope.spawn(move || (0..1000).for_each(|n| queue.push(&format!("{thread} {n}\n"))));
        }
    });
    assert!(queue.flush(LONG));
    let text = kept.text();
    for thread in 0..4 {
        let mine = text.lines().filter_map(|line| line.strip_prefix(&format!("{thread} ")));
        assert_eq!(
            mine.map(|n| n.parse::<u32>().unwrap()).collect::<Vec<_>>(),
            (0..1000).collect::<Vec<_>>()
        );
    }
    assert_eq!(text.lines().count(), 4000);
}

#[test]
fn a_reader_that_stalls_costs_lines_and_never_the_one_who_logs() {
    let (kept, (reached, at_write), (let_go, leave)) = (Kept::default(), channel(), channel());
    let queue = Queue::start(Box::new(Stalled { kept: kept.clone(), reached, leave }), notice).unwrap();
    queue.push("first\n");
    at_write.recv_timeout(LONG).unwrap();
    let line = format!("{}\n", "x".repeat((1 << 20) - 1));
    for _ in 0..7 {
        queue.push(&line);
    }
    assert!(!queue.flush(Duration::from_millis(1)));
    drop(let_go);
    assert!(queue.flush(LONG));
    let text = kept.text();
    assert_eq!(text.matches('x').count(), 4 * ((1 << 20) - 1));
    assert!(text.starts_with("first\n") && text.ends_with("x\nlost 3\n"));
}

#[test]
fn a_sink_that_fails_ends_nothing() {
    struct Closed(Sender<()>);
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(());
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let (tried, tries) = channel();
    let queue = Queue::start(Box::new(Closed(tried)), notice).unwrap();
    for _ in 0..2 {
        queue.push("x\n");
        assert!(queue.flush(LONG));
    }
    assert_eq!(tries.try_iter().count(), 2);
}
