//! A daemon in the test's own process, and clients of it, for claims about the HTTP API.
//!
//! Does NOT hold claims: those are in `tests/`, one file per subject, each run against both backends by
//! [`on_each_backend!`].

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "what cannot be asked fails the claim"
)]

pub mod answer;
pub mod ccu;
pub mod client;
pub mod daemon;
pub mod jobs;
pub mod raw;
pub mod shape;
pub mod socket;

pub use answer::Answer;
pub use client::{Client, Session};
pub use daemon::{Backend, TestDaemon};
pub use socket::Socket;

/// Runs each named claim, an `async fn(Backend)`, on every port in memory and on SQLite in a temporary folder.
///
/// A claim that is written and not named here is an unused function, which does not pass the lints.
#[macro_export]
macro_rules! on_each_backend {
    ($($claim:ident),+ $(,)?) => {
        mod memory {
            $(#[tokio::test] async fn $claim() { super::$claim($crate::Backend::Memory).await; })+
        }
        mod sqlite {
            $(#[tokio::test] async fn $claim() { super::$claim($crate::Backend::Sqlite).await; })+
        }
    };
}
