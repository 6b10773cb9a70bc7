//! Around every request: its id, its deadline, its log line and figures, safe headers, and problems with their path.
//!
//! Does NOT find out who calls (`authenticate`).

use super::ApiState;
use super::changes::Change;
use super::problem::{Code, Problem};
use crate::telemetry::traces;
use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{ResponseError, web};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::time::{Duration, Instant};
use tracing::Instrument;

/// Header that carries the id of a request, both ways.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// How long a handler may take to answer. Sending what it answered may take longer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Handlers that may take longer: a slow line sends as long as it likes, a sick central is tried in every way, and before an
/// old key goes every archive is read to its end.
const LONGER: [(&str, Duration); 3] = [
    ("/backups/upload", Duration::from_secs(24 * 60 * 60)),
    ("/centrals/{name}/test", Duration::from_secs(180)),
    ("/keys/old/{name}", Duration::from_secs(60 * 60)),
];

type Answer<B> = ServiceResponse<EitherBody<BoxBody, B>>;

/// The outermost middleware.
pub(crate) async fn around<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<Answer<B>, actix_web::Error> {
    let started = Instant::now();
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    let id = request_id(&request, state.as_deref().map(AsRef::as_ref));
    let method = request.method().clone();
    let span = tracing::info_span!("request", request_id = %id, trace_id = tracing::field::Empty);
    let _counted = state.as_ref().map(|state| state.metrics.request_began());
    traces::follow_caller(&span, &|name| request.headers().get(name)?.to_str().ok());
    // Nobody else may hold the request while it finds its route, so what is needed later is taken now.
    let path = request.path().to_owned();
    let route = request.match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let deadline = deadline_of(&route);
    let lost = state.as_ref().filter(|_| !reads(&method)).and_then(|state| lost(state));
    let handled = match lost {
        Some(problem) => Handled::Answered(Err(problem.into())),
        None => {
            let change =
                state.as_ref().filter(|_| !reads(&method)).map(|state| state.requests.changes.begin());
            handled(next.call(request), change, deadline, &span).await
        }
    };
    let outcome = match handled {
        Handled::Answered(Ok(response)) => Ok(with_instance(response, &path, &id)),
        Handled::Answered(Err(error)) => Err(from_error(&error)),
        Handled::TooLate => Err(Problem::unready(format!("no answer within {} s", deadline.as_secs()))),
        // The panic hook has logged where it happened.
        Handled::Panicked => Err(span.in_scope(|| Problem::internal(&"a handler panicked"))),
    };
    let status = outcome.as_ref().map_or_else(ResponseError::status_code, ServiceResponse::status);
    let took = started.elapsed();
    if let Some(state) = &state {
        state.metrics.request_ended(method.as_str(), &route, status.as_u16(), took);
    }
    span.in_scope(|| log(&method, &path, &route, status, took));
    outcome.map_err(|problem| with_safe_headers(problem.at(&path), &id).into())
}

/// How long the handler of a route may take, which is its path with the API's prefix.
fn deadline_of(route: &str) -> Duration {
    let longer = LONGER.iter().find(|(path, _)| route.strip_prefix(super::PREFIX) == Some(*path));
    longer.map_or(DEADLINE, |(_, longer)| *longer)
}

/// What a change is answered while it would go into a file that nobody finds again.
fn lost(state: &ApiState) -> Option<Problem> {
    let (_, words) = state.database.as_ref()?.complaint()?;
    tracing::error!(note = words, "a change was refused");
    Some(Problem::unready("the state database is not the one that was opened; the log tells more"))
}

enum Handled<T> {
    Answered(T),
    TooLate,
    Panicked,
}

/// Waits for a handler. One that changes something goes to its end, also when the client goes away or the deadline has
/// passed: its audit entry comes after the change. A stop of the daemon finds it among the changes that are under way.
async fn handled<T: 'static>(
    handling: impl Future<Output = T> + 'static,
    change: Option<Change>,
    deadline: Duration,
    span: &tracing::Span,
) -> Handled<T> {
    let handling = AssertUnwindSafe(handling).catch_unwind().instrument(span.clone());
    let waited = if let Some(change) = change {
        let task = actix_web::rt::spawn(async move {
            let _until_it_ends = change;
            handling.await
        });
        // A task of this thread ends early only when the thread does.
        tokio::time::timeout(deadline, task)
            .await
            .map(|joined| joined.unwrap_or_else(|error| Err(Box::new(error))))
    } else {
        tokio::time::timeout(deadline, handling).await
    };
    match waited {
        Ok(Ok(answer)) => Handled::Answered(answer),
        Ok(Err(_)) => Handled::Panicked,
        Err(_) => Handled::TooLate,
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

fn log(method: &Method, path: &str, route: &str, status: StatusCode, took: Duration) {
    let (word, status) = (method.as_str(), status.as_u16());
    let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    if status >= 500 {
        tracing::error!(method = word, path, route, status, duration_ms, "request answered");
    } else if reads(method) && status < 400 {
        tracing::debug!(method = word, path, route, status, duration_ms, "request answered");
    } else {
        tracing::info!(method = word, path, route, status, duration_ms, "request answered");
    }
}

/// The id a proxy gave, if it is a plain word; else a new one.
fn request_id(request: &ServiceRequest, state: Option<&ApiState>) -> String {
    let plain = |id: &&str| {
        (8..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    let given = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(plain);
    match (given, state) {
        (Some(id), _) => id.to_owned(),
        (None, Some(state)) => state.requests.ids.next(),
        (None, None) => "unknown".to_owned(),
    }
}

/// Problems know no paths; here they get theirs.
fn with_instance<B>(response: ServiceResponse<B>, path: &str, id: &str) -> Answer<B>
where
    B: MessageBody + 'static,
{
    let problem = response.response().extensions().get::<Problem>().cloned();
    match problem {
        None => {
            let mut response = response.map_into_right_body();
            for (name, value) in safe_headers(id) {
                if name != header::CACHE_CONTROL || !response.headers().contains_key(&name) {
                    response.headers_mut().insert(name, value);
                }
            }
            response
        }
        Some(problem) => {
            let (request, _) = response.into_parts();
            let answer = with_safe_headers(problem.at(path), id).response();
            ServiceResponse::new(request, answer).map_into_left_body()
        }
    }
}

fn with_safe_headers(problem: Problem, id: &str) -> Problem {
    safe_headers(id).into_iter().fold(problem, |problem, (name, value)| problem.header(name, value))
}

/// Errors of the framework itself, such as a path that is no UTF-8.
fn from_error(error: &actix_web::Error) -> Problem {
    if let Some(problem) = error.as_error::<Problem>() {
        return problem.clone();
    }
    let status = error.as_response_error().status_code();
    match status {
        status if status.is_server_error() => Problem::internal(error),
        StatusCode::NOT_FOUND => Problem::new(status, Code::NotFound, "Route not found"),
        status => Problem::new(status, Code::BadRequest, error.to_string()),
    }
}

fn safe_headers(id: &str) -> Vec<(HeaderName, HeaderValue)> {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    let fixed = fixed.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value)));
    // An id is made of letters, digits and dashes.
    fixed.chain(HeaderValue::from_str(id).ok().map(|id| (REQUEST_ID, id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::changes::Changes;
    use crate::http::routes::list_routes;
    use tokio::sync::oneshot;

    #[test]
    fn what_lasts_as_long_as_its_data_is_given_more_time_than_the_rest() {
        let mut patient: Vec<_> =
            list_routes().into_iter().filter(|route| deadline_of(&route.path) > DEADLINE).collect();
        patient.sort_by(|one, other| one.path.cmp(&other.path));
        let patient: Vec<_> = patient.iter().map(|route| (&*route.method, &*route.path)).collect();
        let expected = [
            ("POST", "/api/v1/backups/upload"),
            ("POST", "/api/v1/centrals/{name}/test"),
            ("DELETE", "/api/v1/keys/old/{name}"),
        ];
        assert_eq!(patient, expected);
    }

    #[actix_web::test]
    async fn a_change_that_nobody_waits_for_any_more_is_still_under_way() {
        let changes = Changes::none();
        let (go_on, told) = oneshot::channel::<()>();
        let (done, is_done) = oneshot::channel();
        let change = async move {
            told.await.unwrap();
            done.send(()).unwrap();
        };
        let span = tracing::Span::none();
        let answer = handled(change, Some(changes.begin()), Duration::ZERO, &span).await;
        assert!(matches!(answer, Handled::TooLate));
        assert!(changes.all_ended().now_or_never().is_none());
        go_on.send(()).unwrap();
        changes.all_ended().await;
        is_done.await.unwrap();
    }

    #[actix_web::test]
    async fn a_change_that_panics_is_over() {
        let changes = Changes::none();
        let change = async { panic!("on purpose") };
        let answer = handled::<()>(change, Some(changes.begin()), DEADLINE, &tracing::Span::none()).await;
        assert!(matches!(answer, Handled::Panicked));
        changes.all_ended().await;
    }
}
