//! Figures of health: how each part of the daemon is doing at the moment of a scrape.
//!
//! Does NOT remember anything: a report that grew old counts as unknown here as well.

use crate::health::{Health, Status};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::gauge::ConstGauge;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The health to look at, once there is one. Clones share it.
#[derive(Clone, Default)]
pub(super) struct HealthFigures(Arc<OnceLock<Arc<Health>>>);

impl HealthFigures {
    pub(super) fn watch(&self, health: Arc<Health>) {
        // A process has one daemon; figures that are shared by more tell of the first.
        let _ = self.0.set(health);
    }
}

impl Collector for HealthFigures {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Some(health) = self.0.get() else { return Ok(()) };
        let help = "How a part is doing: 0 healthy, 1 unknown, 2 degraded, 3 unhealthy";
        let gauge = ConstGauge::new(0_i64);
        let mut family = encoder.encode_descriptor("health", help, None, gauge.metric_type())?;
        for part in health.look().1 {
            let value = ConstGauge::new(worse_is_more(part.status));
            value.encode(family.encode_family(&[("component", part.name)])?)?;
        }
        Ok(())
    }
}

fn worse_is_more(status: Status) -> i64 {
    match status {
        Status::Healthy => 0,
        Status::Unknown => 1,
        Status::Degraded => 2,
        Status::Unhealthy => 3,
    }
}

impl fmt::Debug for HealthFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HealthFigures")
    }
}
