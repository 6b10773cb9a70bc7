//! The `.sbk` files of a central in memory: written from its state, and opened as a central does when it restores.
//!
//! Does NOT judge them as strictly as the domain does: a central takes what it can unpack.

use super::Ccu;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use loom_domain::archive::hex;
use loom_domain::secret::SecretText;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{self, Read};

const PACKED: &str = "usr_local.tar.gz";
const REGADOM: &str = "usr/local/etc/config/homematic.regadom";
const HMIP_IDENTITY: &str = "usr/local/etc/config/crRFD/data/3014F711A000000000000001.apkx";

/// What a central without a key of its own signs with.
const DEFAULT_KEY: &str = "the key every unit has";

/// A backup that was opened.
pub(super) struct OpenSbk {
    pub(super) state: Bytes,
    /// The security key that comes with it, once it is known.
    pub(super) security_key: Option<SecretText>,
    firmware: String,
    signature: String,
    packed: Vec<u8>,
}

/// The system backup of a central as it is.
pub(super) fn write(ccu: &Ccu) -> Bytes {
    let packed = gzip(&tar(&[(REGADOM, &ccu.state), (HMIP_IDENTITY, b"identity")]));
    let key = ccu.security_key.as_ref().map_or(DEFAULT_KEY, SecretText::reveal);
    let signature = format!("{}\n", sign(key, &packed));
    let key_index = if ccu.security_key.is_some() { "1\n" } else { "0\n" };
    let firmware = format!("VERSION={}\n", ccu.facts.firmware);
    let members: [(&str, &[u8]); 4] = [
        (PACKED, &packed),
        ("signature", signature.as_bytes()),
        ("key_index", key_index.as_bytes()),
        ("firmware_version", firmware.as_bytes()),
    ];
    let line = |(name, bytes): &(&str, &[u8])| format!("{}  ./{name}\n", hex(&Sha256::digest(bytes)));
    let list: String = members.iter().map(line).collect();
    tar(&[&members[..], &[("signature.sha256", list.as_bytes())]].concat()).into()
}

/// Opens a system backup; the error says why it is none.
pub(super) fn read(bytes: &[u8]) -> Result<OpenSbk, String> {
    // Every tar ends in zeroes; what was cut off does not.
    if !bytes.len().is_multiple_of(512) || !bytes.ends_with(&[0; 1024]) {
        return Err("it does not end as a tar file does".to_owned());
    }
    let mut members = untar(bytes).map_err(|error| error.to_string())?;
    let mut member = |name: &str| members.remove(name).ok_or_else(|| format!("there is no `{name}` in it"));
    let packed = member(PACKED)?;
    let signature = String::from_utf8_lossy(&member("signature")?).trim().to_owned();
    member("key_index")?;
    let firmware = String::from_utf8_lossy(&member("firmware_version")?).into_owned();
    let firmware = firmware.lines().find_map(|line| line.strip_prefix("VERSION="));
    let firmware = firmware.ok_or("it names no version")?.to_owned();
    let mut inner = Vec::new();
    GzDecoder::new(&packed[..]).read_to_end(&mut inner).map_err(|error| error.to_string())?;
    let mut inner = untar(&inner).map_err(|error| error.to_string())?;
    let state = inner.remove(REGADOM).ok_or_else(|| format!("there is no `{REGADOM}` in it"))?;
    Ok(OpenSbk { state: state.into(), security_key: None, firmware, signature, packed })
}

impl OpenSbk {
    /// Whether it is signed with a key somebody set. To a central, a damaged one is.
    pub(super) fn has_user_key(&self) -> bool {
        self.signature != sign(DEFAULT_KEY, &self.packed)
    }

    pub(super) fn is_signed_with(&self, key: &SecretText) -> bool {
        self.signature == sign(key.reveal(), &self.packed)
    }

    /// Whether it comes from a newer firmware, by the three numbers a central compares.
    pub(super) fn is_newer_than(&self, firmware: &str) -> bool {
        numbers(&self.firmware) > numbers(firmware)
    }
}

fn numbers(version: &str) -> Vec<u64> {
    version.trim().split('.').take(3).map_while(|number| number.parse().ok()).collect()
}

fn sign(key: &str, packed: &[u8]) -> String {
    let signature = Sha256::new().chain_update(key).chain_update(packed).finalize();
    hex(&signature[..16])
}

fn tar(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        let mut header = tar::Header::new_gnu();
        let field = &mut header.as_old_mut().name;
        // The names are the ones above: none is longer than the field.
        field.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        header.set_cksum();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
    }
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

fn untar(bytes: &[u8]) -> io::Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    for entry in tar::Archive::new(bytes).entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        files.insert(name, content);
    }
    Ok(files)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing into memory cannot fail.
    _ = io::Write::write_all(&mut encoder, bytes);
    encoder.finish().unwrap_or_default()
}
