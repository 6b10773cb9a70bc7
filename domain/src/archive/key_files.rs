//! The files of a data dir that hold its master key, and which of them wins.
//!
//! Does NOT read them (adapter `keys`), and does NOT list them.

use super::MemberPath;
use super::layout::KEY_FILE;
use crate::secret::Wrapper;
use crate::words::for_a_shell;
use jiff::Timestamp;

/// What the name of an earlier key's file has after that of the file it lay in.
const OLD_INFIX: &str = ".old-";

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

    /// Whether a file of this kind is as good as one of the kind `other` with the same key. A wrapped copy is no substitute
    /// for a key in clear: its service may be gone.
    pub fn stands_in_for(self, other: Self) -> bool {
        self == Self::Clear || self == other
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

    /// Names for the file of an earlier key, replaced at that instant, in the order in which they are to be taken: the
    /// first one that nothing has.
    pub fn old_names(self, replaced_at: Timestamp) -> impl Iterator<Item = String> {
        let first = format!("{}{OLD_INFIX}{}", self.file_name(), replaced_at.strftime("%Y%m%dT%H%M%SZ"));
        let more = first.clone();
        std::iter::once(first).chain((2..).map(move |number: u32| format!("{more}-{number}")))
    }

    /// What kind of file the name of an earlier key's belongs to; `None` if it is no such name.
    pub fn of_old(name: &str) -> Option<Self> {
        Self::all().find(|kind| {
            let rest = name.strip_prefix(kind.file_name()).and_then(|rest| rest.strip_prefix(OLD_INFIX));
            rest.is_some_and(|rest| !rest.is_empty() && !rest.contains('/'))
        })
    }

    /// Shell commands that make a copy of the file `from` the key file of this kind in the data dir `dir`, for people:
    /// first those that are `present` there get the names of earlier keys, for each may be the only copy of its key. The
    /// copy is one that a daemon takes, whatever mode and owner `from` has. Each command goes with GNU and with busybox.
    pub fn commands_to_put_in_place(
        self,
        from: &str,
        dir: &str,
        present: impl IntoIterator<Item = Self>,
    ) -> String {
        let path = |kind: Self| for_a_shell(&format!("{dir}/{}", kind.file_name()));
        // What `mv -n` leaves where it is, it calls a success.
        let away =
            |kind| format!("mv -n {0} {0}{OLD_INFIX}$(date -u +%Y%m%dT%H%M%SZ) && test ! -e {0}", path(kind));
        let copied = format!("install -m 600 {} {}", for_a_shell(&from), path(self));
        let owned = format!("chown $(stat -Lc %u {}) {}", for_a_shell(&dir), path(self));
        present.into_iter().map(away).chain([copied, owned]).collect::<Vec<_>>().join(" && ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_earlier_keys_are_told_by_the_file_they_lay_in() {
        let at = "2026-11-23T12:00:00.5Z".parse().unwrap();
        for kind in KeyFileKind::all() {
            let names: Vec<_> = kind.old_names(at).take(2).collect();
            let stamp = format!("{}.old-20261123T120000Z", kind.file_name());
            assert_eq!(names, [stamp.clone(), stamp + "-2"]);
            assert!(names.iter().all(|name| KeyFileKind::of_old(name) == Some(kind)));
        }
        for name in ["secret.key", "secret.key.old-", "secret.key.old-a/b", "x.old-20261123T120000Z"] {
            assert_eq!(KeyFileKind::of_old(name), None, "{name}");
        }
    }

    #[test]
    fn the_commands_set_what_is_present_aside_first() {
        let kms = KeyFileKind::Wrapped(Wrapper::Kms);
        let commands =
            KeyFileKind::Clear.commands_to_put_in_place("/a b/it's", "/d", [kms, KeyFileKind::Clear]);
        assert_eq!(
            commands,
            "mv -n /d/secret.key.kms /d/secret.key.kms.old-$(date -u +%Y%m%dT%H%M%SZ) && test ! -e /d/secret.key.kms && \
             mv -n /d/secret.key /d/secret.key.old-$(date -u +%Y%m%dT%H%M%SZ) && test ! -e /d/secret.key && \
             install -m 600 '/a b/it'\\''s' /d/secret.key && chown $(stat -Lc %u /d) /d/secret.key"
        );
    }
}
