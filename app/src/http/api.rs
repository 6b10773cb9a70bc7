//! The table of routes: each is registered together with its description, and says who may call it.
//!
//! Method and path of a route are read from its description, so no route of the table can be missing from the OpenAPI
//! document. A handler whose first argument is no `Caller<…>` does not compile, in the table or beside it
//! (`undescribed`). Does NOT know any route (`routes`), nor the page to try the API: that is a service of static files,
//! open to everybody (`try_page`).

use super::access::{Guarded, Requirement};
use super::problem::{Code, Problem, ProblemBody};
use actix_web::http::{Method, StatusCode, header};
use actix_web::{FromRequest, Handler, HttpRequest, HttpResponse, Resource, Responder, Route, guard, web};
use loom_domain::account::Role;
use std::collections::BTreeMap;
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::{OpenApi, PathItem};

/// One route, as a test or a document sees it.
#[derive(Debug, Clone)]
pub(crate) struct RouteEntry {
    /// The method.
    pub(crate) method: Method,
    /// The path below the prefix, such as `/centrals/{name}`.
    pub(crate) path: String,
    /// The least role; `None` means everybody.
    pub(crate) role: Option<Role>,
}

/// A table of routes below one prefix.
pub(crate) struct Api {
    prefix: &'static str,
    routes: BTreeMap<String, Vec<(Method, Route)>>,
    entries: Vec<RouteEntry>,
    descriptions: Vec<Describe>,
}

/// Puts what describes one handler below a prefix into a document. Only called for a document: each thread of the
/// server registers the routes, and descriptions that nobody reads would cost each of them some MiB.
type Describe = fn(&'static str, &mut OpenApi);

impl Api {
    /// An empty table of routes below `prefix`.
    pub(crate) fn new(prefix: &'static str) -> Self {
        Self { prefix, routes: BTreeMap::new(), entries: Vec::new(), descriptions: Vec::new() }
    }

    /// Adds the route that `Description` describes. Use it through `serve!`, which finds the description.
    pub(crate) fn add<Description, F, Args>(&mut self, handler: F)
    where
        Description: utoipa::Path + utoipa::__dev::SchemaReferences + utoipa::__dev::Tags<'static>,
        F: Handler<Args>,
        F::Output: Responder + 'static,
        Args: FromRequest + Guarded + 'static,
    {
        let role = <Args::Requirement as Requirement>::ROLE;
        let path = Description::path();
        for described in Description::methods() {
            let method = method(&described);
            let route = match method {
                Method::GET => reading(),
                _ => Route::new().method(method.clone()),
            };
            let route = route.to(handler.clone());
            self.routes.entry(path.clone()).or_default().push((method.clone(), route));
            self.entries.push(RouteEntry { method, path: path.clone(), role });
        }
        self.descriptions.push(describe::<Description, Args>);
    }

    /// Every route.
    pub(crate) fn entries(&self) -> &[RouteEntry] {
        &self.entries
    }

    /// Hands the routes to the server. Every path also answers the methods it does not have.
    pub(crate) fn configure(self, service: &mut web::ServiceConfig) {
        for (path, routes) in self.routes {
            let mut allowed: Vec<_> = routes.iter().map(|(method, _)| method.to_string()).collect();
            if allowed.iter().any(|method| method == "GET") {
                allowed.push("HEAD".to_owned());
            }
            let allowed = allowed.join(", ");
            let mut resource = Resource::new(path);
            for (_, route) in routes {
                resource = resource.route(route);
            }
            service.service(refusing_others(resource, allowed));
        }
    }

    /// Puts every route and every schema into `document`.
    pub(crate) fn describe(self, document: &mut OpenApi) {
        for describe in self.descriptions {
            describe(self.prefix, document);
        }
        let components = document.components.get_or_insert_default();
        let mut schemas = vec![("Problem".to_owned(), <ProblemBody as utoipa::PartialSchema>::schema())];
        <ProblemBody as utoipa::ToSchema>::schemas(&mut schemas);
        components.schemas.extend(schemas);
    }
}

fn describe<Description, Args>(prefix: &'static str, document: &mut OpenApi)
where
    Description: utoipa::Path + utoipa::__dev::SchemaReferences + utoipa::__dev::Tags<'static>,
    Args: Guarded,
{
    let role = <Args::Requirement as Requirement>::ROLE;
    for method in Description::methods() {
        let operation =
            super::described::described(Description::operation(), &method, &Description::tags(), role);
        let item = document.paths.paths.entry(format!("{prefix}{}", Description::path())).or_default();
        item.merge_operations(PathItem::new(method, operation));
    }
    let mut schemas = Vec::new();
    Description::schemas(&mut schemas);
    document.components.get_or_insert_default().schemas.extend(schemas);
}

/// Registers handlers with their descriptions: `serve!(api: users::list, users::create)`.
macro_rules! serve {
    ($api:ident: $($module:ident::$handler:ident),+ $(,)?) => {
        pastey::paste! { $($api.add::<$module::[<__path_ $handler>], _, _>($module::$handler);)+ }
    };
}
pub(crate) use serve;

/// A route beside the table: one for programs that do not read the description.
pub(crate) struct Undescribed {
    /// Its path is that below whatever it is served in.
    pub(crate) entry: RouteEntry,
    pub(crate) resource: Resource,
}

/// What answers `GET` on a path that is not in the table.
pub(crate) fn undescribed<F, Args>(path: &str, handler: F) -> Undescribed
where
    F: Handler<Args>,
    F::Output: Responder + 'static,
    Args: FromRequest + Guarded + 'static,
{
    let role = <Args::Requirement as Requirement>::ROLE;
    Undescribed {
        entry: RouteEntry { method: Method::GET, path: path.to_owned(), role },
        resource: refusing_others(Resource::new(path).route(reading().to(handler)), "GET, HEAD".to_owned()),
    }
}

/// Whoever may read a thing may ask for its head; the server leaves the body out.
fn reading() -> Route {
    Route::new().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn refusing_others(resource: Resource, allowed: String) -> Resource {
    resource.default_service(web::to(move |request: HttpRequest| {
        let answer = method_not_allowed(&request, &allowed);
        async move { answer }
    }))
}

fn method(described: &HttpMethod) -> Method {
    match described {
        HttpMethod::Get => Method::GET,
        HttpMethod::Post => Method::POST,
        HttpMethod::Put => Method::PUT,
        HttpMethod::Delete => Method::DELETE,
        HttpMethod::Options => Method::OPTIONS,
        HttpMethod::Head => Method::HEAD,
        HttpMethod::Patch => Method::PATCH,
        HttpMethod::Trace => Method::TRACE,
    }
}

fn method_not_allowed(request: &HttpRequest, allowed: &str) -> HttpResponse {
    let detail = format!("`{}` is not allowed here; allowed are: {allowed}", request.method());
    let problem = Problem::new(StatusCode::METHOD_NOT_ALLOWED, Code::BadRequest, detail);
    let mut response = problem.at(request.path()).response();
    if let Ok(value) = header::HeaderValue::from_str(allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}
