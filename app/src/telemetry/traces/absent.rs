//! Stands in for the export of traces in a build without it. Does nothing but say so.

use super::variables::{self, TracesError};
use crate::wire::Environment;
use tracing::{Span, Subscriber};
use tracing_subscriber::layer::{Identity, Layer};

/// No export; keeps the variable that asks for one.
pub(in crate::telemetry) struct Exporting(Option<&'static str>);

impl Exporting {
    pub(in crate::telemetry) fn start(environment: &Environment) -> Result<Self, TracesError> {
        Ok(Self(variables::asking(environment)))
    }

    pub(in crate::telemetry) fn layer<S: Subscriber>(&self) -> impl Layer<S> + Send + Sync + use<S> {
        None::<Identity>
    }

    pub(in crate::telemetry) fn report(&self) {
        if let Some(variable) = self.0 {
            tracing::warn!(variable, "traces are asked for, but this build cannot export them");
        }
    }

    #[expect(clippy::unused_async, reason = "the build with an export waits here")]
    pub(in crate::telemetry) async fn shutdown(&self) {}
}

/// Nobody knows.
#[derive(Clone)]
pub(super) struct Caller;

pub(super) fn caller(_: &Span) -> Caller {
    Caller
}

pub(super) fn follow(_: &Span, _: &Caller) {}

pub(super) fn follow_caller<'h>(_: &Span, _: &dyn Fn(&str) -> Option<&'h str>) {}
