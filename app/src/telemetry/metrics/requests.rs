//! Figures of HTTP requests, by method, route and status.
//!
//! Does NOT let callers make up labels: methods nobody knows are one, and routes are few.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

/// More patterns than the daemon has routes; what comes after is a path somebody mistook for one.
const MOST_ROUTES: usize = 256;
/// Where everything else goes.
const OTHER: &str = "other";
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
/// Seconds. A read takes below a millisecond, a password about a tenth of a second, an export some.
const BUCKETS: [f64; 13] =
    [0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 30.0];

pub(super) struct Requests {
    pub(super) in_flight: Gauge,
    total: Family<OfRequest, Counter>,
    duration: Family<OfRoute, Histogram, fn() -> Histogram>,
    routes: RwLock<HashSet<String>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRequest {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfRoute {
    route: String,
}

impl Requests {
    pub(super) fn register(registry: &mut Registry) -> Self {
        let in_flight = super::gauge(registry, "http_requests_in_flight", "HTTP requests not answered yet");
        let total = Family::default();
        registry.register("http_requests", "HTTP requests answered", total.clone());
        let duration: Family<OfRoute, Histogram, fn() -> Histogram> =
            Family::new_with_constructor(|| Histogram::new(BUCKETS));
        let help = "Time from the head of a request to the head of its answer";
        registry.register("http_request_duration_seconds", help, duration.clone());
        Self { in_flight, total, duration, routes: RwLock::default() }
    }

    pub(super) fn ended(&self, method: &str, route: &str, status: u16, took: Duration) {
        let method = METHODS.into_iter().find(|known| *known == method).unwrap_or(OTHER);
        let route = if self.knows(route) { route } else { OTHER };
        self.duration.get_or_create(&OfRoute { route: route.to_owned() }).observe(took.as_secs_f64());
        self.total.get_or_create(&OfRequest { method, route: route.to_owned(), status }).inc();
    }

    fn knows(&self, route: &str) -> bool {
        if self.routes.read().unwrap_or_else(PoisonError::into_inner).contains(route) {
            return true;
        }
        let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
        routes.len() < MOST_ROUTES && { routes.insert(route.to_owned()) || routes.contains(route) }
    }
}
