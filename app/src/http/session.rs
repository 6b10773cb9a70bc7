//! `/auth/login`, `/auth/logout`, `/auth/me`: sessions of people, and their own password.
//!
//! Does NOT know how passwords are checked; sets and clears the two cookies.

use super::access::{Anybody, Caller, Viewer, challenge};
use super::authenticate::{SESSION_COOKIE, charge, guessing, source};
use super::body::Body;
use super::csrf::CSRF_COOKIE;
use super::problem::Problem;
use super::secret_json::Secret;
use super::{State, revoked, tell};
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Json;
use actix_web::{HttpRequest, HttpResponse};
use loom_domain::credential;
use loom_domain::secret::SecretText;
use loom_domain::usecases::accounts::{AccountError, Identity, LoggedIn};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who logs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LoginRequest {
    /// Name of the user.
    username: String,
    /// Their password.
    #[schema(value_type = String, format = Password)]
    password: Secret,
}

/// Who somebody is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Identity)]
pub(crate) struct IdentityBody {
    /// The account.
    subject: String,
    /// `viewer`, `operator` or `admin`.
    role: &'static str,
    /// `basic`, `bearer`, `session`, `oidc` or `ingress`.
    scheme: &'static str,
}

/// A new password for whoever asks.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordRequest {
    /// The password as it is.
    #[schema(value_type = String, format = Password)]
    current_password: Secret,
    /// As it shall be; at least 8 characters.
    #[schema(value_type = String, format = Password, min_length = 8)]
    new_password: Secret,
}

/// Opens a session of 12 hours and sets its cookie.
///
/// State-changing requests with that cookie repeat the cookie `openccu_loom_csrf` in the header `X-CSRF-Token`.
#[utoipa::path(post, path = "/auth/login", tag = "auth", request_body = LoginRequest,
    responses((status = 200, description = "Who logged in.", body = IdentityBody),
        (status = 401, description = "User name or password is not right.")))]
pub(crate) async fn login(
    _: Caller<Anybody>,
    state: State,
    request: HttpRequest,
    Body(login): Body<LoginRequest>,
) -> Result<HttpResponse, Problem> {
    if !state.config.hot().session_enabled {
        return Err(Problem::forbidden("sessions are switched off (`north.rest.auth.session_enabled`)"));
    }
    let source = source(&request);
    let _turn = guessing(&state, &source)?;
    let opened = state.accounts.logins.log_in(&login.username, &login.password.into_text()).await;
    if matches!(opened, Err(AccountError::Unauthorized | AccountError::UnusableHash { .. })) {
        charge(&state, &source);
    }
    let opened = opened?.or_tell(tell);
    with_session(&state, &opened)
}

/// Ends the session and clears its cookie.
#[utoipa::path(post, path = "/auth/logout", tag = "auth",
    responses((status = 204, description = "There is no session any more.")))]
pub(crate) async fn logout(
    _: Caller<Anybody>,
    state: State,
    request: HttpRequest,
) -> Result<HttpResponse, Problem> {
    if let Some(cookie) = request.cookie(SESSION_COOKIE) {
        let ended = state.accounts.logins.log_out(&SecretText::new(cookie.value())).await?;
        if let Some(ended) = ended {
            ended.or_tell(tell);
            revoked(&state);
        }
    }
    let secure = state.config.hot().csrf_secure;
    let gone = |name, http_only| cookie(name, String::new(), http_only, secure);
    let mut response = HttpResponse::NoContent().finish();
    for (name, http_only) in [(SESSION_COOKIE, true), (CSRF_COOKIE, false)] {
        let mut cookie = gone(name, http_only);
        cookie.make_removal();
        add(&mut response, &cookie)?;
    }
    Ok(response)
}

/// Tells who asks.
#[utoipa::path(get, path = "/auth/me", tag = "auth",
    responses((status = 200, description = "Who asks.", body = IdentityBody),
        (status = 401, description = "Nobody is logged in.")))]
pub(crate) async fn me(caller: Caller<Anybody>) -> Result<Json<IdentityBody>, Problem> {
    match caller.identity() {
        Some(identity) => Ok(Json(identity.into())),
        None => Err(challenge("nobody is logged in")),
    }
}

/// Changes the password of whoever asks. Every other session of the account ends.
#[utoipa::path(patch, path = "/auth/me/password", tag = "auth", request_body = PasswordRequest,
    responses((status = 204, description = "It is changed.")))]
pub(crate) async fn change_password(
    caller: Caller<Viewer>,
    state: State,
    request: HttpRequest,
    Body(change): Body<PasswordRequest>,
) -> Result<HttpResponse, Problem> {
    let source = source(&request);
    let _turn = guessing(&state, &source)?;
    let (current, new) = (change.current_password.into_text(), change.new_password.into_text());
    let changed = state.accounts.own_password.change(caller.known()?, &current, &new).await;
    if matches!(changed, Err(AccountError::Unauthorized)) {
        charge(&state, &source);
        return Err(Problem::forbidden("the current password is not right"));
    }
    let fresh = changed?.or_tell(tell);
    revoked(&state);
    let mut response = HttpResponse::NoContent().finish();
    if let Some(fresh) = fresh {
        let secure = state.config.hot().csrf_secure;
        add(&mut response, &cookie(SESSION_COOKIE, fresh.cookie.reveal().to_owned(), true, secure))?;
    }
    Ok(response)
}

/// The answer to a login: who it is, and the two cookies.
fn with_session(state: &State, opened: &LoggedIn) -> Result<HttpResponse, Problem> {
    let secure = state.config.hot().csrf_secure;
    let csrf = credential::mint(state.randomness.as_ref()).map_err(|error| Problem::internal(&error))?;
    let mut response = HttpResponse::Ok().json(IdentityBody::from(&opened.identity));
    add(&mut response, &cookie(SESSION_COOKIE, opened.cookie.reveal().to_owned(), true, secure))?;
    add(&mut response, &cookie(CSRF_COOKIE, csrf.reveal().to_owned(), false, secure))?;
    Ok(response)
}

fn cookie(name: &'static str, value: String, http_only: bool, secure: bool) -> Cookie<'static> {
    Cookie::build(name, value).path("/").http_only(http_only).secure(secure).same_site(SameSite::Lax).finish()
}

fn add(response: &mut HttpResponse, cookie: &Cookie<'_>) -> Result<(), Problem> {
    response.add_cookie(cookie).map_err(|error| Problem::internal(&error))
}

impl From<&Identity> for IdentityBody {
    fn from(identity: &Identity) -> Self {
        Self {
            subject: identity.subject.to_string(),
            role: identity.role.as_str(),
            scheme: identity.scheme.as_str(),
        }
    }
}
