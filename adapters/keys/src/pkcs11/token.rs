//! A session with a token, logged in, and the key on it.
//!
//! Does NOT keep sessions: each call opens one, which logs out when it closes.

use super::failure::{Failure, may_try_pin};
use super::pin::Pin;
use super::thread::Libraries;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::slot::Slot;
use cryptoki::types::AuthPin;
use std::path::PathBuf;
use std::time::Duration;

/// How often a token is looked for.
const LOOKS: u32 = 5;
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Which key of which token behind which library.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) module: PathBuf,
    pub(super) token: String,
    pub(super) key_label: String,
}

/// An open token.
pub(super) struct Token {
    pub(super) library: Pkcs11,
    pub(super) slot: Slot,
    pub(super) session: Session,
    /// The key that wraps.
    pub(super) key: ObjectHandle,
}

/// Opens the token of `place` and finds its key.
pub(super) fn open(libraries: &mut Libraries, place: &Place, pin: Option<&Pin>) -> Result<Token, Failure> {
    let library = load(libraries, place)?;
    let slot = find_slot_patiently(&library, place)?;
    let session = library.open_ro_session(slot).map_err(Failure::device)?;
    log_in(libraries, &library, slot, &session, place, pin)?;
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Label(place.key_label.clone().into_bytes()),
    ];
    let found = session.find_objects(&template).map_err(Failure::device)?;
    match found.as_slice() {
        [key] => Ok(Token { library, slot, key: *key, session }),
        [] => Err(Failure::NoKey),
        more => Err(Failure::SeveralKeys(more.len())),
    }
}

fn load(libraries: &mut Libraries, place: &Place) -> Result<Pkcs11, Failure> {
    if let Some(library) = libraries.loaded.get(&place.module) {
        return Ok(library.clone());
    }
    let failed = |error: Error| Failure::NoLibrary(error.to_string());
    let library = Pkcs11::new(&place.module).map_err(failed)?;
    match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
        Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
        Err(error) => return Err(failed(error)),
    }
    libraries.loaded.insert(place.module.clone(), library.clone());
    Ok(library)
}

/// A token is out of sight for a moment while another program changes it.
fn find_slot_patiently(library: &Pkcs11, place: &Place) -> Result<Slot, Failure> {
    for _ in 0..LOOKS - 1 {
        match find_slot(library, place) {
            Err(Failure::NoToken) => std::thread::sleep(BETWEEN_LOOKS),
            found => return found,
        }
    }
    find_slot(library, place)
}

fn find_slot(library: &Pkcs11, place: &Place) -> Result<Slot, Failure> {
    let mut slots = library.get_slots_with_token().map_err(Failure::device)?;
    // A slot whose token does not even tell its name is none of ours.
    slots.retain(|slot| {
        library.get_token_info(*slot).is_ok_and(|token| token.label().trim_end() == place.token)
    });
    match slots.as_slice() {
        [slot] => Ok(*slot),
        [] => Err(Failure::NoToken),
        more => Err(Failure::SeveralTokens(more.len())),
    }
}

fn log_in(
    libraries: &mut Libraries,
    library: &Pkcs11,
    slot: Slot,
    session: &Session,
    place: &Place,
    pin: Option<&Pin>,
) -> Result<(), Failure> {
    let token = library.get_token_info(slot).map_err(Failure::device)?;
    if !token.login_required() {
        return Ok(());
    }
    // What a person types at the token's own keys is up to that person.
    let last_try = token.user_pin_final_try() && pin.is_some();
    may_try_pin(token.user_pin_locked(), last_try)?;
    let by_itself = token.protected_authentication_path();
    let pin = match pin {
        None if by_itself => None,
        None => return Err(Failure::NoPin),
        Some(pin) => Some(pin),
    };
    let refused = |(module, label, tried): &(_, _, Pin)| {
        *module == place.module && *label == place.token && Some(tried) == pin
    };
    if libraries.refused.iter().any(refused) {
        return Err(Failure::PinRefusedBefore);
    }
    let secret = pin.map(|pin| AuthPin::new(pin.as_str().into()));
    match session.login(UserType::User, secret.as_ref()) {
        Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(()),
        Err(Error::Pkcs11(RvError::PinLocked, _)) => Err(Failure::PinLocked),
        Err(Error::Pkcs11(RvError::PinIncorrect | RvError::PinLenRange | RvError::PinInvalid, _)) => {
            libraries.refused.extend(pin.map(|pin| (place.module.clone(), place.token.clone(), pin.clone())));
            Err(Failure::PinWrong)
        }
        Err(error) => Err(Failure::device(error)),
    }
}
