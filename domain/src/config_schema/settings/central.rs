//! Fields of one entry of `centrals`. Not settings: centrals live in the state, and the file only brings the first.

use super::PORT;
use crate::config_schema::field::{Field, Home::Central};

pub(super) const FIELDS: &[Field] = &[
    Field::text("centrals[].name", "", "Unique name: letters, digits, `-` or `_`. It has to be given.")
        .kept_in(Central)
        .basic()
        .such_as("home"),
    Field::text("centrals[].host", "", "Host name or address. It has to be given.")
        .kept_in(Central)
        .basic()
        .such_as("ccu.example.org"),
    Field::flag("centrals[].enabled", true, "Whether the daemon connects to it.").kept_in(Central).basic(),
    Field::list(
        "centrals[].interfaces",
        "Interfaces in use, such as `HmIP-RF`; an entry may also be a map of `name` and `port`.",
    )
    .kept_in(Central)
    .basic()
    .such_as("[HmIP-RF, BidCos-RF]"),
    Field::text("centrals[].username", "", "User to log in with.").kept_in(Central).basic(),
    Field::text("centrals[].password_env", "", "Variable that holds the password; wins over `password`.")
        .kept_in(Central)
        .basic(),
    Field::text("centrals[].password", "", "Password. Sealed when it is taken over.")
        .kept_in(Central)
        .secret(),
    Field::text("centrals[].password_plain", "", "Another name of `password`.")
        .kept_in(Central)
        .secret()
        .alias_of("centrals[].password"),
    Field::whole("centrals[].port", PORT, 0, "Port of the web pages. 0: the usual one.").kept_in(Central),
    Field::whole("centrals[].json_rpc_port", PORT, 0, "Port of the JSON-RPC API. 0: the usual one.")
        .kept_in(Central),
    Field::object("centrals[].ports", "Port by interface, where it is not the usual one.").kept_in(Central),
    Field::flag("centrals[].tls", false, "Whether TLS is spoken.").kept_in(Central).basic(),
    Field::flag("centrals[].tls_insecure_skip_verify", false, "Whether any certificate is accepted.")
        .kept_in(Central),
    Field::text("centrals[].tls_fingerprint", "", "SHA-256 fingerprint the certificate must have.")
        .kept_in(Central),
    Field::text("centrals[].primary_interface", "", "Interface to prefer where there is a choice.")
        .kept_in(Central)
        .idle(),
    Field::object(
        "centrals[].visibility",
        "Which hidden parameters are shown: `un_ignore`, a list of patterns.",
    )
    .kept_in(Central)
    .idle(),
    Field::object("centrals[].behavior", "Switches for how its devices behave.").kept_in(Central).idle(),
    Field::text("centrals[].serial", "", "Serial number; binds backups to the central they came from.")
        .kept_in(Central),
    Field::text("centrals[].system_type", "", "Kind of central, such as `ccu3` or `openccu`.")
        .kept_in(Central)
        .idle(),
    Field::text("centrals[].api_token_env", "", "Variable that holds the API token.").kept_in(Central).idle(),
    Field::text("centrals[].api_token", "", "API token. Sealed when it is taken over.")
        .kept_in(Central)
        .secret()
        .idle(),
    Field::text("centrals[].api_token_plain", "", "Another name of `api_token`.")
        .kept_in(Central)
        .secret()
        .alias_of("centrals[].api_token")
        .idle(),
    Field::text("centrals[].api_token_file", "", "File that holds the API token.").kept_in(Central).idle(),
    Field::duration("centrals[].check_connection_interval", "0s", "How often the connection is checked.")
        .kept_in(Central)
        .idle(),
];
