//! The sealing decorator: wraps the roles of a state store that carry secrets.
//!
//! Being written.
