//! The rows of centrals that are sent, for the description of the API: one to make, one to change.
//!
//! Does NOT read them: `loom_domain::central_json` does. What is answered is described apart (`row`): there is more in it,
//! and what is stored may be older than the rules for what is sent.

use super::super::names::{CentralName, Host, Interface, Line, Port};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

macro_rules! asked {
    ($(#[$doc:meta])* $row:ident { $($own:tt)* }) => {
        $(#[$doc])*
        #[derive(ToSchema)]
        #[serde(deny_unknown_fields)]
        #[expect(dead_code, reason = "it describes what others read")]
        pub(crate) struct $row {
            $($own)*
            /// Serial number of the unit.
            serial: Option<Line>,
            /// Port of the WebUI.
            port: Option<Port>,
            /// Port of the JSON-RPC API.
            json_rpc_port: Option<Port>,
            /// User to log in with.
            username: Option<Line>,
            /// Environment variable that holds the password.
            password_env: Option<Line>,
            /// Password. Left out, `null` or `***` keeps it, an empty text clears it.
            #[schema(format = Password)]
            password_plain: Option<String>,
            /// Whether to speak TLS.
            tls: Option<bool>,
            /// Whether to accept any certificate.
            tls_insecure_skip_verify: Option<bool>,
            /// Pinned SHA-256 fingerprint of the certificate.
            tls_fingerprint: Option<Line>,
            /// Interface to prefer where a device could be reached over several.
            primary_interface: Option<Line>,
            /// Port per interface, where it differs from the default.
            ports: Option<BTreeMap<String, Port>>,
            /// Visibility rules.
            visibility: Option<Visibility>,
            /// Switches of its behaviour.
            #[schema(value_type = Option<Object>)]
            behavior: Option<Value>,
            /// Kind of unit, such as `ccu3` or `openccu`.
            system_type: Option<Line>,
            /// Environment variable that holds the API token.
            api_token_env: Option<Line>,
            /// API token, kept and cleared like the password.
            #[schema(format = Password)]
            api_token_plain: Option<String>,
            /// File that holds the API token.
            api_token_file: Option<Line>,
            /// Passed over: times are the daemon's.
            created_at: Option<String>,
            /// Passed over: times are the daemon's.
            updated_at: Option<String>,
        }
    };
}

asked! {
    /// A central to be.
    NewCentral {
        /// Name. It never changes.
        name: CentralName,
        /// Host name or address.
        host: Host,
        /// Interfaces in use, such as `HmIP-RF`.
        interfaces: Option<BTreeSet<Interface>>,
        /// Whether the daemon connects to it; it does unless this says otherwise.
        enabled: Option<bool>,
    }
}

asked! {
    /// What shall become of a central.
    CentralChange {
        /// Its name as it is, or left out.
        name: Option<CentralName>,
        /// Host name or address.
        host: Option<Host>,
        /// Interfaces in use, such as `HmIP-RF`.
        interfaces: BTreeSet<Interface>,
        /// Whether the daemon connects to it.
        enabled: bool,
    }
}

/// Visibility rules of a central.
#[derive(ToSchema)]
#[expect(dead_code, reason = "it describes what others read")]
pub(crate) struct Visibility {
    /// Patterns of parameters that are shown although they are hidden elsewhere.
    un_ignore: Option<Vec<String>>,
}

#[cfg(test)]
mod tests {
    use super::super::row::CentralRow;
    use super::*;
    use utoipa::PartialSchema;

    #[test]
    fn what_is_answered_may_be_sent_again() {
        let properties = |schema| serde_json::to_value(schema).unwrap()["properties"].clone();
        let keys = |value: Value| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let row = keys(properties(CentralRow::schema()));
        assert_eq!(keys(properties(NewCentral::schema())), row);
        assert_eq!(keys(properties(CentralChange::schema())), row);
    }
}
