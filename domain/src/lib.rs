//! The domain of OpenCCU-Loom's backup, restore and state plane.
//!
//! Reading order: the entities ([`central`], [`account`], [`device`], [`config_section`], [`fabric`], [`audit`], [`ccu`],
//! [`ccu_backup`], [`ccu_restore`], [`ccu_failure`]), what is secret about them ([`secret`]), what is held of them in
//! memory ([`cached_store`]), who is told of writes ([`observed_store`]), what an archive is ([`archive`]), what makes a
//! CCU backup good ([`sbk`]), what the domain needs from the world ([`ports`]), and what it does with all that
//! ([`usecases`]).
//!
//! Does NOT do I/O of any kind: no files, sockets, clocks, environment, threads. Whatever waits or varies comes in
//! through a port, so this crate can be embedded in any service that brings its own adapters.

pub mod account;
pub mod archive;
pub mod audit;
pub mod audit_trail;
pub mod cached_store;
pub mod ccu;
pub mod ccu_backup;
pub mod ccu_failure;
pub mod ccu_restore;
pub mod ccu_serial;
pub mod central;
pub mod central_json;
pub mod config_batch;
pub mod config_document;
pub mod config_schema;
pub mod config_section;
pub mod credential;
pub mod device;
pub mod effective_config;
pub mod fabric;
pub mod observed_store;
mod pass_through;
pub mod ports;
pub mod restore_plan;
pub mod sbk;
pub mod secret;
pub mod terminal;
pub mod usecases;
pub mod words;
