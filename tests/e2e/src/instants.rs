//! When to kill what is tested: instants spread over a run, from its start to a little after its usual end.
//!
//! How long a run takes changes with the machine, so it is learnt anew by each run. Does NOT judge what is left.

use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The turns of one test. There are more of them, up to four times as many, as long as they do not show what they should.
#[derive(Debug)]
pub struct Instants {
    count: u32,
    turns: u32,
    took: Duration,
    at: Duration,
    waited: Duration,
}

impl Instants {
    /// So many turns, no multiple of 3, over a run that `took` so long undisturbed.
    pub fn new(count: u32, took: Duration) -> Self {
        assert!(!count.is_multiple_of(3), "some instants would have no turn");
        let took = took.max(Duration::from_millis(1));
        Self { count, turns: 0, took, at: Duration::ZERO, waited: Duration::ZERO }
    }

    /// Begins the next turn; `false` if there were enough. `shown`: the turns so far were of every kind that is wanted.
    pub fn go_on(&mut self, shown: bool) -> bool {
        if self.turns >= if shown { self.count } else { 4 * self.count } {
            return false;
        }
        // In no order, so that a machine that is slow for a while does not spoil one part of the run only.
        let place = self.turns * 27 % self.count;
        self.at = self.took * 6 * place / (5 * self.count);
        self.turns += 1;
        true
    }

    /// Runs a command and kills it at the instant of this turn.
    pub fn kill(&mut self, command: &mut Command) {
        let started = Instant::now();
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        self.wait(started);
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            self.ended();
        }
    }

    /// Waits for the instant of this turn in a run that started then.
    pub fn wait(&mut self, started: Instant) {
        thread::sleep(self.at.saturating_sub(started.elapsed()));
        self.waited = started.elapsed();
    }

    /// The run had ended by itself: it takes no longer than was waited.
    pub fn ended(&mut self) {
        self.took = self.took.min(self.waited);
    }

    /// Nothing came of the run: it takes longer now if it had its usual time.
    pub fn nothing_came(&mut self) {
        if self.at >= self.took {
            self.took = self.took * 5 / 4;
        }
    }

    /// How many turns there were.
    pub fn turns(&self) -> u32 {
        self.turns
    }

    /// How long a run takes, as far as it is known.
    pub fn took(&self) -> Duration {
        self.took
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn each_instant_has_its_turn_and_there_are_more_turns_only_in_need() {
        let mut instants = Instants::new(20, SECOND);
        let mut drawn = Vec::new();
        while instants.go_on(true) {
            drawn.push(instants.at);
        }
        drawn.sort();
        let even: Vec<_> = (0..20).map(|place| SECOND * 6 * place / 100).collect();
        assert_eq!(drawn, even);
        while instants.go_on(false) {}
        assert_eq!(instants.turns(), 80);
    }

    #[test]
    fn a_run_that_became_slower_or_faster_is_followed() {
        let mut instants = Instants::new(40, SECOND);
        while instants.go_on(true) {
            instants.nothing_came();
        }
        assert!(instants.took() > SECOND * 5 / 2, "{instants:?}");
        // It ended before anybody could have killed it later.
        instants.waited = SECOND / 2;
        instants.ended();
        instants.waited = SECOND;
        instants.ended();
        assert_eq!(instants.took(), SECOND / 2);
    }
}
