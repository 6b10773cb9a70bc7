//! What the lists of cases have in common: one test per case, each on its own fresh store.
//!
//! Does NOT hold a list; each role's file ends in its own.

/// Turns a list of cases into a module of tests named after the role.
///
/// `$fresh` is evaluated once per case and gives a pair: the store behind an `Arc`, and a guard that is kept until
/// the case is over (a temporary folder, or `()`).
#[doc(hidden)]
#[macro_export]
macro_rules! contract_cases {
    ($role:ident, $fresh:expr, [$($case:ident),+ $(,)?]) => {
        mod $role {
            use super::*;
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $case() {
                    let (store, _guard) = $fresh;
                    $crate::$role::$case(store).await;
                }
            )+
        }
    };
}
