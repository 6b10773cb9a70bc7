//! The suites of the roles every state store and every decorator of one keeps, in one line.
//!
//! Does NOT hold cases, and does NOT name the suite of `Resealing`: it looks at what is stored, so it holds where nobody
//! seals on the way in.

/// Runs the suite of every role but `Resealing` against `$fresh`.
#[macro_export]
macro_rules! state_store_contract {
    ($fresh:expr) => {
        $crate::centrals_contract!($fresh);
        $crate::config_sections_contract!($fresh);
        $crate::config_batches_contract!($fresh);
        $crate::users_contract!($fresh);
        $crate::tokens_contract!($fresh);
        $crate::sessions_contract!($fresh);
        $crate::last_seen_contract!($fresh);
        $crate::interfaces_contract!($fresh);
        $crate::devices_contract!($fresh);
        $crate::paramsets_contract!($fresh);
        $crate::audit_log_contract!($fresh);
        $crate::matter_fabrics_contract!($fresh);
        $crate::ccu_backups_contract!($fresh);
        $crate::ccu_restores_contract!($fresh);
    };
}
