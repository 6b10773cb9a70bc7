//! The list of all routes.
//!
//! Does NOT handle any; one file per resource does.

use super::access::{Anybody, Caller};
use super::api::{Api, RouteEntry, Undescribed, serve, undescribed};
use super::{
    PREFIX, audit, backups, central_status, centrals, config, devices, events, info, jobs, keys, matter,
    openapi, restores, session, setup, state_backups, tokens, users,
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

/// Every route of the OpenAPI document.
pub fn list_routes() -> Vec<ListedRoute> {
    let mut api = Api::new(PREFIX);
    register(&mut api);
    api.entries().iter().map(|entry| listed(PREFIX, entry)).collect()
}

/// Every other route, but for the page to try the API.
pub fn list_undescribed_routes() -> Vec<ListedRoute> {
    let inside = undescribed_inside().map(|route| listed(PREFIX, &route.entry));
    let outside = undescribed_outside().map(|route| listed("", &route.entry));
    inside.into_iter().chain(outside).collect()
}

fn listed(prefix: &str, entry: &RouteEntry) -> ListedRoute {
    ListedRoute {
        method: entry.method.to_string(),
        path: format!("{prefix}{}", entry.path),
        role: entry.role.map(loom_domain::account::Role::as_str),
    }
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
    serve!(api: central_status::list, central_status::show, central_status::test, central_status::refresh);
    serve!(api: backups::create, backups::list, backups::storage, backups::upload, backups::show);
    serve!(api: backups::download, backups::verify, backups::cancel, backups::restore, backups::remove);
    serve!(api: restores::list, restores::show, restores::resume);
    serve!(api: state_backups::create, state_backups::list, state_backups::show, state_backups::verify);
    serve!(api: state_backups::download, state_backups::remove);
    serve!(api: keys::show, keys::rotate, keys::retire);
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
    for route in undescribed_inside() {
        service.service(route.resource);
    }
    #[cfg(feature = "swagger-ui")]
    super::try_page::configure(service);
}

/// Configures what lies outside of the prefix: the place where Prometheus looks by itself.
pub(crate) fn outside(service: &mut web::ServiceConfig) {
    for route in undescribed_outside() {
        service.service(route.resource);
    }
}

fn undescribed_inside() -> [Undescribed; 1] {
    [undescribed("/openapi.json", document)]
}

fn undescribed_outside() -> [Undescribed; 1] {
    [undescribed("/metrics", info::metrics)]
}

async fn document(_: Caller<Anybody>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(openapi::document().json.as_str())
}
