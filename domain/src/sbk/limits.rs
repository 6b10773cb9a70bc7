//! How large a CCU backup may be before the judge refuses it.
//!
//! Does NOT count anything itself.

/// The bounds. A backup beyond them is refused even if it is well made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SbkLimits {
    /// Most bytes of the `.sbk`; 4 GiB by default.
    pub file_bytes: u64,
    /// Most bytes `usr_local.tar.gz` may unpack to; 16 GiB by default.
    pub inner_bytes: u64,
    /// Most members of `usr_local.tar.gz`, folders included; 1,000,000 by default.
    pub inner_members: u64,
    /// Most bytes of `firmware_version`, `key_index` and `signature` each; 4 KiB by default. They are held in memory.
    pub small_member_bytes: u64,
    /// Most bytes of `signature.sha256`; 64 KiB by default. It is held in memory.
    pub sha256_list_bytes: u64,
}

impl Default for SbkLimits {
    fn default() -> Self {
        Self {
            file_bytes: 4 << 30,
            inner_bytes: 16 << 30,
            inner_members: 1_000_000,
            small_member_bytes: 4 << 10,
            sha256_list_bytes: 64 << 10,
        }
    }
}
