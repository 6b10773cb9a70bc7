//! The table of settings, one file for each part of the product.
//!
//! Does NOT say what a value means to the program: that is told where it is used.

mod bootstrap;
mod bridges;
mod central;
mod central_side;
mod login;
mod matter;
mod mqtt;
mod rest;
mod state;

use super::field::Field;

/// All of it. Fields below one node stand together, so that documents can be written in this order.
pub(super) const TABLES: [&[Field]; 9] = [
    bootstrap::FIELDS,
    rest::FIELDS,
    login::FIELDS,
    mqtt::FIELDS,
    matter::FIELDS,
    bridges::FIELDS,
    central_side::FIELDS,
    state::FIELDS,
    central::FIELDS,
];

/// Bounds of a network port; 0 lets the system choose.
const PORT: (i128, i128) = (0, 65_535);
/// Bounds of a count.
const COUNT: (i128, i128) = (0, i64::MAX as i128);
/// What a user or token may do.
const ROLES: &[&str] = &["viewer", "operator", "admin"];
