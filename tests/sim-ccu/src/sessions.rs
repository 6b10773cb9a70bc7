//! The session table of the logic process. Does NOT know passwords.

use crate::config::UserLevel;
use std::time::{Duration, Instant};

const DIGITS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Open sessions.
#[derive(Debug)]
pub(crate) struct Sessions {
    limit: usize,
    timeout: Duration,
    drawn: u64,
    open: Vec<Session>,
}

#[derive(Debug)]
struct Session {
    id: String,
    level: UserLevel,
    used: Instant,
}

impl Sessions {
    pub(crate) fn new(limit: usize, timeout: Duration) -> Self {
        Self { limit, timeout, drawn: 0, open: Vec::new() }
    }

    /// A new id of ten letters and digits, or none if the table is full.
    pub(crate) fn open(&mut self, level: UserLevel) -> Option<String> {
        self.drop_old();
        if self.open.len() >= self.limit {
            return None;
        }
        let id = self.draw();
        self.open.push(Session { id: id.clone(), level, used: Instant::now() });
        Some(id)
    }

    /// What the session may do; using it keeps it alive.
    pub(crate) fn level(&mut self, id: &str) -> Option<UserLevel> {
        self.drop_old();
        let session = self.open.iter_mut().find(|session| session.id == id)?;
        session.used = Instant::now();
        Some(session.level)
    }

    /// Forgets a session; says whether there was one.
    pub(crate) fn close(&mut self, id: &str) -> bool {
        let before = self.open.len();
        self.open.retain(|session| session.id != id);
        self.open.len() < before
    }

    pub(crate) fn clear(&mut self) {
        self.open.clear();
    }

    /// How many are open.
    pub(crate) fn count(&mut self) -> usize {
        self.drop_old();
        self.open.len()
    }

    fn drop_old(&mut self) {
        self.open.retain(|session| session.used.elapsed() < self.timeout);
    }

    // Ids only have to differ; mixing the count keeps them from looking alike.
    fn draw(&mut self) -> String {
        self.drawn += 1;
        let mut state = self.drawn.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5DEE_CE66_D1CE_4E5B;
        let mut digit = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            char::from(DIGITS[usize::try_from(state % 62).unwrap_or(0)])
        };
        (0..10).map(|_| digit()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_limited_and_old_sessions_leave_it() {
        let mut sessions = Sessions::new(2, Duration::from_secs(60));
        let first = sessions.open(UserLevel::Admin).unwrap();
        let second = sessions.open(UserLevel::Guest).unwrap();
        assert!(first.len() == 10 && first != second && sessions.open(UserLevel::Admin).is_none());
        assert_eq!(sessions.level(&second), Some(UserLevel::Guest));
        assert!(sessions.close(&first) && !sessions.close(&first));
        sessions.timeout = Duration::ZERO;
        assert_eq!(sessions.level(&second), None);
    }
}
