//! The tokens role: long-lived API credentials, known by their hash only.
//!
//! Does NOT mint tokens and does NOT judge expiry: it returns what is stored.

use super::StoreError;
use crate::account::{Subject, Token};
use async_trait::async_trait;

/// Keeps API tokens. Driven port; adapters: `sqlite`, `memory`.
///
/// # Contract (each line has a case in `loom_contract::tokens`)
/// - A stored token comes back equal in every field, found by its full hash.
/// - A second token of one fingerprint is `AlreadyExists`.
/// - Tokens are listed by fingerprint in byte order.
/// - Removing an unknown fingerprint is `NotFound`.
/// - Removing the tokens of a subject removes all of them and nobody else's, and counts them.
#[async_trait]
pub trait Tokens: Send + Sync {
    /// All tokens, by fingerprint in byte order.
    async fn list_tokens(&self) -> Result<Vec<Token>, StoreError>;
    /// The token with that full hash (64 lower-case hex digits), expired or not.
    async fn find_token(&self, token_hash: &str) -> Result<Option<Token>, StoreError>;
    /// Adds a token.
    async fn create_token(&self, token: &Token) -> Result<(), StoreError>;
    /// Removes the token of that fingerprint.
    async fn remove_token(&self, fingerprint: &str) -> Result<(), StoreError>;
    /// Removes every token of a subject; returns how many.
    async fn remove_tokens_of(&self, subject: &Subject) -> Result<u64, StoreError>;
}
