//! The first run: what the config file says of sections, centrals, users and tokens becomes the stored state, once.
//!
//! Afterwards the state wins, and the file is read for what has to be known before the state is. Settings that were
//! imported before the first run do not keep the accounts of the file away. Does NOT overwrite.

use super::StartError;
use crate::config::DaemonConfig;
use crate::roles::Roles;
use loom_domain::account::{Role, Subject, Token, User};
use loom_domain::audit_trail::{Actor, AuditAction, AuditDraft, AuditTrail};
use loom_domain::config_batch::ConfigBatch;
use loom_domain::config_section::{ExpectedVersion, SectionWrite};
use loom_domain::credential::CredentialDigest;
use loom_domain::ports::{Clock, Passwords, StoreError};
use loom_domain::secret::SecretText;

const SEEDED_BY: &str = "config-file";

/// Seeds a state that was never seeded. A crash in the middle is mended by the next start.
pub(super) async fn seed(
    config: &DaemonConfig,
    roles: &Roles,
    passwords: &dyn Passwords,
    clock: &dyn Clock,
    audit: &AuditTrail,
) -> Result<(), StartError> {
    if roles.batches.seeded_at().await?.is_some() {
        return Ok(());
    }
    let now = clock.now();
    let (sections, centrals) = (config.sections_of_file(), config.centrals_of_file(now));
    let mut batch = ConfigBatch { seeded_at: Some(now), ..ConfigBatch::default() };
    let is_new =
        roles.sections.list_sections().await?.is_empty() && roles.centrals.list_centrals().await?.is_empty();
    // Accounts in a state that holds nothing else are of a seeding that was cut off.
    if is_new || is_without_accounts(roles).await? {
        seed_accounts(config, roles, passwords, clock).await?;
    }
    if is_new {
        batch.sections = sections
            .into_iter()
            .map(|(name, value)| SectionWrite {
                name,
                value,
                expected: ExpectedVersion::Absent,
                at: now,
                by: SEEDED_BY.to_owned(),
            })
            .collect();
        batch.centrals = centrals;
    } else if sections.len() + centrals.len() > 0 {
        tracing::warn!(
            sections = sections.len(),
            centrals = centrals.len(),
            "what the config file says of sections and centrals is passed over: the state holds some already"
        );
    }
    let (sections, centrals) = (batch.sections.len(), batch.centrals.len());
    roles.batches.apply_config(&batch).await?;
    if sections + centrals > 0 {
        tracing::info!(sections, centrals, "the state was seeded from the config file");
        let words = format!("{sections} sections, {centrals} centrals of the config file");
        let draft = AuditDraft::new(&Actor::anonymous("first run"), AuditAction::ConfigImport, &words);
        if let Err(missing) = audit.record(draft).await {
            tracing::error!(error = %missing, "audit entry missing");
        }
    }
    Ok(())
}

async fn is_without_accounts(roles: &Roles) -> Result<bool, StoreError> {
    Ok(roles.users.list_users().await?.is_empty() && roles.tokens.list_tokens().await?.is_empty())
}

/// Users and tokens that the file names become rows; its users are admins, its tokens have roles of their own.
async fn seed_accounts(
    config: &DaemonConfig,
    roles: &Roles,
    passwords: &dyn Passwords,
    clock: &dyn Clock,
) -> Result<(), StartError> {
    let now = clock.now();
    let (users, tokens) = (config.users_of_file(), config.tokens_of_file());
    if users.len() + tokens.len() > 0 {
        tracing::info!(
            users = users.len(),
            tokens = tokens.len(),
            "accounts are seeded from the config file"
        );
    }
    for (name, password) in users {
        let subject = Subject::parse(&name).map_err(|error| StartError::Seed(error.to_string()))?;
        let is_hash =
            ["$2a$", "$2b$", "$2y$", "$argon2id$"].iter().any(|form| password.reveal().starts_with(form));
        let password_hash = match is_hash {
            true => password,
            false => passwords.hash(&password).await.map_err(|error| StartError::Seed(error.to_string()))?,
        };
        let user = User {
            subject,
            password_hash,
            role: Role::Admin,
            created_at: now,
            updated_at: now,
            last_seen_at: None,
        };
        there_already(roles.users.create_user(&user).await)?;
    }
    for (token, role) in tokens {
        // The file names no one for them.
        let subject = Subject::parse(SEEDED_BY).map_err(|error| StartError::Seed(error.to_string()))?;
        there_already(roles.tokens.create_token(&row(subject, role, &token, now)).await)?;
    }
    Ok(())
}

fn row(subject: Subject, role: Role, token: &SecretText, now: jiff::Timestamp) -> Token {
    let digest = CredentialDigest::of(token);
    Token {
        fingerprint: digest.fingerprint().to_owned(),
        token_hash: digest.as_str().to_owned(),
        subject,
        role,
        created_at: now,
        last_seen_at: None,
        expires_at: None,
    }
}

/// A seeding that was cut off leaves accounts; they are fine as they are.
fn there_already(created: Result<(), StoreError>) -> Result<(), StoreError> {
    match created {
        Err(StoreError::AlreadyExists { .. }) => Ok(()),
        other => other,
    }
}
