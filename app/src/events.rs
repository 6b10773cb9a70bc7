//! Events: what happened in the daemon, numbered, kept for a while, and handed to whoever listens.
//!
//! Does NOT speak WebSocket (`http::events`) and keeps nothing beyond the process. Each start of the daemon counts on
//! from its clock in microseconds, so that a number of an earlier life is never taken for one of this life.

use jiff::Timestamp;
use loom_domain::ports::Clock;
use serde::Serialize;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::broadcast;

/// How many events a listener may be behind before it has lost some.
const MOST_BEHIND: usize = 1024;

/// Whether an event tells a change, or that something should be read anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Something changed; the payload says what.
    Change,
    /// Something changed; read it anew.
    Refresh,
}

/// One event, ready to be sent.
#[derive(Debug)]
pub struct Event {
    /// Its number; each event has the one after the event before.
    pub seq: u64,
    /// What it is about, such as `jobs/state_backup/…`.
    pub topic: String,
    /// The frame as clients get it (JSON).
    pub frame: Arc<str>,
}

/// Where events are published and listened to.
pub struct EventHub {
    clock: Arc<dyn Clock>,
    ring: Mutex<Ring>,
    live: broadcast::Sender<Arc<Event>>,
}

struct Ring {
    newest: u64,
    capacity: usize,
    kept: VecDeque<Arc<Event>>,
}

/// What a listener who was here before has missed.
#[derive(Debug)]
pub enum Missed {
    /// It did not ask.
    NotAsked,
    /// These, oldest first.
    Events(Vec<Arc<Event>>),
    /// More than is kept; the oldest number that is kept.
    Lost {
        /// That number; the next one to come if nothing is kept.
        oldest_seq: u64,
    },
}

/// A listener's view: what it missed, the number it is at, and what comes.
pub struct Listening {
    /// What it missed.
    pub missed: Missed,
    /// Number of the newest event so far.
    pub newest: u64,
    /// What comes after that number.
    pub live: broadcast::Receiver<Arc<Event>>,
}

#[derive(Serialize)]
struct Frame<'a> {
    seq: u64,
    kind: Kind,
    topic: &'a str,
    #[serde(rename = "type")]
    event_type: &'a str,
    ts: String,
    payload: &'a Value,
}

impl EventHub {
    /// A hub that keeps the newest `capacity` events.
    pub fn new(capacity: usize, clock: Arc<dyn Clock>) -> Self {
        let (live, _) = broadcast::channel(MOST_BEHIND);
        let newest = u64::try_from(clock.now().as_microsecond()).unwrap_or(0);
        Self { clock, ring: Mutex::new(Ring { newest, capacity, kept: VecDeque::new() }), live }
    }

    /// Publishes one event; returns its number.
    pub fn publish(&self, topic: &str, kind: Kind, event_type: &str, payload: &Value) -> u64 {
        let mut ring = self.lock();
        let seq = ring.newest + 1;
        let ts = rfc3339_nanos(self.clock.now());
        let frame = Frame { seq, kind, topic, event_type, ts, payload };
        // Strings and JSON values always have a JSON form.
        let Ok(frame) = serde_json::to_string(&frame) else { return ring.newest };
        let event = Arc::new(Event { seq, topic: topic.to_owned(), frame: frame.into() });
        ring.newest = seq;
        ring.kept.push_back(Arc::clone(&event));
        while ring.kept.len() > ring.capacity {
            ring.kept.pop_front();
        }
        // Sent under the lock, so that the order of numbers is the order of arrival. Nobody listening is no fault.
        _ = self.live.send(event);
        seq
    }

    /// Listens from now on, and asks for what came after number `since`.
    pub fn listen(&self, since: Option<u64>) -> Listening {
        let ring = self.lock();
        let oldest_seq = ring.kept.front().map_or(ring.newest + 1, |event| event.seq);
        let missed = match since {
            None => Missed::NotAsked,
            // A number of the future is one of a life with another clock: what lies between is unknown.
            Some(since) if since > ring.newest || since + 1 < oldest_seq => Missed::Lost { oldest_seq },
            Some(since) => {
                Missed::Events(ring.kept.iter().filter(|event| event.seq > since).cloned().collect())
            }
        };
        Listening { missed, newest: ring.newest, live: self.live.subscribe() }
    }

    fn lock(&self) -> MutexGuard<'_, Ring> {
        // Nothing panics between two changes that belong together.
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `2026-06-08T12:00:00.123456789Z`.
fn rfc3339_nanos(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use loom_adapter_memory::MemoryClock;
    use serde_json::json;

    /// Microseconds of the clock the hubs below are started with.
    const START: u64 = 1_780_920_000_000_000;

    fn hub(capacity: usize) -> EventHub {
        let clock = MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap());
        EventHub::new(capacity, Arc::new(clock))
    }

    fn publish(hub: &EventHub, count: usize) {
        for _ in 0..count {
            hub.publish("jobs/a", Kind::Change, "JobQueued", &json!({}));
        }
    }

    #[test]
    fn a_frame_has_the_fields_clients_know() {
        let hub = hub(8);
        let mut listening = hub.listen(None);
        hub.publish("centrals/ccu", Kind::Change, "CentralUpdated", &json!({"name": "ccu"}));
        let event = listening.live.try_recv().unwrap();
        let frame: Value = serde_json::from_str(&event.frame).unwrap();
        let wanted = json!({"seq": START + 1, "kind": "change", "topic": "centrals/ccu", "type": "CentralUpdated",
            "ts": "2026-06-08T12:00:00.000000000Z", "payload": {"name": "ccu"}});
        assert_eq!(frame, wanted);
    }

    #[test]
    fn what_was_missed_is_replayed_without_a_gap() {
        let hub = hub(8);
        publish(&hub, 5);
        let Missed::Events(events) = hub.listen(Some(START + 3)).missed else { panic!() };
        assert_eq!(events.iter().map(|event| event.seq).collect::<Vec<_>>(), [START + 4, START + 5]);
        let Missed::Events(events) = hub.listen(Some(START + 5)).missed else { panic!() };
        assert!(events.is_empty());
    }

    #[test]
    fn what_is_no_longer_kept_is_lost_and_not_passed_over() {
        let hub = hub(2);
        publish(&hub, 5);
        assert!(
            matches!(hub.listen(Some(START + 2)).missed, Missed::Lost { oldest_seq } if oldest_seq == START + 4)
        );
        assert!(matches!(hub.listen(Some(START + 3)).missed, Missed::Events(events) if events.len() == 2));
    }

    #[test]
    fn a_number_of_another_life_of_the_daemon_is_lost() {
        let hub = hub(8);
        for other in [0, 1, START - 1, START + 1, u64::MAX] {
            assert!(matches!(hub.listen(Some(other)).missed, Missed::Lost { .. }), "{other}");
        }
        publish(&hub, 2);
        assert!(matches!(hub.listen(Some(START - 1)).missed, Missed::Lost { .. }));
    }
}
