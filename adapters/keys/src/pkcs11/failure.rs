//! What can go wrong with a token, sorted by what an operator can do about it.
//!
//! Does NOT quote PINs or keys: tokens speak in codes.

use super::token::Place;
use super::{PIN_VARIABLE, not_set_up, origin};
use cryptoki::error::{Error, RvError};
use loom_domain::ports::{BoxError, KeyError};
use loom_domain::words::for_a_shell;
use std::time::Duration;

/// Why a token did not do it. Its text is a fragment.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("the library cannot be loaded: {0}")]
    NoLibrary(String),
    #[error("no token of that label is there")]
    NoToken,
    #[error("{0} tokens have that label")]
    SeveralTokens(usize),
    #[error("the token asks for a PIN, and none is given")]
    NoPin,
    #[error("the token refuses the PIN")]
    PinWrong,
    #[error("the token has refused this PIN before; it was not tried again, for tokens lock themselves")]
    PinRefusedBefore,
    #[error("one more wrong PIN locks the token; none was tried")]
    LastTry,
    #[error("the PIN of the token is locked")]
    PinLocked,
    #[error("the token has no AES key of that label")]
    NoKey,
    #[error("the token has {0} AES keys of that label")]
    SeveralKeys(usize),
    #[error("the token has neither AES-GCM nor AES key wrap with padding")]
    NoMechanism,
    #[error("{0}")]
    Denied(String),
    #[error("{0}")]
    NotOpened(String),
    #[error("{0}")]
    Device(String),
    #[error("the token did not answer within {} s", .0.as_secs())]
    Silent(Duration),
}

impl Failure {
    /// Of an error around the key.
    pub(super) fn device(error: Error) -> Self {
        Self::Device(error.to_string())
    }

    /// Of an error of sealing.
    pub(super) fn sealing(error: Error) -> Self {
        match &error {
            Error::Pkcs11(rv, _) if is_denial(rv) => Self::Denied(error.to_string()),
            _ => Self::device(error),
        }
    }

    /// Of an error of opening. Libraries have no code of their own for a ciphertext that was changed.
    pub(super) fn opening(error: Error) -> Self {
        match &error {
            Error::Pkcs11(rv, _) if is_denial(rv) => Self::Denied(error.to_string()),
            Error::Pkcs11(
                RvError::DeviceError
                | RvError::DeviceMemory
                | RvError::DeviceRemoved
                | RvError::TokenNotPresent,
                _,
            ) => Self::device(error),
            _ => Self::NotOpened(error.to_string()),
        }
    }

    /// The error of a call about the key of `place`.
    pub(super) fn told(self, place: &Place) -> KeyError {
        let origin = origin(place);
        let Place { module, token, key_label } = place;
        let tool = format!("pkcs11-tool --module {}", for_a_shell(&module.display()));
        let its_token = format!("{tool} --token-label {}", for_a_shell(token));
        let (cause, mend): (String, String) = (
            self.to_string(),
            match &self {
                Self::NoLibrary(_) => {
                    return not_set_up(format!(
                        "{self}\nhint: check `keys.pkcs11.module` (`{}`)",
                        module.display()
                    ));
                }
                Self::NoPin => {
                    return not_set_up(format!(
                        "{self}\nhint: give it in {PIN_VARIABLE} or in the file of `keys.pkcs11.pin_file`"
                    ));
                }
                Self::SeveralTokens(_) => {
                    return not_set_up(format!(
                        "{self}\nhint: take all but one of the tokens `{token}` away"
                    ));
                }
                Self::NoMechanism => {
                    return not_set_up(format!("{self}\nhint: `{tool} -M` lists what it has"));
                }
                Self::NotOpened(_) => return KeyError::NotUnwrapped { origin, cause: BoxError::from(self) },
                Self::NoToken => format!("plug the token `{token}` in; `{tool} -L` lists those there are"),
                Self::PinWrong | Self::PinRefusedBefore => format!(
                    "correct {PIN_VARIABLE} or the file of `keys.pkcs11.pin_file`; the token locks after a few wrong PINs"
                ),
                Self::LastTry => format!(
                    "try the PIN by hand, which resets the count if it is right: {its_token} \
                     --login --list-objects"
                ),
                Self::PinLocked => "the token's security officer can unlock it".to_owned(),
                Self::NoKey => format!(
                    "make one: {its_token} --login --keygen --key-type AES:32 --label {} --sensitive --usage-decrypt",
                    for_a_shell(key_label)
                ),
                Self::SeveralKeys(_) => {
                    format!("give the others than the one that wraps another label than `{key_label}`")
                }
                Self::Denied(_) => format!(
                    "the key `{key_label}` has to allow encryption and decryption (CKA_ENCRYPT, CKA_DECRYPT)"
                ),
                Self::Device(_) | Self::Silent(_) => {
                    format!("check that the token `{token}` is plugged in and that its service runs")
                }
            },
        );
        let cause = BoxError::from(cause);
        match self {
            Self::PinWrong | Self::PinRefusedBefore | Self::LastTry | Self::PinLocked | Self::Denied(_) => {
                KeyError::Denied { origin, cause, mend }
            }
            Self::NoKey | Self::SeveralKeys(_) => KeyError::NoWrappingKey { origin, cause, mend },
            _ => KeyError::Unreachable { origin, cause, mend },
        }
    }
}

/// Whether a PIN may be sent to a token that says of its own `locked`, or that only one try is left (`last_try`).
pub(super) fn may_try_pin(locked: bool, last_try: bool) -> Result<(), Failure> {
    match (locked, last_try) {
        (true, _) => Err(Failure::PinLocked),
        (false, true) => Err(Failure::LastTry),
        (false, false) => Ok(()),
    }
}

fn is_denial(rv: &RvError) -> bool {
    matches!(
        rv,
        RvError::KeyFunctionNotPermitted
            | RvError::KeyTypeInconsistent
            | RvError::MechanismInvalid
            | RvError::FunctionNotSupported
            | RvError::ActionProhibited
            | RvError::UserNotLoggedIn
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_try_is_left_to_a_person() {
        let place = Place { module: "/m.so".into(), token: "loom".to_owned(), key_label: "k".to_owned() };
        let error = Failure::LastTry.told(&place);
        let KeyError::Denied { cause, mend, .. } = &error else { panic!("{error:?}") };
        assert!(cause.to_string().contains("none was tried"), "{cause}");
        assert!(mend.contains("--token-label loom "), "{mend}");
    }

    #[test]
    fn commands_take_every_name_as_it_is() {
        let [token, key_label] = ["it's", "key\nof the state"].map(str::to_owned);
        let place = Place { module: "/opt/my lib.so".into(), token, key_label };
        let words = |failure: Failure| failure.told(&place).to_string();
        for failure in [Failure::LastTry, Failure::NoKey] {
            let words = words(failure);
            assert!(words.contains("--module '/opt/my lib.so' "), "{words}");
            assert!(words.contains(r"--token-label 'it'\''s' "), "{words}");
        }
        assert!(words(Failure::NoKey).contains("--label 'key\nof the state' "));
        for failure in [Failure::NoToken, Failure::NoMechanism] {
            let words = words(failure);
            assert!(words.contains("`pkcs11-tool --module '/opt/my lib.so' -"), "{words}");
        }
    }

    #[test]
    fn a_pin_is_sent_only_while_a_wrong_one_does_no_harm() {
        assert!(may_try_pin(false, false).is_ok());
        assert!(matches!(may_try_pin(false, true), Err(Failure::LastTry)));
        assert!(matches!(may_try_pin(true, false), Err(Failure::PinLocked)));
        assert!(matches!(may_try_pin(true, true), Err(Failure::PinLocked)));
    }
}
