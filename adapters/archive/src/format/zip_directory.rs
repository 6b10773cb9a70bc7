//! The directory at the end of a zip file held against the members that were met before it.
//!
//! Does NOT read members: what stands here can only agree with them or be refused.

use std::io::Read;

use sha2::{Digest, Sha256};

use super::fill::fill;
use super::members::MemberFault;
use super::tar_damage::printable;
use super::zip_layout::{CENTRAL_LEN, CENTRAL_MAGIC, Entry, ending};

/// What the directory has to say, by the digest of each member's header in it.
#[derive(Default)]
pub(super) struct Directory {
    wanted: Vec<[u8; 32]>,
    last_offset: u64,
}

impl Directory {
    /// Takes the next member.
    pub(super) fn add(&mut self, entry: &Entry) {
        self.wanted.push(Sha256::digest(entry.central()).into());
        self.last_offset = entry.offset;
    }

    /// True before the first member.
    pub(super) fn is_empty(&self) -> bool {
        self.wanted.is_empty()
    }

    /// Reads the directory, which begins at byte `offset`, from behind its first four bytes to the sum at the end.
    pub(super) fn check(&self, input: &mut impl Read, offset: u64) -> Result<(), MemberFault> {
        let mut len = 0;
        for (at, wanted) in self.wanted.iter().enumerate() {
            let mut header = CENTRAL_MAGIC.to_vec();
            if at > 0 {
                header.clear();
                take(input, &mut header, CENTRAL_MAGIC.len())?;
                if header != CENTRAL_MAGIC {
                    let all = self.wanted.len();
                    return Err(damaged(&format!("ends after {at} of {all} members")));
                }
            }
            take_header(input, &mut header)?;
            len += header.len() as u64;
            if Sha256::digest(&header)[..] != wanted[..] {
                return Err(judge(&header));
            }
        }
        let wanted = ending(self.wanted.len() as u64, offset, len, self.last_offset);
        let mut found = Vec::new();
        take(input, &mut found, CENTRAL_MAGIC.len())?;
        if found == CENTRAL_MAGIC {
            take_header(input, &mut found)?;
            return Err(refused(&found, "is listed in the directory of the zip file and is not in it"));
        }
        take(input, &mut found, wanted.len() - CENTRAL_MAGIC.len())?;
        if found != wanted {
            return Err(damaged("does not end as this program ends it"));
        }
        Ok(())
    }
}

/// Reads a header of the directory whose first four bytes are there.
fn take_header(input: &mut impl Read, header: &mut Vec<u8>) -> Result<(), MemberFault> {
    take(input, header, CENTRAL_LEN - CENTRAL_MAGIC.len())?;
    let len = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let rest = len(28) + len(30) + len(32);
    take(input, header, rest)
}

fn take(input: &mut impl Read, bytes: &mut Vec<u8>, len: usize) -> Result<(), MemberFault> {
    let have = bytes.len();
    bytes.resize(have + len, 0);
    if fill(input, &mut bytes[have..])? < len { Err(damaged("is cut off")) } else { Ok(()) }
}

/// Says what is wrong with a header that is not the one that was expected.
fn judge(header: &[u8]) -> MemberFault {
    let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    if number(8) & 1 != 0 {
        return refused(header, "is encrypted");
    }
    // The type of the member, as Unix has it, in the upper half of the attributes.
    match number(40) & 0o170_000 {
        0o120_000 => refused(header, "is a symbolic link"),
        0o100_000 | 0o040_000 => {
            refused(header, "is told of otherwise by the directory of the zip file than by itself")
        }
        _ => refused(header, "is neither a file nor a folder"),
    }
}

fn refused(header: &[u8], what: &str) -> MemberFault {
    let name_len = usize::from(u16::from_le_bytes([header[28], header[29]]));
    let name = &header[CENTRAL_LEN..CENTRAL_LEN + name_len];
    MemberFault::Refused(format!("member `{}` {what}", printable(name)))
}

fn damaged(what: &str) -> MemberFault {
    MemberFault::Damaged(format!("the directory of the zip file {what}"))
}
