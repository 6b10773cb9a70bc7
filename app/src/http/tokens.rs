//! `/auth/tokens/v2`: API tokens, as admins manage them.
//!
//! Does NOT show a token again after it was created: only its hash is kept.

use super::access::{Admin, Caller};
use super::body::Body;
use super::idempotency::ShownOnce;
use super::info::location;
use super::problem::Problem;
use super::role_json::RoleWord;
use super::{State, names, revoked, tell};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Json, Path};
use loom_domain::usecases::accounts::{ListedToken, NewToken};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One token.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Token)]
pub(crate) struct TokenRow {
    /// First 12 hex digits of its SHA-256; the public name of the token.
    fingerprint: String,
    /// Whom it speaks for.
    subject: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// When it was created (RFC 3339).
    created_at: String,
    /// When it was used last (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<String>,
    /// When it ends (RFC 3339); absent means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// A token to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTokenRequest {
    /// Whom it shall speak for; there need be no such user.
    #[schema(value_type = names::UserName)]
    subject: String,
    /// What it may do.
    role: RoleWord,
    /// After how many days it ends; absent, zero or less means never.
    #[schema(maximum = 365_000)]
    expires_in_days: Option<i64>,
}

/// A token that was just created.
#[derive(Serialize, ToSchema)]
pub(crate) struct CreatedToken {
    /// The token itself. It is not shown again.
    token: String,
    /// First 12 hex digits of its SHA-256; the public name of the token.
    fingerprint: String,
    /// Whom it speaks for.
    subject: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// When it ends (RFC 3339); absent means never.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<String>,
}

/// Lists the tokens, by fingerprint, expired ones among them.
#[utoipa::path(get, path = "/auth/tokens/v2", tag = "tokens",
    responses((status = 200, description = "The tokens.", body = [TokenRow])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<TokenRow>>, Problem> {
    Ok(Json(state.accounts.tokens.list().await?.into_iter().map(TokenRow::from).collect()))
}

/// Creates a token and shows it, this once.
#[utoipa::path(post, path = "/auth/tokens/v2", tag = "tokens", request_body = NewTokenRequest,
    responses((status = 201, description = "The token.", body = CreatedToken,
        headers(("Location" = String, description = "Where it is.")))))]
pub(crate) async fn create(
    caller: Caller<Admin>,
    state: State,
    Body(new): Body<NewTokenRequest>,
) -> Result<HttpResponse, Problem> {
    let NewTokenRequest { subject, role, expires_in_days } = new;
    let new = NewToken { subject, role: role.0, expires_in_days };
    let created = state.accounts.tokens.create(&caller.actor()?, new).await?;
    let created = created.or_tell(tell);
    let at = location(&format!("/auth/tokens/v2/{}", created.listed.fingerprint));
    let mut answer = HttpResponse::Created().insert_header((header::LOCATION, at)).json(CreatedToken {
        token: created.token.reveal().to_owned(),
        fingerprint: created.listed.fingerprint,
        subject: created.listed.subject.to_string(),
        role: created.listed.role.as_str(),
        expires_at: created.listed.expires_at.map(|at| at.to_string()),
    });
    answer.extensions_mut().insert(ShownOnce);
    Ok(answer)
}

/// Shows one token.
#[utoipa::path(get, path = "/auth/tokens/v2/{fingerprint}", tag = "tokens",
    params(("fingerprint" = inline(names::Fingerprint), Path, description = "Fingerprint of the token.")),
    responses((status = 200, description = "The token.", body = TokenRow)))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    fingerprint: Path<String>,
) -> Result<Json<TokenRow>, Problem> {
    let tokens = state.accounts.tokens.list().await?;
    let found = tokens.into_iter().find(|token| token.fingerprint == *fingerprint);
    let unknown = || Problem::not_found("token", &fingerprint.escape_debug().to_string());
    found.map(|token| Json(token.into())).ok_or_else(unknown)
}

/// Revokes a token at once; connections opened with it close.
#[utoipa::path(delete, path = "/auth/tokens/v2/{fingerprint}", tag = "tokens",
    params(("fingerprint" = inline(names::Fingerprint), Path, description = "Fingerprint of the token.")),
    responses((status = 204, description = "The token is gone.")))]
pub(crate) async fn revoke(
    caller: Caller<Admin>,
    state: State,
    fingerprint: Path<String>,
) -> Result<HttpResponse, Problem> {
    let removed = state.accounts.tokens.revoke(&caller.actor()?, &fingerprint).await?;
    revoked(&state);
    removed.or_tell(tell);
    Ok(HttpResponse::NoContent().finish())
}

impl From<ListedToken> for TokenRow {
    fn from(token: ListedToken) -> Self {
        Self {
            fingerprint: token.fingerprint,
            subject: token.subject.to_string(),
            role: token.role.as_str(),
            created_at: token.created_at.to_string(),
            last_seen_at: token.last_seen_at.map(|at| at.to_string()),
            expires_at: token.expires_at.map(|at| at.to_string()),
        }
    }
}
