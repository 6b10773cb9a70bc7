//! Settings of logging in to the HTTP API. Users and tokens themselves are not kept here but in the state.

use super::ROLES;
use crate::config_schema::field::{Field, Home::FileOnly};

pub(super) const FIELDS: &[Field] = &[
    Field::flag(
        "north.rest.auth.basic_enabled",
        true,
        "Whether a name and password are accepted with each request.",
    ),
    Field::flag("north.rest.auth.bearer_enabled", true, "Whether API tokens are accepted."),
    Field::flag(
        "north.rest.auth.session_enabled",
        true,
        "Whether logging in with a session cookie is possible.",
    ),
    Field::duration(
        "north.rest.auth.session_idle_timeout",
        "0s",
        "How long a session lives without a request. 0: only its full life of 12 hours counts.",
    )
    .restart(),
    Field::text_map(
        "north.rest.auth.users",
        &[],
        "First users, name to password or bcrypt hash. All become admins. Only read at the first start.",
    )
    .secret()
    .kept_in(FileOnly),
    Field::text_map(
        "north.rest.auth.tokens",
        ROLES,
        "First API tokens, token to role. Only read at the first start.",
    )
    .secret()
    .kept_in(FileOnly),
    Field::flag("north.rest.auth.oidc.enabled", false, "Whether this login is offered.").idle(),
    Field::text("north.rest.auth.oidc.issuer", "", "Address of the provider.").idle(),
    Field::text("north.rest.auth.oidc.client_id", "", "Name of the daemon at the provider.").idle(),
    Field::text("north.rest.auth.oidc.client_secret", "", "Secret of the daemon at the provider.")
        .secret()
        .variable("OPENCCU_LOOM_OIDC_CLIENT_SECRET")
        .idle(),
    Field::text("north.rest.auth.oidc.redirect_url", "", "Address the provider sends people back to.").idle(),
    Field::text("north.rest.auth.oidc.role_claim", "role", "Claim of the ID token that holds the role.")
        .idle(),
    Field::flag("north.rest.auth.ccu.enabled", false, "Whether this login is offered.").idle(),
    Field::flag("north.rest.auth.ccu.primary", true, "Whether it is tried before the daemon's own users.")
        .idle(),
    Field::text("north.rest.auth.ccu.central", "", "The central that is asked. Empty: the first one.").idle(),
    Field::whole("north.rest.auth.ccu.min_user_level", (0, 8), 1, "Level a user of the central needs.")
        .idle(),
    Field::text_map("north.rest.auth.ccu.role_mapping", ROLES, "Level of the central to role here.").idle(),
    Field::flag("north.rest.auth.ha_ingress.enabled", false, "Whether this login is offered.").idle(),
    Field::text(
        "north.rest.auth.ha_ingress.trusted_proxy_cidr",
        "172.30.32.0/23",
        "Network the ingress calls from.",
    )
    .idle(),
    Field::choice("north.rest.auth.ha_ingress.role", ROLES, "admin", "Role of whoever comes this way.")
        .idle(),
];
