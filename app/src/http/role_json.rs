//! Roles in bodies of requests.
//!
//! Does NOT say what a role may do.

use loom_domain::account::Role;
use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{RefOr, schema};
use utoipa::{PartialSchema, ToSchema};

/// `viewer`, `operator` or `admin`.
pub(crate) struct RoleWord(pub(crate) Role);

impl<'de> Deserialize<'de> for RoleWord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        let role = Role::parse(&word);
        role.map(Self).ok_or_else(|| de::Error::unknown_variant("given", &["viewer", "operator", "admin"]))
    }
}

impl PartialSchema for RoleWord {
    fn schema() -> RefOr<Schema> {
        let words = [Role::Viewer, Role::Operator, Role::Admin].map(Role::as_str);
        let object = ObjectBuilder::new().schema_type(schema::SchemaType::Type(Type::String));
        RefOr::T(Schema::Object(object.enum_values(Some(words)).build()))
    }
}

impl ToSchema for RoleWord {
    fn name() -> std::borrow::Cow<'static, str> {
        "Role".into()
    }
}
