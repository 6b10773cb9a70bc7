//! How a token seals a master key: AES-GCM, or AES key wrap where a token or its key does not do that.
//!
//! Does NOT log in or find keys (`token`).

use super::failure::Failure;
use super::token::Token;
use crate::OsRandomness;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use cryptoki::error::Error;
use cryptoki::mechanism::aead::GcmParams;
use cryptoki::mechanism::{Mechanism, MechanismInfo, MechanismType};
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use loom_domain::ports::Randomness;
use loom_domain::secret::WrappedKey;
use sha2::{Digest as _, Sha256};
use std::ffi::c_ulong;
use zeroize::{Zeroize as _, Zeroizing};

/// `CKM_AES_GCM` with a tag of 128 bits; the context is its additional data.
const GCM: &str = "AES-GCM";
/// `CKM_AES_KEY_WRAP_PAD` (RFC 5649) over the key and the SHA-256 of the context, for it takes no additional data.
const KEY_WRAP: &str = "AES-KEY-WRAP-PAD";

const KEY_BYTES: usize = 32;
const TAG_BITS: c_ulong = 128;

/// A sealed key.
pub(super) struct Sealed {
    /// [`GCM`] or [`KEY_WRAP`].
    pub(super) mechanism: &'static str,
    /// Base64 of the initialisation vector, where there is one.
    pub(super) iv: Option<String>,
    pub(super) ciphertext: Vec<u8>,
}

/// Seals `key`, bound to `additional`.
pub(super) fn seal(token: &Token, key: &[u8; KEY_BYTES], additional: &[u8]) -> Result<Sealed, Failure> {
    let denied = match does(token, MechanismType::AES_GCM, MechanismInfo::encrypt) {
        true => match seal_gcm(token, key, additional) {
            Err(failure @ Failure::Denied(_)) => failure,
            sealed => return sealed,
        },
        false => Failure::NoMechanism,
    };
    match does(token, MechanismType::AES_KEY_WRAP_PAD, MechanismInfo::wrap) {
        true => seal_key_wrap(token, key, additional),
        false => Err(denied),
    }
}

/// Opens what [`seal`] gave.
pub(super) fn open(
    token: &Token,
    sealed: &WrappedKey,
    additional: &[u8],
) -> Result<Zeroizing<[u8; KEY_BYTES]>, Failure> {
    let (bytes, bound) = match sealed.settings.get("mechanism").map(String::as_str) {
        Some(GCM) => (open_gcm(token, sealed, additional)?, true),
        Some(KEY_WRAP) => {
            let mut bytes = open_key_wrap(token, &sealed.ciphertext)?;
            let bound = bytes.get(KEY_BYTES..) == Some(&Sha256::digest(additional)[..]);
            if bound {
                bytes[KEY_BYTES..].zeroize();
                bytes.truncate(KEY_BYTES);
            }
            (bytes, bound)
        }
        _ => return Err(Failure::NotOpened("it names no mechanism this program knows".to_owned())),
    };
    if !bound {
        return Err(Failure::NotOpened("it was made for another data dir".to_owned()));
    }
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    if bytes.len() != KEY_BYTES {
        return Err(Failure::NotOpened("what came out is no master key".to_owned()));
    }
    key.copy_from_slice(&bytes);
    Ok(key)
}

fn seal_gcm(token: &Token, key: &[u8; KEY_BYTES], additional: &[u8]) -> Result<Sealed, Failure> {
    let mut iv = [0; 12];
    OsRandomness.fill(&mut iv).map_err(|error| Failure::Device(error.to_string()))?;
    let parameters = GcmParams::new(&mut iv, additional, TAG_BITS.into()).map_err(Failure::device)?;
    let mechanism = Mechanism::AesGcm(parameters);
    let ciphertext = token.session.encrypt(&mechanism, token.key, key).map_err(Failure::sealing)?;
    // Read afterwards: some modules replace it by one of their own.
    Ok(Sealed { mechanism: GCM, iv: Some(STANDARD.encode(iv)), ciphertext })
}

fn open_gcm(token: &Token, sealed: &WrappedKey, additional: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let iv = sealed.settings.get("iv").and_then(|iv| STANDARD.decode(iv).ok()).filter(|iv| !iv.is_empty());
    let mut iv = iv.ok_or_else(|| Failure::NotOpened("it has no `iv`".to_owned()))?;
    let parameters = GcmParams::new(&mut iv, additional, TAG_BITS.into()).map_err(Failure::opening)?;
    let opened = token.session.decrypt(&Mechanism::AesGcm(parameters), token.key, &sealed.ciphertext);
    opened.map(Zeroizing::new).map_err(Failure::opening)
}

fn seal_key_wrap(token: &Token, key: &[u8; KEY_BYTES], additional: &[u8]) -> Result<Sealed, Failure> {
    let mut value = Zeroizing::new([0; 2 * KEY_BYTES]);
    value[..KEY_BYTES].copy_from_slice(key);
    value[KEY_BYTES..].copy_from_slice(&Sha256::digest(additional));
    let mut template = for_this_session();
    template.push(Attribute::Value(value.to_vec()));
    let object = token.session.create_object(&template).map_err(Failure::sealing);
    if let Some(Attribute::Value(copy)) = template.last_mut() {
        copy.zeroize();
    }
    let object = object?;
    let wrapped = token.session.wrap_key(&Mechanism::AesKeyWrapPad, token.key, object);
    destroy(token, object);
    Ok(Sealed { mechanism: KEY_WRAP, iv: None, ciphertext: wrapped.map_err(Failure::sealing)? })
}

fn open_key_wrap(token: &Token, ciphertext: &[u8]) -> Result<Zeroizing<Vec<u8>>, Failure> {
    let mechanism = Mechanism::AesKeyWrapPad;
    let object = token.session.unwrap_key(&mechanism, token.key, ciphertext, &for_this_session());
    let object = object.map_err(Failure::opening)?;
    let value = token.session.get_attributes(object, &[AttributeType::Value]);
    destroy(token, object);
    match value.map_err(Failure::opening)?.pop() {
        Some(Attribute::Value(value)) => Ok(Zeroizing::new(value)),
        _ => Err(Failure::NotOpened("the token does not give the key out".to_owned())),
    }
}

/// A secret that lives in the session and whose value can be read: ours, for a moment.
fn for_this_session() -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::GENERIC_SECRET),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sensitive(false),
        Attribute::Extractable(true),
    ]
}

/// It would go with the session; the sooner the better.
fn destroy(token: &Token, object: ObjectHandle) {
    let _: Result<(), Error> = token.session.destroy_object(object);
}

fn does(token: &Token, mechanism: MechanismType, what: fn(&MechanismInfo) -> bool) -> bool {
    token.library.get_mechanism_info(token.slot, mechanism).is_ok_and(|info| what(&info))
}
