//! The reader of BIN-RPC responses: whatever comes, it never panics, never hangs, and takes no more
//! memory than the run grants.
//!
//! Does NOT look at what was read; the tests of the adapter do.

#![no_main]

use libfuzzer_sys::fuzz_target;
use loom_adapter_homematic::reading::bin_response;

fuzz_target!(|input: &[u8]| {
    let _makes_sense = bin_response(input);
});
