//! The figures, read back by a parser that forgives nothing.

mod documented;
mod parser;

use super::*;
use crate::telemetry::captured::Noon;
use parser::Parsed;

fn metrics() -> Metrics {
    Metrics::new(Arc::new(Noon))
}

fn central(name: &str) -> CentralName {
    CentralName::parse(name).unwrap()
}

fn ccu(name: &str) -> BackupSubject {
    BackupSubject::Ccu(central(name))
}

fn success(finished_at: &str, bytes: u64) -> BackupSuccess {
    let duration = Some(Duration::from_millis(1500));
    BackupSuccess { finished_at: finished_at.parse().unwrap(), bytes, duration }
}

fn read(metrics: &Metrics) -> Parsed {
    parser::parse(&metrics.render())
}

#[test]
fn figures_of_a_fresh_daemon_are_valid_and_name_the_build() {
    let parsed = read(&metrics());
    assert_eq!(
        parsed.value(&format!("openccu_loom_build_info{{version=\"{}\"}}", crate::VERSION)),
        Some(1.0)
    );
    for name in [
        "openccu_loom_http_requests_in_flight",
        "openccu_loom_websocket_connections",
        "openccu_loom_login_failures_total",
        "openccu_loom_audit_write_failures_total",
        "openccu_loom_store_write_duration_seconds_count",
        "config_secrets_plaintext",
        "config_overlay_failed",
        "config_unroutable_centrals",
    ] {
        assert_eq!(parsed.value(name), Some(0.0), "{name}");
    }
}

#[test]
fn requests_are_counted_by_method_pattern_and_status_and_timed_by_pattern() {
    let metrics = metrics();
    let in_flight = metrics.request_began();
    assert_eq!(read(&metrics).value("openccu_loom_http_requests_in_flight"), Some(1.0));
    drop(in_flight);
    let route = "/api/v1/users/{name}";
    metrics.request_ended("GET", route, 200, Duration::from_millis(3));
    metrics.request_ended("GET", route, 200, Duration::from_secs(60));
    metrics.request_ended("BREW", "/a\"\\\n}", 418, Duration::ZERO);
    let parsed = read(&metrics);
    let total = "openccu_loom_http_requests_total";
    let get = format!("{total}{{method=\"GET\",route=\"{route}\",status=\"200\"}}");
    assert_eq!(parsed.value(&get), Some(2.0), "{parsed:#?}");
    let brew = format!("{total}{{method=\"other\",route=\"/a\\\"\\\\\\n}}\",status=\"418\"}}");
    assert_eq!(parsed.value(&brew), Some(1.0), "{parsed:#?}");
    let bucket = |le: &str| {
        parsed.value(&format!(
            "openccu_loom_http_request_duration_seconds_bucket{{le=\"{le}\",route=\"{route}\"}}"
        ))
    };
    assert_eq!(
        [bucket("0.0025"), bucket("0.005"), bucket("30.0"), bucket("+Inf")],
        [0.0, 1.0, 1.0, 2.0].map(Some)
    );
    assert_eq!(parsed.value("openccu_loom_http_requests_in_flight"), Some(0.0));
}

#[test]
fn callers_cannot_make_the_figures_grow() {
    let metrics = metrics();
    for n in 0..5_000 {
        metrics.request_ended(&format!("M{n}"), &format!("/{n}"), 404, Duration::ZERO);
    }
    let parsed = read(&metrics);
    assert_eq!(parsed.series("openccu_loom_http_requests_total"), 257);
    let other = "openccu_loom_http_requests_total{method=\"other\",route=\"other\",status=\"404\"}";
    assert_eq!(parsed.value(other), Some(5_000.0 - 256.0));
}

#[test]
fn a_job_counts_as_running_until_it_ends_whichever_way() {
    let metrics = metrics();
    let running = "openccu_loom_jobs_running{kind=\"state_backup\"}";
    let jobs = [
        metrics.job_began("state_backup"),
        metrics.job_began("state_backup"),
        metrics.job_began("state_backup"),
    ];
    assert_eq!(read(&metrics).value(running), Some(3.0));
    let [first, second, third] = jobs;
    first.ended(JobOutcome::Succeeded);
    second.ended(JobOutcome::Failed);
    drop(third);
    let parsed = read(&metrics);
    assert_eq!(parsed.value(running), Some(0.0));
    for outcome in ["succeeded", "failed", "dropped"] {
        let name = format!("openccu_loom_jobs_total{{kind=\"state_backup\",outcome=\"{outcome}\"}}");
        assert_eq!(parsed.value(&name), Some(1.0), "{outcome}");
    }
}

#[test]
fn a_backup_that_never_succeeded_can_be_seen_before_the_first_one() {
    let metrics = metrics();
    metrics.expect_backups_of(&[central("attic"), central("cellar")]);
    let parsed = read(&metrics);
    for labels in
        ["central=\"\",kind=\"state\"", "central=\"attic\",kind=\"ccu\"", "central=\"cellar\",kind=\"ccu\""]
    {
        assert_eq!(
            parsed.value(&format!("openccu_loom_backup_never_succeeded{{{labels}}}")),
            Some(1.0),
            "{labels}"
        );
        assert_eq!(
            parsed.value(&format!("openccu_loom_backup_failures_total{{{labels}}}")),
            Some(0.0),
            "{labels}"
        );
        assert_eq!(parsed.value(&format!("openccu_loom_backup_age_seconds{{{labels}}}")), None, "{labels}");
    }
}

#[test]
fn the_newest_backup_tells_its_time_age_size_and_duration() {
    let metrics = metrics();
    metrics.newest_backup(&BackupSubject::State, Some(success("2026-06-08T11:00:00Z", 4096)));
    metrics.backup_failed(&BackupSubject::State);
    let parsed = read(&metrics);
    let of_state =
        |name: &str| parsed.value(&format!("openccu_loom_backup_{name}{{central=\"\",kind=\"state\"}}"));
    assert_eq!(of_state("last_success_timestamp_seconds"), Some(1_780_916_400.0));
    assert!((of_state("age_seconds").unwrap() - 3_600.123_456).abs() < 1e-6, "{parsed:#?}");
    assert_eq!(of_state("last_bytes"), Some(4096.0));
    assert_eq!(of_state("last_duration_seconds"), Some(1.5));
    assert_eq!(of_state("failures_total"), Some(1.0));
    assert_eq!(of_state("never_succeeded"), Some(0.0));

    metrics.newest_backup(&BackupSubject::State, None);
    let parsed = read(&metrics);
    assert_eq!(parsed.value("openccu_loom_backup_never_succeeded{central=\"\",kind=\"state\"}"), Some(1.0));
}

#[test]
fn a_clock_that_was_set_back_makes_no_backup_younger_than_nought() {
    let metrics = metrics();
    metrics.newest_backup(&BackupSubject::State, Some(success("2027-01-01T00:00:00Z", 1)));
    assert_eq!(
        read(&metrics).value("openccu_loom_backup_age_seconds{central=\"\",kind=\"state\"}"),
        Some(0.0)
    );
}

#[test]
fn a_central_that_goes_takes_its_figures_along_and_one_that_stays_keeps_them() {
    let metrics = metrics();
    metrics.expect_backups_of(&[central("attic"), central("cellar")]);
    metrics.backup_failed(&ccu("attic"));
    metrics.backup_failed(&ccu("cellar"));
    metrics.expect_backups_of(&[central("cellar")]);
    metrics.backup_failed(&ccu("attic"));
    let parsed = read(&metrics);
    let failures = |name: &str| {
        parsed.value(&format!("openccu_loom_backup_failures_total{{central=\"{name}\",kind=\"ccu\"}}"))
    };
    assert_eq!((failures("attic"), failures("cellar")), (None, Some(1.0)));
}

#[test]
fn the_store_the_doors_and_the_configuration_have_their_figures() {
    let metrics = metrics();
    metrics.store_failed(&StoreError::Unavailable("disk".into()));
    metrics.store_failed(&StoreError::LastAdmin("anna".to_owned()));
    metrics.store_wrote(Duration::from_millis(7));
    metrics.login_failed();
    metrics.audit_write_failed();
    let _socket = metrics.socket_opened();
    metrics.config_oddities(ConfigOddities {
        secrets_plaintext: true,
        overlay_failed: false,
        unroutable_centrals: 2,
    });
    let text = metrics.render();
    let parsed = parser::parse(&text);
    for (name, value) in [
        ("openccu_loom_store_errors_total{kind=\"unavailable\"}", 1.0),
        ("openccu_loom_store_errors_total{kind=\"last_admin\"}", 1.0),
        ("openccu_loom_store_write_duration_seconds_sum", 0.007),
        ("openccu_loom_login_failures_total", 1.0),
        ("openccu_loom_audit_write_failures_total", 1.0),
        ("openccu_loom_websocket_connections", 1.0),
        ("config_secrets_plaintext", 1.0),
        ("config_overlay_failed", 0.0),
        ("config_unroutable_centrals", 2.0),
    ] {
        assert_eq!(parsed.value(name), Some(value), "{name}");
    }
    assert!(!text.contains("anna") && !text.contains("# EOF") && !text.contains("# UNIT"), "{text}");
}
