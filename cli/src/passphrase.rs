//! Passphrases: known from a file, or asked for on the terminal where they are not shown.
//!
//! Does NOT check them; opening the archive does.

use crate::failure::Failure;
use crate::secret_input::{ask_secret, somebody_is_there};
use async_trait::async_trait;
use loom_domain::ports::{BoxError, PassphraseSource};
use loom_domain::secret::SecretText;
use std::path::Path;
use tokio::sync::OnceCell;

/// A passphrase somebody named.
pub(crate) struct Known(pub(crate) SecretText);

#[async_trait]
impl PassphraseSource for Known {
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError> {
        Ok(Some(self.0.clone()))
    }
}

/// Asks for the passphrase of one archive, once however often it is opened.
pub(crate) struct Asked {
    question: String,
    answer: OnceCell<Option<SecretText>>,
}

impl Asked {
    pub(crate) fn about(archive: &Path) -> Self {
        Self { question: format!("Passphrase of `{}`: ", archive.display()), answer: OnceCell::new() }
    }
}

#[async_trait]
impl PassphraseSource for Asked {
    async fn passphrase(&self) -> Result<Option<SecretText>, BoxError> {
        let ask = || async {
            if !somebody_is_there() {
                return Ok(None);
            }
            match ask_secret(&self.question).await {
                Ok(typed) => Ok((!typed.reveal().is_empty()).then_some(typed)),
                // Nothing was typed.
                Err(Failure::Refused(_)) => Ok(None),
                Err(failure) => Err(BoxError::from(failure.to_string())),
            }
        };
        self.answer.get_or_try_init(ask).await.cloned()
    }
}

/// A new passphrase, typed twice.
pub(crate) async fn choose() -> Result<SecretText, Failure> {
    if !somebody_is_there() {
        return Err(Failure::Usage(
            "--passphrase asks on the terminal, and there is none\nhint: name a file that holds it with --passphrase-file"
                .to_owned(),
        ));
    }
    let first = ask_secret("Passphrase for the archive: ").await?;
    if first.reveal().is_empty() {
        return Err(Failure::Passphrase("the passphrase is empty, and nothing was done".to_owned()));
    }
    let again = ask_secret("The same again: ").await?;
    if first != again {
        return Err(Failure::Passphrase("the two passphrases differ, and nothing was done".to_owned()));
    }
    Ok(first)
}
