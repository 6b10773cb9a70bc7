//! Archives of a central, real ones: an outer tar with a signed inner one. Does NOT serve or apply them.

mod build;
mod bulk;
mod open;
mod signature;

pub(crate) use build::{Built, Damage, Recipe, build};
pub(crate) use open::{Opened, firmware, open};
#[cfg(feature = "tls")]
pub(crate) use signature::hex;
