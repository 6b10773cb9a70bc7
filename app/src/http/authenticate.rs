//! Who sends a request: Basic, Bearer, or the session cookie; an explicit header wins over the cookie.
//!
//! Also the throttle on guessing, the rate limit per identity and the check of session requests for forgery. Does NOT
//! decide who may call what (`access`).

use super::access::Authenticated;
use super::csrf;
use super::problem::Problem;
use super::throttle::{Empty, Rate, Turn};
use super::{ApiState, PREFIX};
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use loom_domain::secret::SecretText;
use loom_domain::usecases::accounts::{AccountError, Shown};
use std::time::Instant;

/// Cookie with the session.
pub(crate) const SESSION_COOKIE: &str = "openccu_loom_session";
/// How often one source may send a wrong password.
const LOGINS: Rate = Rate { per_second: 1.0, burst: 5.0 };

/// How many passwords of one source are checked or wait for it at a time.
const MOST_GUESSES: usize = 16;

/// A credential as it came.
enum Credential {
    Basic {
        user: String,
        password: SecretText,
    },
    Bearer(SecretText),
    Session(SecretText),
    /// A header that is none of these.
    Unusable,
}

/// The middleware.
pub(crate) async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let Some(state) = request.app_data::<web::Data<ApiState>>().cloned() else {
        return Err(Problem::internal(&"the API has no state").into());
    };
    // Before anything else: a browser also adds what it remembers of Basic to requests that other pages make it send.
    csrf::check_origin_of_change(request.request())?;
    let found = find_out(&state, request.request()).await?;
    if let Authenticated::Known(identity) = &found
        && matches!(identity.shown, Shown::Session(_))
        && state.config.hot().csrf_enabled
        // Whoever logs in anew may have lost the value that belongs to the old session.
        && !request.path().ends_with("/auth/login")
    {
        csrf::check(request.request())?;
    }
    if !is_watched(request.path()) {
        limit(&state, &found)?;
    }
    request.extensions_mut().insert(found);
    Ok(next.call(request).await?.map_into_left_body())
}

/// Works out who sends `request`. An error is a refusal for reasons other than the credential.
pub(crate) async fn find_out(state: &ApiState, request: &HttpRequest) -> Result<Authenticated, Problem> {
    let (identify, hot) = (&state.accounts.identify, state.config.hot());
    let identified = match credential(request) {
        None => return Ok(Authenticated::Anonymous),
        Some(Credential::Unusable) => return Ok(Authenticated::Refused),
        Some(Credential::Bearer(_)) if !hot.bearer_enabled => return Ok(Authenticated::Refused),
        Some(Credential::Session(_)) if !hot.session_enabled => return Ok(Authenticated::Refused),
        Some(Credential::Basic { .. }) if !hot.basic_enabled => return Ok(Authenticated::Refused),
        Some(Credential::Bearer(token)) => identify.by_bearer(&token).await,
        Some(Credential::Session(cookie)) => identify.by_session(&cookie).await,
        Some(Credential::Basic { user, password }) => {
            let source = source(request);
            let _turn = guessing(state, &source)?;
            let identified = identify.by_basic(&user, &password).await;
            if matches!(identified, Err(AccountError::Unauthorized | AccountError::UnusableHash { .. })) {
                charge(state, &source);
            }
            identified
        }
    };
    match identified {
        Ok(identity) => Ok(Authenticated::Known(identity)),
        Err(AccountError::Unauthorized) => Ok(Authenticated::Refused),
        Err(error @ AccountError::UnusableHash { .. }) => {
            tracing::warn!(%error, "a stored password hash is of no use");
            Ok(Authenticated::Refused)
        }
        Err(error) => Err(error.into()),
    }
}

/// Refuses a source that has guessed too often.
pub(crate) fn throttled(state: &ApiState, source: &str) -> Result<(), Problem> {
    let checked = state.requests.login_throttle.check(source, LOGINS, Instant::now());
    checked.map_err(|Empty(secs)| Problem::rate_limited(secs))
}

/// Lets a source try a password, unless it has guessed too often or is trying too many at once.
pub(crate) fn guessing<'a>(state: &'a ApiState, source: &str) -> Result<Turn<'a>, Problem> {
    throttled(state, source)?;
    let turn = state.requests.guesses.begin(source, MOST_GUESSES);
    turn.ok_or_else(|| Problem::rate_limited(1))
}

/// Charges a source for a guess that was wrong.
pub(crate) fn charge(state: &ApiState, source: &str) {
    state.metrics.login_failed();
    tracing::warn!(source, "login failed");
    state.requests.login_throttle.charge(source, LOGINS, Instant::now());
}

/// The address of the peer itself: what a header claims of the peer is anybody's to write.
pub(crate) fn source(request: &HttpRequest) -> String {
    request.peer_addr().map_or_else(|| "unknown".to_owned(), |peer| peer.ip().to_canonical().to_string())
}

/// What watchdogs and monitors ask; whoever floods the daemon must not make it look dead.
fn is_watched(path: &str) -> bool {
    path.strip_prefix(PREFIX).is_some_and(|path| matches!(path, "/info" | "/health"))
}

/// Counts a request for whoever sent it; all whom nobody knows are one.
fn limit(state: &ApiState, found: &Authenticated) -> Result<(), Problem> {
    let Some((per_second, burst)) = state.config.hot().request_rate else { return Ok(()) };
    let rate = Rate { per_second, burst };
    // A subject is never empty.
    let key = match found {
        Authenticated::Known(identity) => identity.subject.as_str(),
        Authenticated::Anonymous | Authenticated::Refused => "",
    };
    let taken = state.requests.request_limit.take(key, rate, Instant::now());
    taken.map_err(|Empty(secs)| Problem::rate_limited(secs))
}

fn credential(request: &HttpRequest) -> Option<Credential> {
    let Some(header) = request.headers().get(header::AUTHORIZATION) else {
        let cookie = request.cookie(SESSION_COOKIE)?;
        return Some(Credential::Session(SecretText::new(cookie.value().to_owned())));
    };
    let Some((scheme, rest)) = header.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return Some(Credential::Unusable);
    };
    let rest = rest.trim();
    Some(if scheme.eq_ignore_ascii_case("bearer") {
        Credential::Bearer(SecretText::new(rest.to_owned()))
    } else if scheme.eq_ignore_ascii_case("basic") {
        basic(rest).unwrap_or(Credential::Unusable)
    } else {
        Credential::Unusable
    })
}

fn basic(encoded: &str) -> Option<Credential> {
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (user, password) = decoded.split_once(':')?;
    Some(Credential::Basic { user: user.to_owned(), password: SecretText::new(password.to_owned()) })
}
