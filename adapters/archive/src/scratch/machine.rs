//! A mark of this machine, for names of what machines that share a folder must not take from each other.
//!
//! Does NOT identify a machine to anybody: the mark is a hash, and short.

use loom_domain::archive::hex;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Made of `/etc/machine-id`, if there is one, and the host's name: machines set up from one image share the former, and
/// containers of one image have none. 16 hex digits; another one after either changed.
pub(super) fn mark() -> String {
    let id = std::fs::read_to_string(Path::new("/etc/machine-id")).unwrap_or_default();
    let host = rustix::system::uname();
    mark_of(id.trim(), &host.nodename().to_string_lossy())
}

fn mark_of(id: &str, host: &str) -> String {
    let digest = Sha256::digest(format!("openccu-loom machine mark v1\0{id}\0{host}"));
    hex(&digest[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machines_of_one_image_and_containers_on_one_machine_have_marks_of_their_own() {
        let marks = [mark_of("1", "pi"), mark_of("1", "pi-two"), mark_of("", "pi"), mark_of("2", "pi")];
        for (at, mark) in marks.iter().enumerate() {
            assert!(mark.len() == 16 && !marks[..at].contains(mark), "{marks:?}");
        }
        assert_eq!(mark(), mark());
    }
}
