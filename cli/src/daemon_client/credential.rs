//! Who calls the daemon: an API token, or a user with a password. Secrets come from files and the environment, never from
//! the command line, which every user of the machine can read.
//!
//! Does NOT make tokens.

use crate::args::DaemonArgs;
use crate::failure::Failure;
use crate::secret_input;
use loom_app::Environment;
use loom_domain::secret::SecretText;
use reqwest::RequestBuilder;
use reqwest::header::{AUTHORIZATION, HeaderValue};

const VARIABLE: &str = "OPENCCU_LOOM_TOKEN";

/// Who calls.
#[derive(Debug)]
pub(super) enum Credential {
    Token(HeaderValue),
    Password { user: String, password: SecretText },
}

impl Credential {
    /// What a flag names before what is in the environment.
    pub(super) fn find(args: &DaemonArgs, environment: &Environment) -> Result<Self, Failure> {
        if let (Some(user), Some(file)) = (&args.user, &args.password_file) {
            let password = secret_input::from_file(file, "--password-file")?;
            return Ok(Self::Password { user: user.clone(), password });
        }
        if let Some(file) = &args.token_file {
            return Self::token(&secret_input::from_file(file, "--token-file")?, "--token-file");
        }
        match environment(VARIABLE).filter(|token| !token.is_empty()) {
            Some(token) => Self::token(&SecretText::new(token.to_string_lossy()), VARIABLE),
            None => Err(Failure::Usage(
                "the daemon asks who calls, and no token was given\n\
                 hint: make one as \"How to begin\" in docs/rest-ws.md tells, then name its file with --token-file, or set OPENCCU_LOOM_TOKEN; or log in with --user NAME --password-file FILE"
                    .to_owned(),
            )),
        }
    }

    fn token(token: &SecretText, from: &str) -> Result<Self, Failure> {
        let refused =
            || Failure::Usage(format!("{from} holds no token: a token is one line of letters and digits"));
        let token = token.reveal().trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(refused());
        }
        let mut header = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| refused())?;
        header.set_sensitive(true);
        Ok(Self::Token(header))
    }

    /// Adds it to a request.
    pub(super) fn sign(&self, request: RequestBuilder) -> RequestBuilder {
        match self {
            Self::Token(header) => request.header(AUTHORIZATION, header),
            Self::Password { user, password } => request.basic_auth(user, Some(password.reveal())),
        }
    }
}
