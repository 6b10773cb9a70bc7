//! Identities of age and their recipients, as `age-keygen` made them, for tests.
//!
//! Does NOT seal or open anything.

/// An identity file as `age-keygen` writes it, and the recipient of it.
#[derive(Debug, Clone, Copy)]
pub struct AgeKey {
    /// The file.
    pub file: &'static str,
    /// The recipient.
    pub recipient: &'static str,
    /// The first 16 hex digits of the SHA-256 over a fixed prefix and the recipient.
    pub fingerprint: &'static str,
}

/// Somebody.
pub const OFFICE: AgeKey = AgeKey {
    file: "\
# created: 2026-11-23T10:59:15Z
# public key: age1a4st66hnxmy3n5hqmudeu8t4jnvnpxl5m389hqvga2ht3z9e6qys4czuas
AGE-SECRET-KEY-1QA5P2ZN5WEK8256AC02DVF2ZW5S6D98H5CZPTD2E5RL4ED4UHWZQF88P6L
",
    recipient: "age1a4st66hnxmy3n5hqmudeu8t4jnvnpxl5m389hqvga2ht3z9e6qys4czuas",
    fingerprint: "1013930d6e6c386e",
};

/// Somebody else.
pub const SAFE: AgeKey = AgeKey {
    file: "\
# created: 2026-11-23T10:59:15Z
# public key: age10xcg4y77vyrkp0gz738ve0al68vkkshq005rhkajlmgzal2nnfeq62ge90
AGE-SECRET-KEY-1PUHXN4SM9QQ8CNKD2F7ZGV777WKKH8E3N4PKTL7FM38748Q2Y7PS326ZVZ
",
    recipient: "age10xcg4y77vyrkp0gz738ve0al68vkkshq005rhkajlmgzal2nnfeq62ge90",
    fingerprint: "6715a3451c29331d",
};
