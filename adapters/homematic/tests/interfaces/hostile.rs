//! Answers made to hurt end in clear errors, soon, and in bounded memory.

use crate::bed::{asked, central};
use loom_domain::ports::CcuError;
use loom_sim_ccu::{Fault, Interface};
use std::time::{Duration, Instant};

/// What listing the devices of an interface says while the central is that sick.
async fn words(interface: &str, fault: Fault) -> String {
    let (sim, gateway) = central().await;
    sim.inject(fault.clone());
    let started = Instant::now();
    let error = gateway.list_ccu_devices(interface).await.unwrap_err();
    assert!(started.elapsed() < Duration::from_secs(120), "{fault:?} took {:?}", started.elapsed());
    assert!(matches!(error, CcuError::Misbehaved(_) | CcuError::Unavailable(_)), "{error}");
    error.to_string()
}

#[tokio::test]
async fn a_million_devices_are_too_many() {
    let words = words("HmIP-RF", Fault::ManyDevices(1_000_000)).await;
    assert!(
        words.contains("more than 500000 values") || words.contains("longer than 67108864 bytes"),
        "{words}"
    );
}

#[tokio::test]
async fn deep_values_are_refused() {
    let words = words("HmIP-RF", Fault::DeepXml).await;
    assert!(words.contains("deep"), "{words}");
}

#[tokio::test]
async fn an_answer_without_an_end_is_given_up() {
    let words = words("HmIP-RF", Fault::HugeXml).await;
    assert!(words.contains("longer than 67108864 bytes"), "{words}");
}

#[tokio::test]
async fn huge_counts_and_frames_are_refused_before_they_are_read() {
    let count = words("CUxD", Fault::HugeBinCount).await;
    assert!(count.contains("there is no room for them"), "{count}");
    let frame = words("CUxD", Fault::HugeBinFrame).await;
    assert!(frame.contains("announces more than 67108864 bytes"), "{frame}");
}

#[tokio::test]
async fn a_central_that_says_nothing_at_all_is_given_up() {
    let (sim, gateway) = central().await;
    sim.inject(Fault::Mute);
    let silence = async {
        asked(&sim, Interface::HmIpRf).await;
        // From now on there is nothing to wait for but the end of patience, so time flies.
        tokio::time::pause();
    };
    let (listed, ()) = tokio::join!(gateway.list_ccu_devices("HmIP-RF"), silence);
    let error = listed.unwrap_err();
    assert!(matches!(error, CcuError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains("did not answer within 60 s"), "{error}");
}

#[tokio::test]
async fn login_pages_and_redirects_are_no_devices() {
    let (sim, gateway) = central().await;
    sim.inject(Fault::RedirectToHttps);
    let error = gateway.identity().await.unwrap_err().to_string();
    assert!(error.contains("hint: the central enforces HTTPS"), "{error}");
}
