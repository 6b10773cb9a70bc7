//! Who may call a route, said by the type of its first argument.
//!
//! `Caller<Admin>` as the first argument of a handler is the declaration: a handler without one cannot be registered
//! (`api::Api::add`). Does NOT find out who calls; `authenticate` did before.

use super::problem::Problem;
use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use loom_domain::account::Role;
use loom_domain::audit_trail::Actor;
use loom_domain::usecases::accounts::Identity;
use std::future::{Ready, ready};
use std::marker::PhantomData;

/// What a route asks of its caller.
pub(crate) trait Requirement: 'static {
    /// The least role; `None` means everybody, logged in or not.
    const ROLE: Option<Role>;
}

macro_rules! requirements {
    ($($(#[$doc:meta])* $name:ident = $role:expr;)+) => {
        $($(#[$doc])* #[derive(Debug)] pub(crate) enum $name {}
        impl Requirement for $name { const ROLE: Option<Role> = $role; })+
    };
}

requirements! {
    /// Everybody, logged in or not.
    Anybody = None;
    /// Everybody who is logged in.
    Viewer = Some(Role::Viewer);
    /// Operators and admins.
    Operator = Some(Role::Operator);
    /// Admins.
    Admin = Some(Role::Admin);
}

/// What `authenticate` found out about the caller of a request.
#[derive(Clone)]
pub(crate) enum Authenticated {
    /// No credential was sent.
    Anonymous,
    /// A credential was sent and is good.
    Known(Identity),
    /// A credential was sent and is not good.
    Refused,
}

/// A caller who meets a requirement.
pub(crate) struct Caller<R: Requirement> {
    identity: Option<Identity>,
    requirement: PhantomData<R>,
}

impl<R: Requirement> Caller<R> {
    /// Who calls, for a route everybody may call.
    pub(crate) fn identity(&self) -> Option<&Identity> {
        self.identity.as_ref()
    }

    /// Who calls, for a route that asks for a role: there always is somebody.
    pub(crate) fn known(&self) -> Result<&Identity, Problem> {
        self.identity.as_ref().ok_or_else(|| challenge("log in, or send a token"))
    }

    /// Who calls, for the audit trail.
    pub(crate) fn actor(&self) -> Result<Actor, Problem> {
        self.known().map(Actor::from)
    }
}

impl<R: Requirement> FromRequest for Caller<R> {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = request.extensions().get::<Authenticated>().cloned();
        ready(admit::<R>(found).map_err(Into::into))
    }
}

fn admit<R: Requirement>(found: Option<Authenticated>) -> Result<Caller<R>, Problem> {
    let identity = match (R::ROLE, found) {
        (None, Some(Authenticated::Known(identity))) => Some(identity),
        (None, _) => None,
        (Some(_), Some(Authenticated::Anonymous) | None) => {
            return Err(challenge("log in, or send a token"));
        }
        (Some(_), Some(Authenticated::Refused)) => {
            return Err(challenge("this credential is unknown, expired or revoked"));
        }
        (Some(role), Some(Authenticated::Known(identity))) if identity.role < role => {
            return Err(Problem::forbidden(format!(
                "`{}` has the role `{}`; this needs `{}`",
                identity.subject,
                identity.role.as_str(),
                role.as_str()
            )));
        }
        (Some(_), Some(Authenticated::Known(identity))) => Some(identity),
    };
    Ok(Caller { identity, requirement: PhantomData })
}

/// 401 with the realm of the daemon.
pub(crate) fn challenge(detail: &str) -> Problem {
    let realm = HeaderValue::from_static("Basic realm=\"openccu-loom\", charset=\"UTF-8\"");
    Problem::unauthorized(detail).header(header::WWW_AUTHENTICATE, realm)
}

/// Arguments of a handler whose first one declares who may call it.
pub(crate) trait Guarded {
    /// What the route asks of its caller.
    type Requirement: Requirement;
}

macro_rules! guarded {
    ($($($more:ident)*;)+) => {
        $(impl<R: Requirement, $($more),*> Guarded for (Caller<R>, $($more,)*) { type Requirement = R; })+
    };
}

guarded! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
}
