//! What jobs promise to whoever starts, watches and stops them.

use super::*;
use crate::events::Missed;
use loom_adapter_memory::{MemoryClock, MemoryRandomness};
use loom_domain::ports::Stage;
use serde_json::json;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::oneshot;

struct World {
    jobs: Jobs,
    events: Arc<EventHub>,
    clock: MemoryClock,
    metrics: Metrics,
}

fn world() -> World {
    let clock = MemoryClock::new("2026-06-08T12:00:00Z".parse().unwrap());
    let shared: Arc<dyn Clock> = Arc::new(clock.clone());
    let events = Arc::new(EventHub::new(4096, shared.clone()));
    let metrics = Metrics::new(shared.clone());
    let randomness = MemoryRandomness::default();
    let jobs = Jobs::new(events.clone(), shared, &randomness, metrics.clone(), Handle::current()).unwrap();
    World { jobs, events, clock, metrics }
}

fn order(object: &str) -> JobOrder {
    JobOrder { kind: "state_backup", lane: "state".into(), object: object.to_owned() }
}

async fn settled(world: &World) {
    world.jobs.board.idle().await;
}

/// Topics and types of all events so far.
fn told(world: &World) -> Vec<(String, Value)> {
    // Nobody has seen number 0, so the answer names the oldest.
    let Missed::Lost { oldest_seq } = world.events.listen(Some(0)).missed else { panic!("0 is a number") };
    let Missed::Events(events) = world.events.listen(Some(oldest_seq - 1)).missed else {
        panic!("events were lost")
    };
    events.iter().map(|event| (event.topic.clone(), serde_json::from_str(&event.frame).unwrap())).collect()
}

fn types(world: &World) -> Vec<String> {
    told(world).iter().map(|(_, frame)| frame["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_job_tells_its_life_and_its_result() {
    let world = world();
    let started = world.jobs.start(order("a"), |job| async move {
        job.progress().begin(Stage::Pack, "archive", Some(10));
        Ok(json!({"bytes": 10}))
    });
    let job = started.unwrap();
    assert_eq!(job.state, JobState::Queued);
    settled(&world).await;
    let job = world.jobs.find(job.id.as_str()).unwrap();
    assert_eq!((job.state, job.result.clone()), (JobState::Completed, Some(json!({"bytes": 10}))));
    assert!(job.started_at.is_some() && job.ended_at.is_some() && job.failure.is_none());
    assert_eq!(types(&world), ["JobQueued", "JobProgress", "JobCompleted"]);
    let (topic, frame) = told(&world).pop().unwrap();
    assert_eq!(topic, format!("jobs/state_backup/{}", job.id));
    assert_eq!(frame["payload"], serde_json::to_value(JobBody::from(&job)).unwrap());
    assert_eq!(
        frame["payload"]["progress"],
        json!({
            "stage": "pack", "object": "archive", "done_bytes": 0, "total_bytes": 10
        })
    );
}

#[tokio::test]
async fn a_failure_keeps_its_reason_and_its_hint() {
    let world = world();
    let failing = |_| async { Err(JobFailure::of(&"no space left in `x`\nhint: make room")) };
    let job = world.jobs.start(order("a"), failing).unwrap();
    settled(&world).await;
    let job = world.jobs.find(job.id.as_str()).unwrap();
    let wanted = JobFailure::new("no space left in `x`").with_hint("make room");
    assert_eq!((job.state, job.failure), (JobState::Failed, Some(wanted)));
    assert_eq!(types(&world), ["JobQueued", "JobProgress", "JobFailed"]);
}

#[tokio::test]
async fn a_panic_is_a_failed_job_and_the_next_one_runs() {
    let world = world();
    let broken = world.jobs.start(order("a"), |_| async { panic!("broken") }).unwrap();
    let broken_at_once =
        world.jobs.start(order("b"), |_| -> BoxFuture<'static, JobResult> { panic!("broken") });
    let next = world.jobs.start(order("c"), |_| async { Ok(Value::Null) }).unwrap();
    settled(&world).await;
    for job in [broken, broken_at_once.unwrap()] {
        let job = world.jobs.find(job.id.as_str()).unwrap();
        assert_eq!(job.state, JobState::Failed);
        assert!(job.failure.unwrap().reason.contains("broke off"));
    }
    assert_eq!(world.jobs.find(next.id.as_str()).unwrap().state, JobState::Completed);
}

#[tokio::test]
async fn the_figures_count_what_runs_and_how_it_ended() {
    let world = world();
    let has = |line: &str| world.metrics.render().lines().any(|found| found == line);
    let (release, held) = oneshot::channel::<()>();
    world.jobs.start(order("a"), |_| async { Ok(json!(held.await.is_ok())) }).unwrap();
    world.jobs.start(order("b"), |_| async { Err(JobFailure::new("no")) }).unwrap();
    tokio::task::yield_now().await;
    assert!(has("openccu_loom_jobs_running{kind=\"state_backup\"} 1"));
    release.send(()).unwrap();
    settled(&world).await;
    assert!(has("openccu_loom_jobs_running{kind=\"state_backup\"} 0"));
    for outcome in ["succeeded", "failed"] {
        let line = format!("openccu_loom_jobs_total{{kind=\"state_backup\",outcome=\"{outcome}\"}} 1");
        assert!(has(&line), "{outcome}: {}", world.metrics.render());
    }
}

#[tokio::test]
async fn jobs_of_one_lane_run_in_order_and_never_at_once() {
    let world = world();
    let (running, seen) = (Arc::new(AtomicUsize::new(0)), Arc::new(Mutex::new(Vec::new())));
    for number in 0..10 {
        let (running, seen) = (running.clone(), seen.clone());
        let started = world.jobs.start(order("a"), move |_| async move {
            assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0);
            tokio::task::yield_now().await;
            seen.lock().unwrap().push(number);
            running.fetch_sub(1, Ordering::SeqCst);
            Ok(Value::Null)
        });
        started.unwrap();
    }
    settled(&world).await;
    assert_eq!(*seen.lock().unwrap(), (0..10).collect::<Vec<_>>());
    assert!(world.jobs.list().iter().all(|job| job.state == JobState::Completed));
}

#[tokio::test]
async fn another_lane_does_not_wait() {
    let world = world();
    let (release, held) = oneshot::channel::<()>();
    let first = world.jobs.start(order("a"), |_| async { Ok(json!(held.await.is_ok())) }).unwrap();
    let (done, other_done) = oneshot::channel();
    let other = JobOrder { lane: "other".into(), ..order("b") };
    let other = world.jobs.start(other, |_| async { Ok(json!(done.send(()).is_ok())) });
    other.unwrap();
    other_done.await.unwrap();
    assert_eq!(world.jobs.find(first.id.as_str()).unwrap().state, JobState::Running);
    release.send(()).unwrap();
    settled(&world).await;
}

#[tokio::test]
async fn ids_sort_in_the_order_of_the_jobs_even_if_the_clock_is_set_back() {
    let world = world();
    let mut ids = Vec::new();
    for at in ["2026-06-08T12:00:00Z", "2026-06-08T12:00:00Z", "2020-01-01T00:00:00Z", "2026-06-08T12:00:01Z"]
    {
        world.clock.set(at.parse().unwrap());
        ids.push(world.jobs.start(order("a"), |_| async { Ok(Value::Null) }).unwrap().id);
    }
    assert!(ids.is_sorted() && ids.iter().all(|id| id.as_str().len() == ids[0].as_str().len()), "{ids:?}");
    let listed: Vec<_> = world.jobs.list().into_iter().map(|job| job.id).collect();
    assert_eq!(listed, ids.into_iter().rev().collect::<Vec<_>>());
    settled(&world).await;
}

#[tokio::test(start_paused = true)]
async fn progress_is_published_four_times_a_second_at_the_most() {
    let world = world();
    let started = world.jobs.start(order("a"), |job| async move {
        let progress = job.progress();
        progress.begin(Stage::Pack, "archive", None);
        for step in 0..1000 {
            progress.reached(step);
            tokio::time::advance(Duration::from_millis(2)).await;
        }
        Ok(Value::Null)
    });
    let id = started.unwrap().id;
    settled(&world).await;
    let published = types(&world).iter().filter(|event| *event == "JobProgress").count();
    assert!((7..=9).contains(&published), "{published} in two seconds");
    assert_eq!(world.jobs.find(id.as_str()).unwrap().progress.unwrap().done_bytes, 999);
}

#[tokio::test]
async fn the_newest_jobs_are_remembered_and_none_that_has_not_ended_is_forgotten() {
    let world = world();
    let (release, held) = oneshot::channel::<()>();
    let long = JobOrder { lane: "long".into(), ..order("long") };
    let long = world.jobs.start(long, |_| async { Ok(json!(held.await.is_ok())) }).unwrap();
    for number in 0..250 {
        world.jobs.start(order(&number.to_string()), |_| async { Ok(Value::Null) }).unwrap();
        if number % 20 == 0 {
            while world.jobs.list().iter().any(|job| job.object != "long" && !job.has_ended()) {
                tokio::task::yield_now().await;
            }
        }
    }
    let listed = world.jobs.list();
    assert_eq!((listed.len(), listed[0].object.as_str()), (200, "249"));
    assert!(world.jobs.find(long.id.as_str()).is_some());
    release.send(()).unwrap();
    settled(&world).await;
}

#[tokio::test]
async fn a_lane_that_is_full_refuses() {
    let world = world();
    let (release, held) = oneshot::channel::<()>();
    world.jobs.start(order("first"), |_| async { Ok(json!(held.await.is_ok())) }).unwrap();
    let refused = (0..100).find_map(|_| world.jobs.start(order("a"), |_| async { Ok(Value::Null) }).err());
    assert_eq!(refused, Some(JobRefused::TooMany));
    release.send(()).unwrap();
    settled(&world).await;
    world.jobs.start(order("again"), |_| async { Ok(Value::Null) }).unwrap();
    settled(&world).await;
}

#[tokio::test(start_paused = true)]
async fn stopping_lets_what_runs_finish_and_fails_what_waits() {
    let world = world();
    let first = world.jobs.start(order("first"), |_| async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        Ok(json!("done"))
    });
    let second = world.jobs.start(order("second"), |_| async { Ok(Value::Null) });
    tokio::task::yield_now().await;
    world.jobs.stop(Duration::from_secs(5)).await;
    let (first, second) = (first.unwrap(), second.unwrap());
    assert_eq!(world.jobs.find(first.id.as_str()).unwrap().result, Some(json!("done")));
    let second = world.jobs.find(second.id.as_str()).unwrap();
    assert_eq!((second.state, second.started_at), (JobState::Failed, None));
    assert_eq!(second.failure.unwrap().reason, "the daemon is stopping");
    let refused = world.jobs.start(order("late"), |_| async { Ok(Value::Null) });
    assert_eq!(refused.err(), Some(JobRefused::Stopping));
}

#[tokio::test(start_paused = true)]
async fn what_runs_beyond_the_deadline_is_dropped_before_stop_returns() {
    struct Dropped(Arc<AtomicUsize>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let world = world();
    let drops = Arc::new(AtomicUsize::new(0));
    let (running, waiting) = (Dropped(drops.clone()), Dropped(drops.clone()));
    let job = world.jobs.start(order("endless"), |_| async {
        let _running = running;
        std::future::pending().await
    });
    world
        .jobs
        .start(order("waiting"), |_| async {
            drop(waiting);
            Ok(Value::Null)
        })
        .unwrap();
    tokio::task::yield_now().await;
    let before = tokio::time::Instant::now();
    world.jobs.stop(Duration::from_secs(5)).await;
    assert_eq!(before.elapsed().as_secs(), 5);
    assert_eq!(drops.load(Ordering::SeqCst), 2);
    let job = world.jobs.find(job.unwrap().id.as_str()).unwrap();
    assert_eq!(job.failure.unwrap().reason, "the daemon is stopping");
}

#[tokio::test]
async fn a_cancelled_job_ends_with_the_reason_whether_it_waits_or_runs() {
    let world = world();
    let (gone, was_dropped) = oneshot::channel::<()>();
    let running = world.jobs.start(order("a"), |_| async move {
        let _gone = gone;
        std::future::pending::<JobResult>().await
    });
    let waiting = world.jobs.start(order("b"), |_| async { Ok(Value::Null) }).unwrap();
    let running = running.unwrap();
    for job in [&waiting, &running] {
        world.jobs.cancel(job.id.as_str(), JobFailure::new("cancelled by anna")).await.unwrap();
        let job = world.jobs.find(job.id.as_str()).unwrap();
        assert_eq!(
            (job.state, job.failure.unwrap().reason.as_str()),
            (JobState::Failed, "cancelled by anna")
        );
    }
    assert!(was_dropped.await.is_err());
    let again = world.jobs.cancel(running.id.as_str(), JobFailure::new("no")).await;
    assert_eq!(again, Err(CancelRefused::Ended));
    assert_eq!(world.jobs.cancel("nothing", JobFailure::new("no")).await, Err(CancelRefused::Unknown));
    world.jobs.start(order("c"), |_| async { Ok(Value::Null) }).unwrap();
    settled(&world).await;
    assert!(world.jobs.list().iter().any(|job| job.object == "c" && job.state == JobState::Completed));
}
