//! The job behind `backup inspect`.
//!
//! Does NOT inspect itself (`usecases::list_archives`).

use super::{AtHand, Environment, Origin, keys};
use crate::bootstrap::Bootstrap;
use crate::key_settings::wrappings;
use loom_domain::archive::Openers;
use loom_domain::ports::{ArchiveId, ArchiveListing, KeyError, ListedArchive};
use loom_domain::usecases::{ExamineError, InspectArchive, Inspected};
use std::sync::Arc;

/// An inspection ready to run.
pub struct InspectJob {
    inspect: InspectArchive,
    listing: Option<Arc<dyn ArchiveListing>>,
    id: ArchiveId,
    openers: Openers,
    /// What the operator should know of the keys at hand.
    pub key_note: Option<String>,
}

impl InspectJob {
    /// Wires the adapters.
    pub async fn prepare(
        bootstrap: &Bootstrap,
        origin: Origin,
        at_hand: AtHand,
        environment: &Environment,
    ) -> Result<Self, KeyError> {
        let wrappings = wrappings(&bootstrap.keys, environment);
        let key_file = at_hand.key_file.as_deref();
        let (keys, key_note) =
            keys::for_verify(key_file, &bootstrap.data_dir, environment, &wrappings).await?;
        let openers = at_hand.clone().beside(keys).openers();
        let inspect = InspectArchive { source: origin.source };
        Ok(Self { inspect, listing: origin.listing, id: origin.id, openers, key_note })
    }

    /// Inspects the archive.
    pub async fn run(&self) -> Result<Inspected, ExamineError> {
        self.inspect.run(&self.id, &self.openers).await
    }

    /// What can be seen of it from outside; `None` over a stream.
    pub async fn look(&self) -> Option<ListedArchive> {
        self.listing.as_ref()?.describe_archive(&self.id).await.ok().flatten()
    }
}
