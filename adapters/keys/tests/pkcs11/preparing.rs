//! The keys of the token: two that encrypt, one that only wraps, one that does nothing, two of one name.
//!
//! In a process of its own: a login counts for all of a process.

use super::*;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use cryptoki::session::UserType;
use cryptoki::types::AuthPin;

#[test]
#[ignore = "runs as the child of another test"]
fn softhsm_gets_its_keys() {
    let library = Pkcs11::new(module()).unwrap();
    library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)).unwrap();
    let slots = library.get_slots_with_initialized_token().unwrap();
    let loom = |slot: &_| library.get_token_info(*slot).unwrap().label() == "loom";
    let slot = slots.into_iter().find(loom).unwrap();
    let session = library.open_rw_session(slot).unwrap();
    session.login(UserType::User, Some(&AuthPin::new(PIN.into()))).unwrap();
    for (label, encrypts, wraps) in [
        ("kek", true, false),
        ("another kek", true, false),
        ("wraps only", false, true),
        ("does nothing", false, false),
        ("two", true, true),
        ("two", true, true),
    ] {
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::ValueLen(32.into()),
            Attribute::Label(label.into()),
            Attribute::Encrypt(encrypts),
            Attribute::Decrypt(encrypts),
            Attribute::Wrap(wraps),
            Attribute::Unwrap(wraps),
        ];
        session.generate_key(&Mechanism::AesKeyGen, &template).unwrap();
    }
}
