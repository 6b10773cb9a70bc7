//! Recipients and identities of age, checked: their text as the domain knows it, their curve points as the library does.
//!
//! Does NOT seal or open anything and does NOT read files. Only X25519: what opens an archive needs no plugin.

use age::secrecy::ExposeSecret;
use age::x25519;
use loom_domain::archive::{Identity, Recipient};
use std::str::FromStr;

/// Why a text is no recipient. Fragments read after the text in backticks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadRecipient {
    /// Not even alike.
    #[error("a recipient begins with `age1` and goes on in lower-case letters and digits")]
    NotAlike,
    /// Of a kind that only a plugin opens.
    #[error(
        "only recipients of X25519 are sealed for, which have 62 characters; this is one of another kind"
    )]
    OtherKind,
    /// A letter is wrong or missing.
    #[error("it was mistyped or cut: {0}")]
    Mistyped(&'static str),
}

/// Why a text is no identity. Never quotes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadIdentity {
    /// Not even alike.
    #[error("an identity begins with `AGE-SECRET-KEY-1` and goes on in upper-case letters and digits")]
    NotAlike,
    /// Of a kind this program does not open with.
    #[error("only identities of X25519 are used, which begin with `AGE-SECRET-KEY-1`")]
    OtherKind,
    /// A letter is wrong or missing.
    #[error("it was mistyped or cut: {0}")]
    Mistyped(&'static str),
}

/// Letters of an X25519 recipient: `age1`, 52 for the point, 6 of checksum.
const RECIPIENT_LEN: usize = 62;

/// Checks a recipient to the last letter, white space around it left aside.
///
/// # Errors
/// It is none, or one that nobody could open with an identity alone.
pub fn check_recipient(text: &str) -> Result<Recipient, BadRecipient> {
    let recipient = Recipient::parse(text).ok_or(BadRecipient::NotAlike)?;
    point_of(&recipient).map(|_| recipient)
}

/// Checks an identity to the last letter, white space around it left aside.
///
/// # Errors
/// It is none.
pub fn check_identity(text: &str) -> Result<Identity, BadIdentity> {
    let identity = Identity::parse(text).ok_or(BadIdentity::NotAlike)?;
    secret_of(&identity).map(|_| identity)
}

/// The recipient whose archives this identity opens; `None` if it is no identity of X25519.
pub fn recipient_of(identity: &Identity) -> Option<Recipient> {
    Recipient::parse(&secret_of(identity).ok()?.to_public().to_string())
}

/// A new identity, drawn from the operating system.
pub fn new_identity() -> Option<Identity> {
    Identity::parse(x25519::Identity::generate().to_string().expose_secret())
}

pub(super) fn point_of(recipient: &Recipient) -> Result<x25519::Recipient, BadRecipient> {
    let text = recipient.as_str();
    x25519::Recipient::from_str(text).map_err(|reason| match text.strip_prefix("age1") {
        // Those of plugins and of post-quantum keys carry a name and are longer.
        Some(rest) if rest.contains('1') || text.len() > RECIPIENT_LEN => BadRecipient::OtherKind,
        _ => BadRecipient::Mistyped(reason),
    })
}

pub(super) fn secret_of(identity: &Identity) -> Result<x25519::Identity, BadIdentity> {
    let text = identity.reveal();
    let classic = text.starts_with("AGE-SECRET-KEY-1");
    x25519::Identity::from_str(text)
        .map_err(|reason| if classic { BadIdentity::Mistyped(reason) } else { BadIdentity::OtherKind })
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPIENT: &str = "age1t7rxyev2z3rw82stdlrrepyc39nvn86l5078zqkf5uasdy86jp6svpy7pa";
    const IDENTITY: &str = "AGE-SECRET-KEY-1GQ9778VQXMMJVE8SK7J6VT8UJ4HDQAJUVSFCWCM02D8GEWQ72PVQ2Y5J33";

    #[test]
    fn an_identity_tells_its_recipient() {
        let identity = check_identity(&format!(" {IDENTITY}\n")).unwrap();
        assert_eq!(recipient_of(&identity), Some(check_recipient(RECIPIENT).unwrap()));
        let (one, other) = (new_identity().unwrap(), new_identity().unwrap());
        assert_ne!(recipient_of(&one).unwrap(), recipient_of(&other).unwrap());
    }

    #[test]
    fn every_mistyped_letter_is_noticed() {
        for at in 4..RECIPIENT.len() {
            for letter in ['q', 'p', '7'] {
                let mut mistyped = RECIPIENT.to_owned();
                mistyped.replace_range(at..=at, &letter.to_string());
                assert!(mistyped == RECIPIENT || check_recipient(&mistyped).is_err(), "{mistyped}");
            }
        }
        for at in 0..RECIPIENT.len() {
            assert!(check_recipient(&RECIPIENT[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn recipients_and_identities_of_other_kinds_are_named_as_such() {
        let plugin = "age1yubikey1q2w7u3vpya839jxxuq8g0sedh3d740d4xvn639sqhr95ejj8vu3hyfumptt";
        assert_eq!(check_recipient(plugin), Err(BadRecipient::OtherKind));
        assert_eq!(check_recipient("ssh-ed25519 AAAA"), Err(BadRecipient::NotAlike));
        let shorter = &RECIPIENT[..RECIPIENT.len() - 1];
        assert!(matches!(check_recipient(shorter), Err(BadRecipient::Mistyped(_))));
        assert_eq!(check_identity("AGE-SECRET-KEY-PQ-1XYZ"), Err(BadIdentity::OtherKind));
        assert_eq!(check_identity("SECRET"), Err(BadIdentity::NotAlike));
    }

    #[test]
    fn no_error_quotes_an_identity() {
        let mistyped = IDENTITY.replace("778", "877");
        let error = check_identity(&mistyped).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("MMJVE8"), "{error}");
    }
}
