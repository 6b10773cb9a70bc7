//! What can go wrong with a call, sorted by what an operator can do about it.
//!
//! Does NOT quote what a call carried: only the words of the service.

use super::place::Place;
use super::{not_set_up, origin};
use loom_domain::ports::{BoxError, KeyError};

/// Why a call brought nothing. Its text is a fragment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// The service said no.
    #[error("{code} (HTTP {status}): {message}")]
    Refused { status: u16, code: String, message: String },
    /// No answer came.
    #[error("no answer from `{at}`: {why}")]
    NoAnswer { at: String, why: String },
    /// The answer is none of this API.
    #[error("the answer of `{at}` is not one of a key service: {why}")]
    Strange { at: String, why: &'static str },
    /// Nobody gave credentials.
    #[error("no credentials were found")]
    NoCredentials,
}

impl Failure {
    /// Whether the same call may succeed a moment later.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Refused { status, code, .. } => {
                *status >= 500 || *status == 429 || is_among(code, &["Throttl", "LimitExceeded"]) || {
                    matches!(
                        code.as_str(),
                        "KMSInternalException" | "DependencyTimeoutException" | "KeyUnavailableException"
                    )
                }
            }
            Self::NoAnswer { .. } => true,
            Self::Strange { .. } | Self::NoCredentials => false,
        }
    }

    /// The error of a call that needs the right to do `action` with the key of `place`.
    pub(super) fn told(self, place: &Place, action: &str) -> KeyError {
        let (origin, key) = (origin(&place.key_id), &place.key_id);
        let passes = self.passes();
        let (status, code) = match &self {
            Self::NoCredentials => return not_set_up(NO_CREDENTIALS.to_owned()),
            Self::Refused { status, code, .. } => (*status, code.clone()),
            Self::NoAnswer { .. } | Self::Strange { .. } => (0, String::new()),
        };
        let cause = BoxError::from(self);
        match code.as_str() {
            _ if passes => KeyError::Unreachable {
                origin,
                cause,
                mend: format!(
                    "check the network and whether the service at `{}` is up (`keys.kms.endpoint`, `keys.kms.region`)",
                    place.uri
                ),
            },
            "" => KeyError::Unreachable {
                origin,
                cause,
                mend: format!(
                    "check `keys.kms.endpoint`: something other than a key service answers at `{}`",
                    place.uri
                ),
            },
            "AccessDeniedException" => KeyError::Denied {
                origin,
                cause,
                mend: format!(
                    "allow `{action}` on `{key}` to the identity this machine has, in the key's policy or the identity's"
                ),
            },
            "InvalidCiphertextException" | "IncorrectKeyException" => {
                KeyError::NotUnwrapped { origin, cause }
            }
            "NotFoundException"
            | "DisabledException"
            | "KMSInvalidStateException"
            | "InvalidKeyUsageException"
            | "InvalidArnException"
            | "InvalidAliasNameException" => KeyError::NoWrappingKey {
                origin,
                cause,
                mend: format!(
                    "look at the key `{key}` in region `{}`: it has to exist and be enabled, and `{action}` allowed; a \
                         deletion can be called off while it is pending",
                    place.region
                ),
            },
            // A ciphertext of an impossible length gets no exception of its own.
            "ValidationException" if action == "kms:Decrypt" => KeyError::NotUnwrapped { origin, cause },
            code if matches!(status, 401 | 403) || is_among(code, &OF_CREDENTIALS) => KeyError::Denied {
                origin,
                cause,
                mend: format!(
                    "check the credentials of this machine, its clock and `keys.kms.region`, and that they may do `{action}` \
                     with `{key}`"
                ),
            },
            _ => not_set_up(format!("the service refuses `{action}` with `{key}`: {cause}")),
        }
    }
}

const NO_CREDENTIALS: &str = "no credentials for the service were found\nhint: give them in AWS_ACCESS_KEY_ID and \
    AWS_SECRET_ACCESS_KEY, in a profile (AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE), or by the role of the machine or container";

/// Parts of the names of exceptions about who asks.
const OF_CREDENTIALS: [&str; 6] = ["Credential", "Token", "Signature", "Client", "OptIn", "AccessKey"];

fn is_among(code: &str, parts: &[&str]) -> bool {
    parts.iter().any(|part| code.contains(part))
}
