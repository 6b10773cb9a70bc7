//! `/users`: who may log in, as admins manage it.
//!
//! Does NOT know how passwords are stored.

use super::access::{Admin, Caller};
use super::body::Body;
use super::info::location;
use super::problem::Problem;
use super::role_json::RoleWord;
use super::secret_json::Secret;
use super::{State, names, revoked, tell};
use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Json, Path};
use loom_domain::usecases::accounts::{ListedUser, UserChange};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One user.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = User)]
pub(crate) struct UserRow {
    /// Name.
    subject: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// When the user was created (RFC 3339).
    created_at: String,
    /// When the user was seen last (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    last_seen_at: Option<String>,
}

/// One user, in the form of older clients.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LegacyUser {
    /// Name.
    username: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
}

/// A user to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// Name: neither empty nor with `=`, white space or control characters. Case does not count.
    #[schema(value_type = names::UserName)]
    username: String,
    /// Password.
    #[schema(value_type = String, format = Password, min_length = 1)]
    password: Secret,
    /// What the user may do.
    role: RoleWord,
}

/// What to change; at least one of both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangedUser {
    /// The new password.
    #[schema(value_type = Option<String>, format = Password, min_length = 1)]
    password: Option<Secret>,
    /// The new role; tokens of the user end with the old one.
    role: Option<RoleWord>,
}

/// Lists the users, by name.
#[utoipa::path(get, path = "/users", tag = "users",
    responses((status = 200, description = "The users.", body = [UserRow])))]
pub(crate) async fn list(_: Caller<Admin>, state: State) -> Result<Json<Vec<UserRow>>, Problem> {
    Ok(Json(state.accounts.users.list().await?.iter().map(UserRow::from).collect()))
}

/// Lists the users in the form of older clients.
#[utoipa::path(get, path = "/auth/users", tag = "users",
    responses((status = 200, description = "The users.", body = [LegacyUser])))]
pub(crate) async fn list_legacy(_: Caller<Admin>, state: State) -> Result<Json<Vec<LegacyUser>>, Problem> {
    let users = state.accounts.users.list().await?;
    let legacy =
        |user: &ListedUser| LegacyUser { username: user.subject.to_string(), role: user.role.as_str() };
    Ok(Json(users.iter().map(legacy).collect()))
}

/// Adds a user.
#[utoipa::path(post, path = "/users", tag = "users", request_body = NewUser,
    responses((status = 201, description = "The user.", body = UserRow,
        headers(("Location" = String, description = "Where it is.")))))]
pub(crate) async fn create(
    caller: Caller<Admin>,
    state: State,
    Body(user): Body<NewUser>,
) -> Result<HttpResponse, Problem> {
    let (password, role) = (user.password.into_text(), user.role.0);
    let created = state.accounts.users.create(&caller.actor()?, &user.username, &password, role).await?;
    let created = created.or_tell(tell);
    let mut answer = HttpResponse::Created();
    // A name may hold what a header may not; then there is no link.
    if created.subject.as_str().bytes().all(|byte| byte.is_ascii_graphic() && byte != b'/' && byte != b'%') {
        answer.insert_header((header::LOCATION, location(&format!("/users/{}", created.subject))));
    }
    Ok(answer.json(UserRow::from(&created)))
}

/// Shows one user.
#[utoipa::path(get, path = "/users/{subject}", tag = "users",
    params(("subject" = String, Path, description = "Name of the user.")),
    responses((status = 200, description = "The user.", body = UserRow)))]
pub(crate) async fn show(
    _: Caller<Admin>,
    state: State,
    subject: Path<String>,
) -> Result<Json<UserRow>, Problem> {
    let wanted = subject.trim().to_lowercase();
    let users = state.accounts.users.list().await?;
    let found = users.iter().find(|user| user.subject.as_str() == wanted);
    let unknown = || Problem::not_found("user", &subject.escape_debug().to_string());
    found.map(|user| Json(user.into())).ok_or_else(unknown)
}

/// Changes password or role of a user. Every session of the user ends.
#[utoipa::path(patch, path = "/users/{subject}", tag = "users", request_body = ChangedUser,
    params(("subject" = String, Path, description = "Name of the user.")),
    responses((status = 204, description = "The user is changed.")))]
pub(crate) async fn update(
    caller: Caller<Admin>,
    state: State,
    subject: Path<String>,
    Body(change): Body<ChangedUser>,
) -> Result<HttpResponse, Problem> {
    let change =
        UserChange { password: change.password.map(Secret::into_text), role: change.role.map(|role| role.0) };
    let updated = state.accounts.users.update(&caller.actor()?, &subject, change).await;
    revoked(&state);
    updated?.or_tell(tell);
    Ok(HttpResponse::NoContent().finish())
}

/// Removes a user with all sessions and tokens.
#[utoipa::path(delete, path = "/users/{subject}", tag = "users",
    params(("subject" = String, Path, description = "Name of the user.")),
    responses((status = 204, description = "The user is gone.")))]
pub(crate) async fn remove(
    caller: Caller<Admin>,
    state: State,
    subject: Path<String>,
) -> Result<HttpResponse, Problem> {
    let removed = state.accounts.users.remove(&caller.actor()?, &subject).await;
    revoked(&state);
    removed?.or_tell(tell);
    Ok(HttpResponse::NoContent().finish())
}

impl From<&ListedUser> for UserRow {
    fn from(user: &ListedUser) -> Self {
        Self {
            subject: user.subject.to_string(),
            role: user.role.as_str(),
            created_at: user.created_at.to_string(),
            last_seen_at: user.last_seen_at.map(|at| at.to_string()),
        }
    }
}
