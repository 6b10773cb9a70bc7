//! The sealed container `OCLBAK`, built frame by frame from its layout in `docs/format.md`.
//!
//! Does NOT build what is sealed (`upstream`) and does NOT use a line of the program under test.

use aes_gcm::Aes256Gcm;
use aes_gcm::aead::{Aead, KeyInit, Payload};

/// Most plaintext bytes of one frame.
pub const FRAME_BYTES: usize = 65_536;

const MAGIC: &[u8; 7] = b"OCLBAK\x01";
const STREAM_ID: [u8; 8] = [0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0x07, 0x18];

/// A container as its parts, so that a test can drop, swap or cut them.
#[derive(Debug, Clone)]
pub struct SealedContainer {
    /// The frames in order, the last one final.
    pub frames: Vec<Vec<u8>>,
}

impl SealedContainer {
    /// Seals `plaintext` under the master key itself, in frames of at most `frame_bytes` of it.
    pub fn seal(key: &[u8; 32], plaintext: &[u8], frame_bytes: usize) -> Self {
        let pieces: Vec<&[u8]> = plaintext.chunks(frame_bytes).collect();
        let last = pieces.len().saturating_sub(1);
        let frames =
            pieces.iter().enumerate().map(|(number, piece)| frame(key, number, number == last, piece));
        Self { frames: frames.collect() }
    }

    /// The file.
    pub fn bytes(&self) -> Vec<u8> {
        [&MAGIC[..], &STREAM_ID, &self.frames.concat()].concat()
    }
}

/// flags ‖ length ‖ ciphertext; nonce = stream id ‖ counter, associated data = counter ‖ flags.
fn frame(key: &[u8; 32], number: usize, is_final: bool, plain: &[u8]) -> Vec<u8> {
    let counter = u32::try_from(number).unwrap().to_be_bytes();
    let flags = [u8::from(is_final)];
    let nonce: [u8; 12] = [&STREAM_ID[..], &counter].concat().try_into().unwrap();
    let aad = [&counter[..], &flags].concat();
    let payload = Payload { msg: plain, aad: &aad };
    let sealed = Aes256Gcm::new(&(*key).into()).encrypt(&nonce.into(), payload).unwrap();
    let length = u32::try_from(sealed.len()).unwrap().to_be_bytes();
    [&flags[..], &length, &sealed].concat()
}
