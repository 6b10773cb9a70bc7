//! Idempotency keys: a repeated request with the same key is answered as the first was, and carried out once.
//!
//! Kept in memory for five minutes and within a bound for each user, so that nobody pushes out what others may repeat.
//! Answers of failures on our side and refusals that may pass are not kept, so that trying again helps; of an answer with
//! a secret in it only that it was given. Does NOT apply to requests without the header, to reads or to uploads.

use super::access::Authenticated;
use super::body::MAX_BODY_BYTES;
use super::problem::Problem;
use super::{ApiState, PREFIX};
use actix_web::body::{BoxBody, EitherBody, MessageBody, to_bytes_limited};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, header};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, web};
use bytes::Bytes;
use loom_domain::account::Role;
use loom_domain::config_document::MAX_DOCUMENT_BYTES;
use loom_domain::usecases::accounts::Identity;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The header with the client's key.
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
const KEPT_FOR: Duration = Duration::from_secs(5 * 60);
/// Of each user in each role.
const MOST_KEPT: usize = 100;
const MOST_KEY_CHARS: usize = 255;
/// Larger answers are not kept; a repetition is carried out again.
const MOST_ANSWER_BYTES: usize = 256 << 10;

/// The one path that takes more than other bodies may have.
const DOCUMENTS: &str = "/config/import";

/// The one path whose body is a stream that is read once. A key means nothing there.
pub(super) const STREAM: &str = "/backups/upload";

/// Marks an answer, among its extensions, that is given once and kept nowhere: it holds a secret in clear.
#[derive(Clone, Copy)]
pub(crate) struct ShownOnce;

/// The answers of requests with a key.
#[derive(Default)]
pub(crate) struct Idempotency {
    kept: Mutex<HashMap<[u8; 32], Kept>>,
}

struct Kept {
    owner: [u8; 32],
    since: Instant,
    request: [u8; 32],
    /// `None` while it is carried out.
    end: Option<End>,
}

#[derive(Clone)]
enum End {
    Answered(Answer),
    ShownOnce,
}

#[derive(Clone)]
struct Answer {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
    /// What the answer tells, if it is a problem: around the routes it gets its path.
    problem: Option<Problem>,
}

enum Begun {
    /// It is the first: carry it out.
    First,
    /// It was carried out before.
    Ended(End),
    /// The first is still being carried out.
    Running,
    /// The key belongs to another request.
    Another,
}

/// Forgets a request whose answer never came, however its handler ended.
struct Running<'a> {
    table: &'a Idempotency,
    key: [u8; 32],
    kept: bool,
}

impl Running<'_> {
    fn end(&mut self, end: End) {
        if let Some(entry) = self.table.lock().get_mut(&self.key) {
            entry.since = Instant::now();
            entry.end = Some(end);
            self.kept = true;
        }
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        if !self.kept {
            self.table.lock().remove(&self.key);
        }
    }
}

impl Idempotency {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begin(&self, owner: [u8; 32], key: [u8; 32], request: [u8; 32], now: Instant) -> Begun {
        let mut kept = self.lock();
        // Running ones stay: their end removes or dates them.
        kept.retain(|_, entry| entry.end.is_none() || now.duration_since(entry.since) < KEPT_FOR);
        if let Some(entry) = kept.get(&key) {
            return match &entry.end {
                _ if entry.request != request => Begun::Another,
                Some(end) => Begun::Ended(end.clone()),
                None => Begun::Running,
            };
        }
        let own = || kept.iter().filter(|(_, entry)| entry.owner == owner);
        if own().count() >= MOST_KEPT {
            let ended = own().filter(|(_, entry)| entry.end.is_some());
            if let Some(oldest) = ended.min_by_key(|(_, entry)| entry.since).map(|(key, _)| *key) {
                kept.remove(&oldest);
            }
        }
        kept.insert(key, Kept { owner, since: now, request, end: None });
        Begun::First
    }
}

/// The middleware; it stands inside of `authenticate`, because a key belongs to whoever sent it.
pub(crate) async fn once<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let changes = matches!(*request.method(), Method::POST | Method::PUT | Method::PATCH | Method::DELETE)
        && request.path().strip_prefix(PREFIX) != Some(STREAM);
    let state = request.app_data::<web::Data<ApiState>>().cloned();
    let (Some(key), Some(state)) = (request.headers().get(IDEMPOTENCY_KEY).filter(|_| changes), state) else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    let Some(key) = key.to_str().ok().filter(|key| (1..=MOST_KEY_CHARS).contains(&key.len())) else {
        return Err(Problem::bad_request("`Idempotency-Key` has to be 1 to 255 visible characters").into());
    };
    let found = request.extensions().get::<Authenticated>().cloned();
    // Whoever is not known shares nothing with anybody.
    let Some(Authenticated::Known(Identity { subject, role, .. })) = found else {
        return Ok(next.call(request).await?.map_into_left_body());
    };
    // The role too: who lost it meanwhile must not be handed what it brought.
    let owner = digest(&[subject.as_str(), role.as_str()].map(str::as_bytes));
    let parts = [request.method().as_str(), request.path(), key];
    let key = digest(&[&owner[..], &digest(&parts.map(str::as_bytes))]);
    let payload = request.take_payload();
    let takes_documents = request.path().strip_prefix(PREFIX) == Some(DOCUMENTS) && role == Role::Admin;
    let most = if takes_documents { MAX_DOCUMENT_BYTES } else { MAX_BODY_BYTES };
    let body = super::body::read(request.request(), payload, most).await?;
    let asked = digest(&[request.query_string().as_bytes(), &body]);
    request.set_payload(actix_web::dev::Payload::from(body));
    match state.requests.idempotency.begin(owner, key, asked, Instant::now()) {
        Begun::Running => {
            Err(Problem::conflict("a request with this `Idempotency-Key` is still being carried out").into())
        }
        Begun::Another => {
            Err(Problem::unprocessable("this `Idempotency-Key` was used for another request").into())
        }
        Begun::Ended(End::Answered(answer)) => Ok(replayed(request, answer)),
        Begun::Ended(End::ShownOnce) => Err(Problem::conflict(
            "this was carried out, and its answer holds a secret that is shown once only; if it did not arrive, find \
             in the list what was created, revoke it, and create another one with a new `Idempotency-Key`",
        )
        .into()),
        Begun::First => {
            let running = Running { table: &state.requests.idempotency, key, kept: false };
            let response = next.call(request).await?;
            Ok(remember(running, response).await?.map_into_right_body())
        }
    }
}

/// Keeps an answer and passes it on.
async fn remember<B: MessageBody + 'static>(
    mut running: Running<'_>,
    response: ServiceResponse<B>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let small = |size: actix_web::body::BodySize| match size {
        actix_web::body::BodySize::None => true,
        actix_web::body::BodySize::Sized(bytes) => bytes <= MOST_ANSWER_BYTES as u64,
        actix_web::body::BodySize::Stream => false,
    };
    if response.response().extensions().get::<ShownOnce>().is_some() {
        running.end(End::ShownOnce);
        return Ok(response.map_into_boxed_body());
    }
    if is_forgotten(response.status()) || !small(response.response().body().size()) {
        return Ok(response.map_into_boxed_body());
    }
    let (request, response) = response.into_parts();
    let problem = response.extensions().get::<Problem>().cloned();
    let (head, body) = response.into_parts();
    let body = match to_bytes_limited(body, MOST_ANSWER_BYTES).await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) | Err(_) => return Err(Problem::internal(&"an answer could not be read back").into()),
    };
    let headers = head.headers().iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    let answer = Answer { status: head.status(), headers, body: body.clone(), problem: problem.clone() };
    running.end(End::Answered(answer));
    let mut response = head.set_body(BoxBody::new(body));
    if let Some(problem) = problem {
        response.extensions_mut().insert(problem);
    }
    Ok(ServiceResponse::new(request, response))
}

/// Whether an answer is not kept: nothing was done, and the same request may be answered otherwise in a moment, though
/// nobody mends it.
fn is_forgotten(status: StatusCode) -> bool {
    let passing = [
        StatusCode::UNAUTHORIZED,
        StatusCode::FORBIDDEN,
        StatusCode::NOT_FOUND,
        StatusCode::REQUEST_TIMEOUT,
        StatusCode::CONFLICT,
        StatusCode::TOO_MANY_REQUESTS,
    ];
    status.is_server_error() || passing.contains(&status)
}

fn replayed<B>(request: ServiceRequest, answer: Answer) -> ServiceResponse<EitherBody<B>> {
    let mut response = HttpResponse::build(answer.status);
    // A cookie is a credential: it is given once, to the first.
    for header in answer.headers.into_iter().filter(|(name, _)| name != header::SET_COOKIE) {
        response.append_header(header);
    }
    response.insert_header((REPLAY, "true"));
    let mut response = response.body(answer.body);
    if let Some(problem) = answer.problem {
        let problem = problem.header(REPLAY, HeaderValue::from_static("true"));
        response.extensions_mut().insert(problem);
    }
    request.into_response(response).map_into_right_body()
}

/// SHA-256 over parts, each with its length, so that no two lists of parts are one.
fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWER: [u8; 32] = [1; 32];
    const ADMIN: [u8; 32] = [2; 32];
    const REQUEST: [u8; 32] = [3; 32];

    fn key(number: usize) -> [u8; 32] {
        digest(&[&number.to_be_bytes()])
    }

    /// Whether a request is carried out; then it is answered at once.
    fn is_carried_out(table: &Idempotency, owner: [u8; 32], key: [u8; 32], now: Instant) -> bool {
        match table.begin(owner, key, REQUEST, now) {
            Begun::First => {
                Running { table, key, kept: false }.end(End::ShownOnce);
                true
            }
            Begun::Ended(_) => false,
            Begun::Running | Begun::Another => panic!("it has ended, and it is the same request"),
        }
    }

    #[test]
    fn who_sends_many_keys_pushes_out_own_ones_only() {
        let (table, now) = (Idempotency::default(), Instant::now());
        let of_admin = key(0);
        assert!(is_carried_out(&table, ADMIN, of_admin, now));
        for number in 1..=1_001 {
            assert!(is_carried_out(&table, VIEWER, key(number), now), "{number}");
        }
        assert!(!is_carried_out(&table, ADMIN, of_admin, now));
        assert!(!is_carried_out(&table, VIEWER, key(1_001), now));
        assert_eq!(table.lock().len(), 1 + MOST_KEPT);
    }

    #[test]
    fn what_runs_is_not_pushed_out() {
        let (table, now) = (Idempotency::default(), Instant::now());
        assert!(matches!(table.begin(VIEWER, key(0), REQUEST, now), Begun::First));
        for number in 1..=1_001 {
            is_carried_out(&table, VIEWER, key(number), now);
        }
        assert!(matches!(table.begin(VIEWER, key(0), REQUEST, now), Begun::Running));
    }
}
