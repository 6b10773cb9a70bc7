//! Settings of the smaller ways to the outside. This program keeps them and does not act on them.

use super::COUNT;
use crate::config_schema::field::Field;

pub(super) const FIELDS: &[Field] = &[
    Field::flag("north.discovery.mdns.enabled", true, "Whether the daemon is announced with mDNS.")
        .restart()
        .idle(),
    Field::text("north.discovery.mdns.instance_name", "", "Name it is announced under. Empty: the host's.")
        .restart()
        .idle(),
    Field::flag("north.mcp.enabled", false, "Whether the endpoint is served.").restart().idle(),
    Field::flag("north.mcp.allow_writes", false, "Whether it may change anything.").restart().idle(),
    Field::text("north.mcp.path", "/mcp", "Path it is served under.").restart().idle(),
    Field::flag("north.webhook.enabled", false, "Whether events are sent.").restart().idle(),
    Field::text("north.webhook.url", "", "Address they are sent to.").restart().idle(),
    Field::text("north.webhook.secret", "", "Secret they are signed with.").secret().restart().idle(),
    Field::texts("north.webhook.events", "Kinds of events that are sent. Empty: all.").restart().idle(),
    Field::texts("north.webhook.centrals", "Centrals whose events are sent. Empty: all.").restart().idle(),
    Field::text("north.webhook.parameter_glob", "", "Pattern of parameters. Empty: all.").restart().idle(),
    Field::whole("north.webhook.timeout_ms", COUNT, 10_000, "Milliseconds the receiver has to answer.")
        .restart()
        .idle(),
    Field::text("north.webhook.inbound.token", "", "Token that callers of the inbound hook show.")
        .secret()
        .restart()
        .idle(),
    Field::flag("north.ui.enabled", true, "Whether the web pages are served.").restart().idle(),
    Field::flag("north.ui.embedded", true, "Whether they come out of the program.")
        .restart()
        .variable("OPENCCU_LOOM_UI_EMBEDDED")
        .idle(),
];
