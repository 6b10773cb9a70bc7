//! The list of all routes.
//!
//! Does NOT handle any; one file per resource does.

use super::api::{Api, RouteEntry, serve, undescribed};
use super::{
    PREFIX, audit, backups, centrals, config, devices, events, info, jobs, matter, openapi, session, setup,
    state_backups, tokens, users,
};
use actix_web::{HttpResponse, web};

/// One route, for tests and documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedRoute {
    /// The method.
    pub method: String,
    /// The path with the API's prefix.
    pub path: String,
    /// The least role: `viewer`, `operator`, `admin`; `None` means everybody.
    pub role: Option<&'static str>,
}

/// Every route of the API.
pub fn list_routes() -> Vec<ListedRoute> {
    let mut api = Api::new(PREFIX);
    register(&mut api);
    let listed = |entry: &RouteEntry| ListedRoute {
        method: entry.method.to_string(),
        path: format!("{PREFIX}{}", entry.path),
        role: entry.role.map(loom_domain::account::Role::as_str),
    };
    api.entries().iter().map(listed).collect()
}

/// Registers every route of the API.
pub(crate) fn register(api: &mut Api) {
    serve!(api: info::info, info::health, info::metrics);
    serve!(api: setup::status, setup::set_up);
    serve!(api: session::login, session::logout, session::me, session::change_password);
    serve!(api: users::list, users::create, users::show, users::update, users::remove, users::list_legacy);
    serve!(api: tokens::list, tokens::create, tokens::show, tokens::revoke);
    serve!(api: centrals::list, centrals::show, centrals::create, centrals::change, centrals::remove);
    serve!(api: config::snapshot, config::schema, config::effective, config::restart_pending, config::changes);
    serve!(api: config::show, config::change, config::remove, config::reset_field);
    serve!(api: config::export, config::import);
    serve!(api: backups::list);
    serve!(api: state_backups::create, state_backups::list, state_backups::show, state_backups::verify);
    serve!(api: state_backups::download, state_backups::remove);
    serve!(api: jobs::list, jobs::show);
    serve!(api: devices::list, devices::show, devices::paramset);
    serve!(api: matter::list, matter::revoke);
    serve!(api: audit::list);
    serve!(api: events::open);
}

/// Configures the routes below the prefix.
pub(crate) fn inside(service: &mut web::ServiceConfig) {
    let mut api = Api::new(PREFIX);
    register(&mut api);
    api.configure(service);
    service.service(undescribed("/openapi.json", document));
    #[cfg(feature = "swagger-ui")]
    super::try_page::configure(service);
}

/// Configures what lies outside of the prefix: the place where Prometheus looks by itself.
pub(crate) fn outside(service: &mut web::ServiceConfig) {
    service.service(undescribed("/metrics", info::metrics));
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(openapi::document().json.as_str())
}
