//! Users and tokens from memory, and when they were seen.
//!
//! Does NOT cache sessions (`sessions`), which cannot be listed.

use super::CachedStore;
use crate::account::{Subject, Token, User};
use crate::ports::{LastSeen, StoreError, Tokens, Users};
use async_trait::async_trait;
use jiff::Timestamp;

#[async_trait]
impl<S: Users + ?Sized> Users for CachedStore<S> {
    async fn list_users(&self) -> Result<Vec<User>, StoreError> {
        Ok(self.users.all(|| self.inner.list_users()).await?.to_vec())
    }

    async fn find_user(&self, subject: &Subject) -> Result<Option<User>, StoreError> {
        let is = |user: &User| user.subject == *subject;
        self.users.find(|| self.inner.list_users(), is, || self.inner.find_user(subject)).await
    }

    async fn create_user(&self, user: &User) -> Result<(), StoreError> {
        self.users.write(self.inner.create_user(user), self.inner.list_users()).await
    }

    async fn update_user(&self, user: &User) -> Result<(), StoreError> {
        self.users.write(self.inner.update_user(user), self.inner.list_users()).await
    }

    async fn remove_user(&self, subject: &Subject) -> Result<(), StoreError> {
        self.users.write(self.inner.remove_user(subject), self.inner.list_users()).await
    }
}

#[async_trait]
impl<S: Tokens + ?Sized> Tokens for CachedStore<S> {
    async fn list_tokens(&self) -> Result<Vec<Token>, StoreError> {
        Ok(self.tokens.all(|| self.inner.list_tokens()).await?.to_vec())
    }

    async fn find_token(&self, token_hash: &str) -> Result<Option<Token>, StoreError> {
        let is = |token: &Token| token.token_hash == token_hash;
        self.tokens.find(|| self.inner.list_tokens(), is, || self.inner.find_token(token_hash)).await
    }

    async fn create_token(&self, token: &Token) -> Result<(), StoreError> {
        self.tokens.write(self.inner.create_token(token), self.inner.list_tokens()).await
    }

    async fn remove_token(&self, fingerprint: &str) -> Result<(), StoreError> {
        self.tokens.write(self.inner.remove_token(fingerprint), self.inner.list_tokens()).await
    }

    async fn remove_tokens_of(&self, subject: &Subject) -> Result<u64, StoreError> {
        self.tokens.write(self.inner.remove_tokens_of(subject), self.inner.list_tokens()).await
    }
}

#[async_trait]
impl<S: LastSeen + Users + Tokens + ?Sized> LastSeen for CachedStore<S> {
    async fn note_users_seen(&self, seen: &[(Subject, Timestamp)]) -> Result<(), StoreError> {
        self.users.write(self.inner.note_users_seen(seen), self.inner.list_users()).await
    }

    async fn note_tokens_seen(&self, seen: &[(String, Timestamp)]) -> Result<(), StoreError> {
        self.tokens.write(self.inner.note_tokens_seen(seen), self.inner.list_tokens()).await
    }
}
