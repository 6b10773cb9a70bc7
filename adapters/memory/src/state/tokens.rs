//! API tokens in memory.
//!
//! Does NOT judge whether a token is expired.

use super::{MemoryStateStore, already_exists, not_found, precision::microseconds};
use async_trait::async_trait;
use loom_domain::account::{Subject, Token};
use loom_domain::ports::{StoreError, Tokens};

#[async_trait]
impl Tokens for MemoryStateStore {
    async fn list_tokens(&self) -> Result<Vec<Token>, StoreError> {
        Ok(self.lock().tokens.values().cloned().collect())
    }

    async fn find_token(&self, token_hash: &str) -> Result<Option<Token>, StoreError> {
        Ok(self.lock().tokens.values().find(|token| token.token_hash == token_hash).cloned())
    }

    async fn create_token(&self, token: &Token) -> Result<(), StoreError> {
        let mut state = self.lock();
        if state.tokens.contains_key(&token.fingerprint) {
            return Err(already_exists("token", &token.fingerprint));
        }
        let stored = Token {
            created_at: microseconds(token.created_at),
            last_seen_at: token.last_seen_at.map(microseconds),
            expires_at: token.expires_at.map(microseconds),
            ..token.clone()
        };
        state.tokens.insert(token.fingerprint.clone(), stored);
        Ok(())
    }

    async fn remove_token(&self, fingerprint: &str) -> Result<(), StoreError> {
        match self.lock().tokens.remove(fingerprint) {
            Some(_) => Ok(()),
            None => Err(not_found("token", fingerprint)),
        }
    }

    async fn remove_tokens_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        let tokens = &mut self.lock().tokens;
        let before = tokens.len();
        tokens.retain(|_, token| token.subject != *subject);
        Ok((before - tokens.len()) as u64)
    }
}
