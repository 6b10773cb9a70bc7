//! The page to try the API: Swagger UI over the served OpenAPI document, from this binary, without a network.
//!
//! Does NOT describe routes. Builds without the feature `swagger-ui` have no such page.

use super::PREFIX;
use actix_web::web::{self, ServiceConfig};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Configures the page at `docs/` below the prefix.
pub(crate) fn configure(service: &mut ServiceConfig) {
    let document = Config::from(format!("{PREFIX}/openapi.json"));
    service.service(web::redirect("/docs", format!("{PREFIX}/docs/")));
    service.service(SwaggerUi::new("/docs/{_:.*}").config(document));
}
