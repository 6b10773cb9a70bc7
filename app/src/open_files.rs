//! The limit on open files, of which each socket is one.
//!
//! Does NOT go beyond what the system allows this process.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the limit of this process as far as it may. Services are commonly started with 1,024, for the sake of
/// programs that use `select`; with all of them taken nobody could connect any more.
pub(crate) fn allow_as_many_as_possible() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current == maximum {
        return;
    }
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        tracing::warn!(%error, ?current, ?maximum, "the limit on open files cannot be raised");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_becomes_what_the_system_allows() {
        let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
        let less = maximum.map(|maximum| maximum - 1);
        setrlimit(Resource::Nofile, Rlimit { current: less, maximum }).unwrap();
        allow_as_many_as_possible();
        assert_eq!(getrlimit(Resource::Nofile).current, maximum);
    }
}
