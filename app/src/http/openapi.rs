//! The OpenAPI document: put together from the descriptions of all routes.
//!
//! Does NOT describe a route itself; each handler carries its own description.

use super::PREFIX;
use super::api::Api;
use super::authenticate::SESSION_COOKIE;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathsBuilder};

/// Version of the API's contract.
pub(crate) const API_VERSION: &str = "7.1.0";

/// The document as JSON, and `sha256:` with the hash of it.
pub(crate) struct Document {
    pub(crate) json: String,
    pub(crate) digest: String,
}

/// The document of this build.
pub(crate) fn document() -> &'static Document {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    DOCUMENT.get_or_init(|| {
        let json = build().to_json().unwrap_or_default();
        let digest = format!("sha256:{}", loom_domain::archive::hex(&Sha256::digest(json.as_bytes())));
        Document { json, digest }
    })
}

/// Puts the document together.
pub(crate) fn build() -> OpenApi {
    let info = InfoBuilder::new()
        .title("OpenCCU-Loom")
        .version(API_VERSION)
        .description(Some(
            "State, accounts, configuration and backups of an OpenCCU-Loom daemon. Errors are RFC 9457 problems.",
        ))
        .build();
    let session = ApiKey::Cookie(ApiKeyValue::new(SESSION_COOKIE));
    let components = ComponentsBuilder::new()
        .security_scheme("basic", SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)))
        .security_scheme("bearer", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)))
        .security_scheme("session", SecurityScheme::ApiKey(session))
        .build();
    let mut document = OpenApiBuilder::new()
        .info(info)
        .paths(PathsBuilder::new().build())
        .components(Some(components))
        .build();
    let mut api = Api::new(PREFIX);
    super::routes::register(&mut api);
    api.describe(&mut document);
    document
}
