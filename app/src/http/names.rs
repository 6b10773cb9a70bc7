//! Names and other small values in the description of the API: what they may be made of.
//!
//! Does NOT check them; the domain does, and `tests/api-fuzz` finds where the two differ.

use loom_domain::config_section::SECTION_NAMES;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident = $build:expr;)+) => {
        $($(#[$doc])*
        pub(crate) struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let build: fn(ObjectBuilder) -> ObjectBuilder = $build;
                RefOr::T(Schema::from(build(ObjectBuilder::new().schema_type(Type::String)).build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        })+
    };
}

names! {
    /// Name of a central.
    CentralName = |text| text.pattern(Some("^[A-Za-z0-9_-]{1,64}$"));
    /// Name of a user, or of whom a token speaks for. Blanks around it and case do not count.
    UserName = |text| text.pattern(Some(r"^ *[^\s=\x00-\x1f\x7f-\x9f]+ *$"));
    /// Public name of a token.
    Fingerprint = |text| text.pattern(Some("^[0-9a-f]{12}$"));
    /// Name of a section of the configuration.
    SectionName = |text| text.enum_values(Some(SECTION_NAMES));
    /// Host name or address.
    Host = |text| text.pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"));
    /// Name of an interface of a central, such as `HmIP-RF`.
    Interface = |text| text.pattern(Some(r"\S"));
    /// Port of TCP.
    Port = |text| text.schema_type(Type::Integer).minimum(Some(1)).maximum(Some(65_535));
    /// Text of one line.
    Line = |text| text.pattern(Some(r"^[^\x00-\x1f\x7f-\x9f]*$"));
}
