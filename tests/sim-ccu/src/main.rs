//! `sim-ccu`: a simulated central by hand, until Ctrl-C. Does NOT do anything the library cannot.

fn main() {}
