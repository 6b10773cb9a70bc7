//! The domain of OpenCCU-Loom's backup, restore and state plane.
//!
//! Reading order:
//!
//! 1. the entities: [`central`] with its [`ccu_serial`] and its form in JSON ([`central_json`]), [`account`] and
//!    [`credential`], [`device`], [`config_section`] and [`config_batch`], [`fabric`], [`audit`], [`ccu`], [`ccu_backup`],
//!    [`ccu_restore`], [`ccu_failure`];
//! 2. configuration: which settings there are ([`config_schema`]), which layer wins ([`effective_config`]), and how they
//!    move to another instance ([`config_document`]);
//! 3. what is secret about them ([`secret`]), what is held of them in memory ([`cached_store`]), who is told of writes
//!    ([`observed_store`]);
//! 4. what an archive is ([`archive`]), what a restore would do ([`restore_plan`]), what makes a CCU backup good ([`sbk`]);
//! 5. what the domain needs from the world ([`ports`]), and what it does with all that ([`usecases`]), told to whoever
//!    asks afterwards ([`audit_trail`]) and in words for people ([`words`], [`terminal`]).
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
