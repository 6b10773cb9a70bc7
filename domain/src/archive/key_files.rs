//! The files of a data dir that hold its master key, and which of them wins.
//!
//! Does NOT read them (adapter `keys`), and leaves out what an earlier key left behind (`layout`).

use super::MemberPath;
use super::layout::KEY_FILE;
use crate::secret::Wrapper;

/// One of the files that hold a master key, in the order in which a data dir is searched for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyFileKind {
    /// Wrapped.
    Wrapped(Wrapper),
    /// In clear.
    Clear,
}

impl KeyFileKind {
    /// All of them, those first that win.
    pub fn all() -> impl Iterator<Item = Self> {
        Wrapper::ALL.into_iter().map(Self::Wrapped).chain([Self::Clear])
    }

    /// Its name in a data dir.
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Wrapped(wrapper) => wrapper.file_name(),
            Self::Clear => KEY_FILE,
        }
    }

    /// What the file of that path in a data dir is.
    pub fn of(path: &MemberPath) -> Option<Self> {
        Self::all().find(|kind| kind.file_name() == path.as_str())
    }

    /// Largest file in bytes that may be one.
    pub fn max_bytes(self) -> u16 {
        match self {
            Self::Wrapped(_) => 32 * 1024,
            Self::Clear => 4096,
        }
    }
}
