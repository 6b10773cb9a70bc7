//! Settings of the HTTP API. Login is not among them (`login`).

use crate::config_schema::field::{Field, Home::Bootstrap};

pub(super) const FIELDS: &[Field] = &[
    Field::text("north.rest.listen", "", "Another name of `listen.rest`.")
        .kept_in(Bootstrap)
        .alias_of("listen.rest"),
    Field::flag(
        "north.rest.enabled",
        true,
        "The API is always served; this key is accepted and has no effect here.",
    ),
    Field::text(
        "north.rest.public_url",
        "",
        "Address people reach the API under, such as `https://loom.example.org`, behind a reverse proxy.",
    )
    .idle(),
    Field::texts("north.rest.cors", "Origins whose pages may call the API; `*` stands for all.").idle(),
    Field::flag(
        "north.rest.csrf_enabled",
        true,
        "Whether changes made with a session cookie need the matching `X-CSRF-Token`.",
    ),
    Field::flag(
        "north.rest.csrf_secure",
        false,
        "Whether cookies are only sent over HTTPS. Turn it on behind a proxy that speaks HTTPS.",
    ),
    Field::text(
        "north.rest.openapi_spec_path",
        "",
        "The API's description is part of the program; this key is accepted and has no effect here.",
    )
    .variable("OPENCCU_LOOM_REST_OPENAPI_SPEC_PATH"),
    Field::flag(
        "north.rest.openapi_validate",
        true,
        "Requests are always checked against the API's types; this key is accepted and has no effect here.",
    )
    .variable("OPENCCU_LOOM_REST_OPENAPI_VALIDATE"),
    Field::text(
        "north.rest.tls_cert_file",
        "",
        "Certificate for HTTPS. HTTPS is left to a reverse proxy; this key is accepted and has no effect here.",
    ),
    Field::text(
        "north.rest.tls_key_file",
        "",
        "Key of that certificate; this key is accepted and has no effect here.",
    ),
    Field::text(
        "north.rest.tracing.otlp_endpoint",
        "",
        "Collector that traces are sent to. Here the variable `OTEL_EXPORTER_OTLP_ENDPOINT` names it; this key is \
         accepted and has no effect.",
    ),
    Field::whole(
        "north.rest.ws.replay_capacity",
        (0, 1_000_000),
        1024,
        "Events kept in memory for clients that come back after a broken connection.",
    )
    .restart(),
    Field::flag(
        "north.rest.rate_limit.enabled",
        false,
        "Whether requests are counted for each user or token, and refused with 429 when there are too many.",
    ),
    Field::number(
        "north.rest.rate_limit.requests_per_second",
        (1, 1_000_000),
        10,
        "Requests a second each of them may make in the long run.",
    ),
    Field::whole(
        "north.rest.rate_limit.burst",
        (1, 1_000_000),
        30,
        "Requests each of them may make at once after a pause.",
    ),
];
