//! Readers of bytes nobody vouches for, for fuzzing: each says whether the bytes make sense, and never panics.
//!
//! Does NOT belong to what others may build on.

/// Whether the bytes are a response of XML-RPC.
pub fn xml_response(bytes: &[u8]) -> bool {
    crate::xml_rpc::response(bytes).is_ok()
}

/// Whether the bytes are a frame of BIN-RPC with a response.
pub fn bin_response(bytes: &[u8]) -> bool {
    crate::bin_rpc::response(bytes).is_ok()
}

/// Whether the bytes are an answer of the JSON API.
pub fn json_answer(bytes: &[u8]) -> bool {
    crate::json::read_answer(bytes)
}
