//! What is odd about a CCU backup without making it bad.
//!
//! Does NOT find anything.

/// Something the operator should know about a backup that may still be good.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbkWarning {
    /// `signature` has another form than CCUs write.
    #[error("`signature` does not consist of 32 hex digits, as CCUs write it")]
    OddSignature,
    /// No `.apkx` file inside.
    #[error(
        "the backup holds no identity of HomematicIP (`.apkx`)\n\
         hint: this is right for a CCU without HomematicIP; otherwise it may refuse to restore this backup"
    )]
    NoHmIpIdentity,
    /// A member CCUs do not write.
    #[error("the backup also holds `{0}`, which is unknown here")]
    UnknownMember(String),
}

impl SbkWarning {
    /// A stable word for programs, such as `odd_signature`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::OddSignature => "odd_signature",
            Self::NoHmIpIdentity => "no_hmip_identity",
            Self::UnknownMember(_) => "unknown_member",
        }
    }
}
