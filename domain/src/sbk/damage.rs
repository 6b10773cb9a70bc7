//! What can be wrong with a CCU backup, in words for the operator.
//!
//! Does NOT find damage.

use super::{BadFirmwareVersion, Beginning};

/// Longest piece of a name or text from a backup that a message shows, in characters.
const SHOWN_CHARS: usize = 120;

/// One reason not to call a backup good. Positions and sizes are in bytes; names are escaped and shortened for display.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbkDamage {
    /// Not one byte.
    #[error(
        "the backup is empty\nhint: the connection ended before the CCU sent anything; make the backup again"
    )]
    Empty,
    /// The first header is none.
    #[error("it is no CCU backup but {0}")]
    NotATar(Beginning),
    /// Another size than the sender named.
    #[error(
        "the backup has {got} bytes, the CCU announced {announced}\nhint: the connection broke; make the backup again"
    )]
    SizeMismatch {
        /// What the sender named.
        announced: u64,
        /// What came.
        got: u64,
    },
    /// Larger than allowed.
    #[error("the backup is larger than {limit} bytes\nhint: take large files out of `/usr/local` on the CCU")]
    TooLarge {
        /// What is allowed.
        limit: u64,
    },
    /// The outer tar ends before its end marker.
    #[error("the backup is cut off at byte {at}{}\nhint: the connection broke; make the backup again", within(.inside))]
    CutOuter {
        /// Where it ends.
        at: u64,
        /// The member that is cut, if one is.
        inside: Option<String>,
    },
    /// A tar header of the backup is none, or its checksum is wrong.
    #[error(
        "the backup is damaged: no valid tar header at byte {at}\nhint: make the backup again, or take another one"
    )]
    BadHeader {
        /// Where the header begins.
        at: u64,
    },
    /// Something follows the end marker of the outer tar.
    #[error("the backup goes on at byte {at}, after its end")]
    TrailingBytes {
        /// Where the first such byte is.
        at: u64,
    },
    /// More members than any CCU writes.
    #[error("the backup holds more than {limit} members")]
    TooManyMembers {
        /// What is allowed.
        limit: u64,
    },
    /// A member would be unpacked elsewhere.
    #[error("member `{0}` of the backup leads out of its folder; do not restore this backup")]
    OuterEscapes(String),
    /// A member no backup is without.
    #[error("the backup holds no `{0}`")]
    MissingMember(&'static str),
    /// Two members of one name.
    #[error("the backup holds `{0}` twice")]
    DuplicateMember(String),
    /// A link, folder or device.
    #[error("member `{0}` of the backup is no regular file; do not restore this backup")]
    NotARegularFile(String),
    /// A small member that is not small.
    #[error("member `{member}` of the backup has {bytes} bytes, {limit} are allowed")]
    MemberTooLarge {
        /// Its name.
        member: &'static str,
        /// Its size.
        bytes: u64,
        /// What is allowed.
        limit: u64,
    },
    /// `firmware_version` does not name the firmware, or names more.
    #[error("`firmware_version`: {0}")]
    BadFirmwareVersion(#[from] BadFirmwareVersion),
    /// `key_index` is no number.
    #[error("`key_index` holds no decimal number; a CCU would refuse this backup")]
    BadKeyIndex,
    /// `signature` is empty, or holds nothing but zeros.
    #[error("`signature` is empty; a CCU would refuse this backup")]
    EmptySignature,
    /// `signature.sha256` is no list of hashes.
    #[error("line {line} of `signature.sha256` is no SHA-256 and a file name")]
    Sha256ListUnreadable {
        /// Which line, from 1.
        line: usize,
    },
    /// `signature.sha256` leaves a member out.
    #[error("`signature.sha256` does not list `{0}`")]
    Sha256Unlisted(&'static str),
    /// A member is not what `signature.sha256` says, or is not there.
    #[error(
        "sha256 mismatch: `{member}` is not what `signature.sha256` says\nhint: make the backup again, or take another one"
    )]
    Sha256Mismatch {
        /// Its name.
        member: String,
    },
    /// `usr_local.tar.gz` is no gzip data at all.
    #[error("`usr_local.tar.gz` is no gzip data")]
    InnerNotGzip,
    /// `usr_local.tar.gz` does not decompress, or not to what its checksum and length say.
    #[error(
        "`usr_local.tar.gz` is damaged: it does not decompress to what its checksum says\nhint: make the backup again, or take another one"
    )]
    InnerDamaged,
    /// `usr_local.tar.gz` ends too early although the backup around it is whole.
    #[error(
        "`usr_local.tar.gz` was cut off on the CCU after {inner_bytes} unpacked bytes, before the backup was signed\n\
         hint: the CCU ran out of space in `/tmp` while packing; take large files out of `/usr/local`, then make a new backup"
    )]
    CutInner {
        /// Bytes it unpacks to up to there.
        inner_bytes: u64,
    },
    /// Something follows the end of `usr_local.tar.gz` or of the tar in it.
    #[error("`usr_local.tar.gz` goes on after its end")]
    InnerTrailingBytes,
    /// It unpacks to more than allowed.
    #[error(
        "`usr_local.tar.gz` looks like an archive bomb: it unpacks to more than {limit} bytes; do not restore this backup"
    )]
    InflatesTooFar {
        /// What is allowed.
        limit: u64,
    },
    /// It unpacks to something else than a tar.
    #[error("`usr_local.tar.gz` does not unpack to a tar")]
    InnerNotATar,
    /// A tar header inside is none.
    #[error("`usr_local.tar.gz` is damaged: no valid tar header at byte {at} of what it unpacks to")]
    InnerBadHeader {
        /// Where the header begins, unpacked.
        at: u64,
    },
    /// More members inside than allowed.
    #[error("`usr_local.tar.gz` holds more than {limit} members")]
    InnerTooManyMembers {
        /// What is allowed.
        limit: u64,
    },
    /// A member inside would be unpacked elsewhere; the first of them.
    #[error("`usr_local.tar.gz` holds `{0}`, which is not below `usr/local`; do not restore this backup")]
    InnerEscapes(String),
    /// The ReGa database is not inside.
    #[error(
        "`usr_local.tar.gz` holds no `usr/local/etc/config/homematic.regadom`: names, rooms and programs would be lost\n\
         hint: check that the CCU's WebUI works, then make a new backup"
    )]
    NoRegadom,
    /// The ReGa database inside is empty.
    #[error(
        "`usr/local/etc/config/homematic.regadom` in `usr_local.tar.gz` is empty: names, rooms and programs would be lost\n\
         hint: check the free space on the CCU and that its WebUI works, then make a new backup"
    )]
    EmptyRegadom,
}

impl SbkDamage {
    /// A stable word for programs, such as `cut_outer`.
    pub fn code(&self) -> &'static str {
        self.rank_and_code().1
    }

    /// Its place among the damages of one verdict: the earlier a check is made, the less the later ones mean.
    pub(super) fn rank(&self) -> u8 {
        self.rank_and_code().0
    }

    fn rank_and_code(&self) -> (u8, &'static str) {
        match self {
            Self::Empty => (0, "empty"),
            Self::NotATar(_) => (0, "not_a_tar"),
            Self::SizeMismatch { .. } => (1, "size_mismatch"),
            Self::TooLarge { .. } => (1, "too_large"),
            Self::CutOuter { .. } => (2, "cut_outer"),
            Self::BadHeader { .. } => (2, "bad_header"),
            Self::TrailingBytes { .. } => (2, "trailing_bytes"),
            Self::TooManyMembers { .. } => (2, "too_many_members"),
            Self::OuterEscapes(_) => (2, "outer_escapes"),
            Self::MissingMember(_) => (3, "missing_member"),
            Self::DuplicateMember(_) => (3, "duplicate_member"),
            Self::NotARegularFile(_) => (3, "not_a_regular_file"),
            Self::MemberTooLarge { .. } => (3, "member_too_large"),
            Self::BadFirmwareVersion(_) => (4, "bad_firmware_version"),
            Self::EmptySignature => (5, "empty_signature"),
            Self::BadKeyIndex => (5, "bad_key_index"),
            Self::Sha256ListUnreadable { .. } => (6, "sha256_list_unreadable"),
            Self::Sha256Unlisted(_) => (6, "sha256_unlisted"),
            Self::Sha256Mismatch { .. } => (6, "sha256_mismatch"),
            Self::InnerNotGzip => (7, "inner_not_gzip"),
            Self::InnerDamaged => (7, "inner_damaged"),
            Self::CutInner { .. } => (7, "cut_inner"),
            Self::InnerTrailingBytes => (7, "inner_trailing_bytes"),
            Self::InflatesTooFar { .. } => (7, "inflates_too_far"),
            Self::InnerNotATar => (8, "inner_not_a_tar"),
            Self::InnerBadHeader { .. } => (8, "inner_bad_header"),
            Self::InnerTooManyMembers { .. } => (8, "inner_too_many_members"),
            Self::InnerEscapes(_) => (8, "inner_escapes"),
            Self::NoRegadom => (9, "no_regadom"),
            Self::EmptyRegadom => (9, "empty_regadom"),
        }
    }
}

fn within(member: &Option<String>) -> String {
    member.as_ref().map_or_else(String::new, |name| format!(", in the middle of `{name}`"))
}

/// A name from a backup as a message may show it: escaped and shortened.
pub(super) fn shown(name: &[u8]) -> String {
    // Four bytes make one character at the most, so nothing that could be shown is cut here.
    let start = name.get(..SHOWN_CHARS * 4).unwrap_or(name);
    let text = String::from_utf8_lossy(start);
    let escaped: String = text.chars().take(SHOWN_CHARS).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN_CHARS { escaped + "…" } else { escaped }
}
