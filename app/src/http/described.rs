//! What the description of an operation says by itself: who may call it, and every problem it may be answered with.
//!
//! It follows from the role, the method, the parameters and the body; a handler describes only what is special about it.
//! Does NOT describe successes.

use super::problem::ProblemBody;
use actix_web::http::StatusCode;
use loom_domain::account::Role;
use utoipa::ToSchema;
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{HttpMethod, Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{Content, Ref, RefOr, Response, ResponseBuilder, Schema};

/// Adds to the description of a handler what holds for all that are like it.
pub(super) fn described(
    mut operation: Operation,
    method: &HttpMethod,
    tags: &[&str],
    role: Option<Role>,
) -> Operation {
    let needs = match role {
        None => "Everybody may call it.".to_owned(),
        Some(role) => format!("Needs the role `{}`.", role.as_str()),
    };
    // Handlers of different files may have one name; clients made from the document need another for each.
    let name = tags.iter().copied().chain(operation.operation_id.as_deref()).collect::<Vec<_>>().join("_");
    operation.operation_id = Some(name.replace([' ', '-'], "_"));
    operation.tags = Some(tags.iter().map(|tag| (*tag).to_owned()).collect());
    let description = operation.description.take();
    operation.description = Some(description.map_or(needs.clone(), |words| format!("{words}\n\n{needs}")));
    if role.is_some() {
        let schemes = ["bearer", "basic", "session"];
        operation.security =
            Some(schemes.iter().map(|name| SecurityRequirement::new(*name, [""; 0])).collect());
    }
    let changes = *method != HttpMethod::Get;
    if changes && !is_form(&operation) {
        operation.parameters.get_or_insert_default().push(RefOr::T(idempotency_key()));
    }
    for (status, words) in problems(&operation, changes, role) {
        let response = ResponseBuilder::new().description(words).build();
        operation.responses.responses.entry(status.as_str().to_owned()).or_insert(RefOr::T(response));
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            complete(status, response);
        }
    }
    operation
}

/// The problems that follow from what an operation is.
fn problems(
    operation: &Operation,
    changes: bool,
    role: Option<Role>,
) -> impl Iterator<Item = (StatusCode, &'static str)> + use<> {
    let has = |wanted: fn(&Parameter) -> bool| {
        let parameters = operation.parameters.iter().flatten();
        parameters.into_iter().any(|parameter| matches!(parameter, RefOr::T(parameter) if wanted(parameter)))
    };
    let body = operation.request_body.is_some();
    let asks = body || has(|parameter| parameter.parameter_in != ParameterIn::Path);
    let names = has(|parameter| parameter.parameter_in == ParameterIn::Path);
    let versioned = has(|parameter| parameter.name == "If-Match");
    let read_before = has(|parameter| parameter.name == "If-None-Match");
    [
        (read_before, StatusCode::NOT_MODIFIED, "It is as the caller has it."),
        (
            asks,
            StatusCode::BAD_REQUEST,
            "What was sent cannot be understood or is not allowed; see `errors`.",
        ),
        (role.is_some(), StatusCode::UNAUTHORIZED, "The credential is missing, unknown, expired or revoked."),
        (
            changes || role > Some(Role::Viewer),
            StatusCode::FORBIDDEN,
            "The role does not suffice, or a session does not repeat its token in `X-CSRF-Token`.",
        ),
        (names, StatusCode::NOT_FOUND, "There is nothing of that name."),
        (changes, StatusCode::REQUEST_TIMEOUT, "The body was not sent in time."),
        (changes, StatusCode::CONFLICT, "It does not go together with what there is."),
        (versioned, StatusCode::PRECONDITION_FAILED, "Somebody changed it since it was read."),
        (changes, StatusCode::PAYLOAD_TOO_LARGE, "The body is too large."),
        (body, StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not JSON."),
        (changes, StatusCode::UNPROCESSABLE_ENTITY, "It is understood and cannot be carried out."),
        (true, StatusCode::TOO_MANY_REQUESTS, "Too many requests, or too many wrong passwords."),
        (true, StatusCode::INTERNAL_SERVER_ERROR, "It failed; the log has the cause."),
        (true, StatusCode::SERVICE_UNAVAILABLE, "Something it needs is not there right now."),
    ]
    .into_iter()
    .filter_map(|(may_be, status, words)| may_be.then_some((status, words)))
}

/// Whether it takes a stream, which nobody can repeat.
fn is_form(operation: &Operation) -> bool {
    let body = operation.request_body.as_ref();
    matches!(body, Some(RefOr::T(body)) if body.content.contains_key("multipart/form-data"))
}

/// Gives a problem its body, and answers the headers they always have.
fn complete(status: &str, response: &mut Response) {
    let mut header = |name: &str, kind: Type, words: &str| {
        let schema = Schema::from(ObjectBuilder::new().schema_type(kind).build());
        let header = HeaderBuilder::new().schema(Some(schema)).description(Some(words)).build();
        response.headers.entry(name.to_owned()).or_insert(RefOr::T(header));
    };
    header("X-Request-Id", Type::String, "Id of the request, as the log has it.");
    match status {
        "401" => header("WWW-Authenticate", Type::String, "How to say who asks."),
        "429" => header("Retry-After", Type::Integer, "Seconds to wait."),
        _ => {}
    }
    if status.starts_with(['4', '5']) && response.content.is_empty() {
        let body = Content::new(Some(RefOr::<Schema>::Ref(Ref::from_schema_name(ProblemBody::name()))));
        response.content.insert("application/problem+json".to_owned(), RefOr::T(body));
    }
}

fn idempotency_key() -> Parameter {
    let text = ObjectBuilder::new().schema_type(Type::String).min_length(Some(1)).max_length(Some(255));
    ParameterBuilder::new()
        .name("Idempotency-Key")
        .parameter_in(ParameterIn::Header)
        .description(Some(
            "A word of the client's own. A repetition with the same word is answered as the first was.",
        ))
        .schema(Some(Schema::from(text.build())))
        .build()
}
