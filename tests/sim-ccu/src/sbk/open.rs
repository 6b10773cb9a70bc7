//! Reads an uploaded archive as the firmware does. Does NOT trust it, and does NOT judge more than the
//! firmware would.

use super::signature::{sha256, sign};
use crate::world::Central;
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Take};
use std::path::{Path, PathBuf};

const STATE: &str = "usr/local/etc/config/sim-state.json";

/// An archive whose members are known.
#[derive(Debug)]
pub(crate) struct Opened {
    path: PathBuf,
    members: BTreeMap<String, (u64, u64)>,
    pub(crate) firmware: [u32; 3],
    signature: String,
}

/// Finds the members and checks the sums, as far as the firmware does.
pub(crate) fn open(path: &Path) -> io::Result<Opened> {
    let members = members(path)?;
    let mut opened = Opened { path: path.to_owned(), members, firmware: [0; 3], signature: String::new() };
    for name in ["usr_local.tar.gz", "signature", "firmware_version", "key_index"] {
        opened.member(name)?;
    }
    opened.signature = opened.text("signature")?.trim().to_owned();
    let version = opened.text("firmware_version")?;
    opened.firmware =
        firmware(&version).ok_or_else(|| io::Error::other("no VERSION in `firmware_version`"))?;
    if opened.members.contains_key("signature.sha256") {
        opened.check_sums()?;
    }
    Ok(opened)
}

impl Opened {
    /// Whether the archive was signed with another key than the default one; damage looks like that too.
    pub(crate) fn has_user_key(&self) -> io::Result<bool> {
        Ok(!self.is_signed_with(None)?)
    }

    /// Whether that key made the signature.
    pub(crate) fn is_signed_with(&self, key: Option<&str>) -> io::Result<bool> {
        Ok(sign(self.member("usr_local.tar.gz")?, key)? == self.signature)
    }

    /// Unpacks: the state it brings, or none if another make of central wrote it.
    pub(crate) fn unpack(&self) -> io::Result<Option<Central>> {
        let mut inner = tar::Archive::new(GzDecoder::new(self.member("usr_local.tar.gz")?));
        let mut state = None;
        for entry in inner.entries()? {
            let mut entry = entry?;
            if entry.path_bytes().as_ref() == STATE.as_bytes() {
                let mut text = Vec::new();
                entry.read_to_end(&mut text)?;
                state = Some(serde_json::from_slice(&text).map_err(io::Error::other)?);
            }
        }
        io::copy(&mut inner.into_inner(), &mut io::sink())?;
        Ok(state)
    }

    fn check_sums(&self) -> io::Result<()> {
        for line in self.text("signature.sha256")?.lines() {
            let (sum, name) =
                line.split_once("  ").ok_or_else(|| io::Error::other("a line of sums is odd"))?;
            let name = name.trim_start_matches("./");
            if sha256(self.member(name)?)? != sum {
                return Err(io::Error::other(format!("the sum of `{name}` differs")));
            }
        }
        Ok(())
    }

    fn text(&self, name: &str) -> io::Result<String> {
        let mut text = String::new();
        self.member(name)?.take(64 * 1024).read_to_string(&mut text)?;
        Ok(text)
    }

    fn member(&self, name: &str) -> io::Result<Take<File>> {
        let (start, size) =
            self.members.get(name).ok_or_else(|| io::Error::other(format!("`{name}` is missing")))?;
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(*start))?;
        Ok(file.take(*size))
    }
}

fn members(path: &Path) -> io::Result<BTreeMap<String, (u64, u64)>> {
    let length = std::fs::metadata(path)?.len();
    let mut outer = tar::Archive::new(File::open(path)?);
    let mut members = BTreeMap::new();
    for entry in outer.entries_with_seek()? {
        let entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).trim_start_matches("./").to_owned();
        let (start, size) = (entry.raw_file_position(), entry.size());
        if start.saturating_add(size) > length {
            return Err(io::Error::other(format!("`{name}` is cut")));
        }
        members.insert(name, (start, size));
    }
    Ok(members)
}

/// The first three numbers of the first VERSION line.
pub(crate) fn firmware(text: &str) -> Option<[u32; 3]> {
    let value = text.lines().find_map(|line| {
        let (key, value) = line.split_once('=')?;
        (key.trim() == "VERSION").then_some(value.trim())
    })?;
    let mut numbers = value.split('.').map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some([next()?, next()?, next()?])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flavour, SimConfig};
    use crate::sbk::{Damage, Recipe, build};
    use crate::world::World;

    fn recipe(damage: Damage) -> Recipe {
        let config = SimConfig::new(Flavour::OpenCcu).security_key("geheim1");
        let central = World::new(&config).central;
        Recipe { central, flavour: config.flavour, firmware: config.firmware, filler_bytes: 100_000, damage }
    }

    #[test]
    fn what_was_built_brings_the_state_back() {
        let folder = tempfile::tempdir().unwrap();
        let recipe = recipe(Damage::None);
        let built = build(&recipe, folder.path()).unwrap();
        assert_eq!(std::fs::metadata(built.path()).unwrap().len(), built.size);
        let opened = open(built.path()).unwrap();
        assert!(opened.has_user_key().unwrap() && opened.is_signed_with(Some("geheim1")).unwrap());
        assert_eq!(opened.firmware, [3, 87, 6]);
        assert_eq!(opened.unpack().unwrap(), Some(recipe.central));
    }

    #[test]
    fn damage_is_found_where_the_firmware_finds_it() {
        let folder = tempfile::tempdir().unwrap();
        let bad_sum = build(&recipe(Damage::BadSha256), folder.path()).unwrap();
        assert!(open(bad_sum.path()).unwrap_err().to_string().contains("sum of `usr_local.tar.gz`"));
        let cut = build(&recipe(Damage::InnerCut), folder.path()).unwrap();
        let opened = open(cut.path()).unwrap();
        assert!(opened.is_signed_with(Some("geheim1")).unwrap() && opened.unpack().is_err());
    }
}
