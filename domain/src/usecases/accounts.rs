//! Accounts: who may come in, as whom, and what an admin does about it. One verb a file.
//!
//! Does NOT know HTTP: cookies, headers, throttling of guesses and the roles that routes ask for are the caller's. The
//! daemon is the only writer of its accounts; what must not happen at once waits for its turn in here.

mod desk;
mod first_run;
mod gate;
mod housekeeping;
mod identify;
mod identity;
mod last_use;
mod logins;
mod new_password;
mod opened_sessions;
mod own_password;
mod refusal;
mod remembered;
mod session_uses;
mod tokens;
mod users;

pub use first_run::{FirstAdmin, FirstRun};
pub use housekeeping::SessionHousekeeping;
pub use identify::Identify;
pub use identity::{Identity, Scheme, Shown};
pub use last_use::SeenBatch;
pub use logins::{LoggedIn, Logins};
pub use new_password::{MAX_PASSWORD_BYTES, MIN_PASSWORD_CHARS};
pub use own_password::OwnPassword;
pub use refusal::AccountError;
pub use tokens::{ListedToken, ManageTokens, MintedToken, NewToken};
pub use users::{ListedUser, ManageUsers, UserChange};

use crate::audit_trail::AuditTrail;
use crate::ports::{Clock, NoRandomness, Passwords, Randomness, Sessions, Tokens, Users};
use desk::Desk;
use jiff::SignedDuration;
use std::sync::Arc;

/// Every use case about accounts. They share what has to be shared, so a daemon makes one of these.
pub struct Accounts {
    /// Who shows this credential?
    pub identify: Identify,
    /// Log in and out.
    pub logins: Logins,
    /// Change one's own password.
    pub own_password: OwnPassword,
    /// Make the first admin.
    pub first_run: FirstRun,
    /// What an admin does about users.
    pub users: ManageUsers,
    /// What an admin does about API tokens.
    pub tokens: ManageTokens,
    /// Clear away sessions that have ended.
    pub housekeeping: SessionHousekeeping,
}

/// What the use cases need from the world.
#[derive(Clone)]
pub struct AccountPorts {
    /// Where users are.
    pub users: Arc<dyn Users>,
    /// Where API tokens are.
    pub tokens: Arc<dyn Tokens>,
    /// Where sessions are.
    pub sessions: Arc<dyn Sessions>,
    /// What hashes passwords.
    pub passwords: Arc<dyn Passwords>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where credentials come from.
    pub randomness: Arc<dyn Randomness>,
    /// Where changes are recorded.
    pub audit: AuditTrail,
}

/// What the operator decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRules {
    /// A session nobody used for this long ends; `None` or nothing above zero: only after its 12 hours.
    pub session_idle: Option<SignedDuration>,
    /// Whether the first admin may be made over the API.
    pub allow_first_run_setup: bool,
}

impl Default for AccountRules {
    fn default() -> Self {
        Self { session_idle: None, allow_first_run_setup: true }
    }
}

impl Accounts {
    /// Opens the desk. Needs randomness once, for what it remembers in memory.
    pub fn open(ports: AccountPorts, rules: AccountRules) -> Result<Self, NoRandomness> {
        let desk = Arc::new(Desk::open(ports, rules)?);
        Ok(Self {
            identify: Identify::new(Arc::clone(&desk)),
            logins: Logins::new(Arc::clone(&desk)),
            own_password: OwnPassword::new(Arc::clone(&desk)),
            first_run: FirstRun::new(Arc::clone(&desk)),
            users: ManageUsers::new(Arc::clone(&desk)),
            tokens: ManageTokens::new(Arc::clone(&desk)),
            housekeeping: SessionHousekeeping::new(desk),
        })
    }
}
