//! Figures and health of centrals: how old the newest good backup of each is, and how many failed.
//!
//! Does NOT look at other figures.

use loom_api_tests::ccu::{self, FLAVOURS};
use loom_api_tests::{Backend, TestDaemon, on_each_backend};
use loom_sim_ccu::Fault;

on_each_backend! {
    the_newest_good_backup_of_each_central_shows_in_the_figures,
    failures_are_counted,
}

async fn figure(daemon: &TestDaemon, name: &str, central: &str) -> Option<f64> {
    let series = format!("openccu_loom_backup_{name}{{kind=\"ccu\",central=\"{central}\"}} ");
    let text = daemon.as_viewer().get("/metrics").await.expect(200).text();
    text.lines().find_map(|line| line.strip_prefix(&series)?.parse().ok())
}

async fn the_newest_good_backup_of_each_central_shows_in_the_figures(backend: Backend) {
    let sim = ccu::central(FLAVOURS[1]).await;
    let mut daemon = ccu::daemon_of(backend, &sim).await;
    assert_eq!(figure(&daemon, "never_succeeded", "ccu").await, Some(1.0));
    let entry = ccu::taken(&daemon.as_admin()).await;
    let told = async |daemon: &TestDaemon| {
        assert_eq!(figure(daemon, "never_succeeded", "ccu").await, Some(0.0));
        assert_eq!(figure(daemon, "last_bytes", "ccu").await, entry["bytes"].as_f64());
        for name in ["age_seconds", "last_duration_seconds"] {
            assert!(
                figure(daemon, name, "ccu").await.is_some_and(|value| (0.0..60.0).contains(&value)),
                "{name}"
            );
        }
        assert_eq!(figure(daemon, "failures_total", "ccu").await, Some(0.0));
    };
    told(&daemon).await;
    if backend == Backend::Sqlite {
        daemon.stop().await;
        daemon.start_again().await;
        let known = async || figure(&daemon, "never_succeeded", "ccu").await == Some(0.0);
        for _ in 0..200 {
            if known().await {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        told(&daemon).await;
    }
    let path = format!("/backups/{}", entry["id"].as_str().unwrap());
    daemon.as_admin().delete(&path).await.expect(204);
    assert_eq!(figure(&daemon, "never_succeeded", "ccu").await, Some(1.0));
    // A file from elsewhere says nothing of how well this central is backed up.
    assert_eq!(figure(&daemon, "age_seconds", "ccu").await, None);
}

async fn failures_are_counted(backend: Backend) {
    let sim = ccu::central(FLAVOURS[0]).await;
    let daemon = ccu::daemon_of(backend, &sim).await;
    let admin = daemon.as_admin();
    sim.inject(Fault::LoginPage);
    for count in [1.0, 2.0] {
        let id = ccu::begin(&admin).await;
        assert_eq!(ccu::ended(&admin, &id).await["state"], "failed");
        assert_eq!(figure(&daemon, "failures_total", "ccu").await, Some(count));
    }
    sim.heal();
    ccu::taken(&admin).await;
    assert_eq!(figure(&daemon, "failures_total", "ccu").await, Some(2.0));
    let text = daemon.as_viewer().get("/metrics").await.expect(200).text();
    for outcome in ["failed\"} 2", "succeeded\"} 1"] {
        let line = format!("openccu_loom_jobs_total{{kind=\"ccu_backup\",outcome=\"{outcome}");
        assert!(text.lines().any(|other| other == line), "no `{line}`");
    }
}
