//! Parameters of a request's query.
//!
//! Does NOT read paths or bodies. A parameter nobody knows is refused: it may be a filter that was meant to narrow.

use super::problem::Problem;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use std::future::{Ready, ready};

/// The query of a request.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let parsed = web::Query::<T>::from_query(request.query_string());
        ready(parsed.map(|query| Self(query.into_inner())).map_err(|error| {
            let words = match &error {
                actix_web::error::QueryPayloadError::Deserialize(error) => error.to_string(),
                other => other.to_string(),
            };
            Problem::invalid("query", words).into()
        }))
    }
}

/// An instant out of a parameter.
pub(crate) fn instant(name: &str, text: Option<&str>) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        // A plus sign in a query is a space to most parsers; whoever meant an offset is understood.
        text.replace(' ', "+").parse::<Timestamp>()
    };
    text.filter(|text| !text.is_empty())
        .map(parse)
        .transpose()
        .map_err(|_| Problem::invalid(name, "an RFC 3339 time such as `2026-06-08T12:00:00Z` is expected"))
}
