//! The passphrase in a file, read when an archive needs it.
//!
//! Does NOT check it; opening the archive does.

use crate::secret_line::secret_line_of;
use async_trait::async_trait;
use loom_domain::ports::{BoxError, PassphraseSource};
use loom_domain::secret::SecretText;
use std::path::PathBuf;

pub(super) struct PassphraseFile(pub(super) PathBuf);

#[async_trait]
impl PassphraseSource for PassphraseFile {
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError> {
        let file = self.0.clone();
        let read = tokio::task::spawn_blocking(move || secret_line_of(&file)).await?;
        let failed = |why| format!("the passphrase file `{}` {why}", self.0.display());
        read.map(Some).map_err(|why| failed(why).into())
    }
}
