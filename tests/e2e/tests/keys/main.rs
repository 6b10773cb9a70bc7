//! Master keys on the command line: rotated, killed amid that, two rotations at once, and never said by anybody.
//!
//! Does NOT look at formats of archives, nor at what wraps keys.

#![expect(clippy::unwrap_used, reason = "a story that cannot go on has failed")]

mod at_once;
mod bed;
mod closed;
mod earlier;
mod forgotten;
mod killed;
mod moved;
mod planted;
mod retiring;
mod rotating;
mod undone;
