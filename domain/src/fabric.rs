//! Matter fabrics with the node identity and access list that belong to each.
//!
//! Does NOT speak Matter; it names what must survive a restore so that no controller has to be paired again.

use crate::secret::SecretBytes;
use jiff::Timestamp;
use serde_json::Value;

/// Index of a fabric on this node, 1 to 254.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FabricIndex(u8);

/// Why a number is no fabric index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no fabric index: 1 to 254 are allowed")]
pub struct BadFabricIndex(i64);

impl FabricIndex {
    /// Accepts 1 to 254.
    pub fn parse(index: i64) -> Result<Self, BadFabricIndex> {
        match u8::try_from(index) {
            Ok(small @ 1..=254) => Ok(Self(small)),
            _ => Err(BadFabricIndex(index)),
        }
    }

    /// The index as a number.
    pub fn get(self) -> u8 {
        self.0
    }
}

/// One fabric this node was commissioned into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fabric {
    /// Its index on this node.
    pub index: FabricIndex,
    /// Fabric id, 8 bytes big-endian.
    pub fabric_id: Vec<u8>,
    /// This node's id in the fabric, 8 bytes big-endian.
    pub node_id: Vec<u8>,
    /// Root public key, 65 bytes.
    pub root_public_key: Vec<u8>,
    /// Root certificate in Matter TLV, where it was kept.
    pub root_cert: Option<Vec<u8>>,
    /// Vendor id of the controller.
    pub vendor_id: u16,
    /// Label the controller gave.
    pub label: String,
    /// Compressed fabric id, 8 bytes.
    pub compressed_id: Vec<u8>,
    /// When the node joined.
    pub created_at: Timestamp,
    /// When the entry changed last.
    pub updated_at: Timestamp,
}

/// The operational identity of this node in one fabric.
#[derive(Debug, Clone, PartialEq)]
pub struct NodeIdentity {
    /// The fabric it belongs to; it goes when the fabric goes.
    pub fabric: FabricIndex,
    /// Node operational certificate.
    pub noc: Vec<u8>,
    /// Intermediate certificate, if there is one.
    pub icac: Option<Vec<u8>>,
    /// Private key.
    pub private_key: SecretBytes,
    /// Identity protection key.
    pub ipk: SecretBytes,
    /// When it was issued.
    pub created_at: Timestamp,
}

/// One entry of a fabric's access control list.
#[derive(Debug, Clone, PartialEq)]
pub struct AclEntry {
    /// Privilege, 1 to 5.
    pub privilege: u8,
    /// Authentication mode, 1 to 3.
    pub auth_mode: u8,
    /// Subjects (a JSON list).
    pub subjects: Value,
    /// Targets (a JSON list).
    pub targets: Value,
}
