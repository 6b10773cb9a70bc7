//! Writes an archive from the state of a central. Does NOT keep it in memory: gigabytes go through files.

use super::bulk::Bulk;
use super::signature::{Digesting, Sums, hex};
use crate::config::Flavour;
use crate::devices::Interface;
use crate::world::Central;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, Write};
use std::path::Path;
use tempfile::TempPath;

/// What is in an archive; equal recipes give equal archives.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Recipe {
    pub(crate) central: Central,
    pub(crate) flavour: Flavour,
    pub(crate) firmware: String,
    pub(crate) filler_bytes: u64,
    pub(crate) damage: Damage,
}

/// What is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Damage {
    None,
    InnerCut,
    NoRegadom,
    BadSha256,
    Bomb,
}

/// An archive on disk; dropping the last reference deletes it.
#[derive(Debug)]
pub(crate) struct Built {
    file: TempPath,
    pub(crate) size: u64,
}

impl Built {
    pub(crate) fn path(&self) -> &Path {
        &self.file
    }
}

/// Writes the archive into a new file of that folder.
pub(crate) fn build(recipe: &Recipe, folder: &Path) -> io::Result<Built> {
    let (mut inner, sums) = write_inner(recipe, folder)?;
    let file = tempfile::NamedTempFile::new_in(folder)?;
    let mut outer = tar::Builder::new(BufWriter::new(file.as_file()));
    inner.rewind()?;
    let small = small_members(recipe, &sums);
    let prefix = if recipe.flavour == Flavour::OpenCcu { "./" } else { "" };
    append(&mut outer, &format!("{prefix}usr_local.tar.gz"), sums.size, inner)?;
    for (name, text) in &small {
        append(&mut outer, &format!("{prefix}{name}"), len(text.as_bytes()), text.as_bytes())?;
    }
    let mut written = outer.into_inner()?;
    // GNU tar fills its last record of 20 blocks.
    let size = written.stream_position()?;
    let padded = size.next_multiple_of(10_240);
    io::copy(&mut io::repeat(0).take(padded - size), &mut written)?;
    written.flush()?;
    drop(written);
    Ok(Built { file: file.into_temp_path(), size: padded })
}

fn write_inner(recipe: &Recipe, folder: &Path) -> io::Result<(File, Sums)> {
    let out = BufWriter::new(tempfile::tempfile_in(folder)?);
    let mut out = Digesting::new(out, recipe.central.security_key.as_deref());
    match recipe.damage {
        Damage::InnerCut => {
            let mut whole = Vec::new();
            pack(&Recipe { filler_bytes: 1, ..recipe.clone() }, &mut whole)?;
            out.write_all(&whole[..whole.len() * 2 / 3])?;
        }
        _ => pack(recipe, &mut out)?,
    }
    let (out, sums) = out.finish();
    Ok((out.into_inner().map_err(io::IntoInnerError::into_error)?, sums))
}

fn pack(recipe: &Recipe, out: impl Write) -> io::Result<()> {
    let mut inner = tar::Builder::new(Vec::new());
    for (name, content) in files(recipe)? {
        append(&mut inner, &name, len(&content), &content[..])?;
    }
    if recipe.damage == Damage::Bomb {
        return Bulk::bomb()?.write(inner.get_ref(), out);
    }
    if recipe.filler_bytes > 0 {
        return Bulk::filler(recipe.filler_bytes)?.write(inner.get_ref(), out);
    }
    let mut out = GzEncoder::new(out, Compression::fast());
    out.write_all(&inner.into_inner()?)?;
    out.finish()?.flush()
}

fn files(recipe: &Recipe) -> io::Result<Vec<(String, Vec<u8>)>> {
    let central = &recipe.central;
    let state = serde_json::to_vec_pretty(central).map_err(io::Error::other)?;
    let mut files = vec![
        ("ids".to_owned(), b"BidCoS-Address = 0x24641F\nSerial Number = NEQ0123456\n".to_vec()),
        ("keys".to_owned(), b"Current Index = 0\nKey 0 =\nLast Index = 0\n".to_vec()),
        ("netconfig".to_owned(), format!("HOSTNAME={}\nMODE=DHCP\n", central.hostname).into_bytes()),
        ("sim-state.json".to_owned(), state),
    ];
    if recipe.damage != Damage::NoRegadom {
        files.push(("homematic.regadom".to_owned(), regadom(central)));
    }
    for device in central.devices.get(&Interface::BidCosRf).into_iter().flatten() {
        files.push((
            format!("rfd/{}.dev", device.0),
            format!("<device serial='{}'/>\n", device.0).into_bytes(),
        ));
    }
    for device in central.devices.get(&Interface::HmIpRf).into_iter().flatten() {
        files.push((format!("crRFD/data/{}.dev", device.0), device.1.kind.clone().into_bytes()));
    }
    files.push(("crRFD/data/3014F711A0001F58A9A7B5C2.apkx".to_owned(), vec![0xAC; 256]));
    let below = |(name, content)| (format!("usr/local/etc/config/{name}"), content);
    Ok(files.into_iter().map(below).collect())
}

fn regadom(central: &Central) -> Vec<u8> {
    let mut text = String::from("<!-- HSS-DOM -->\n");
    for device in central.devices.values().flatten() {
        text.push_str(&format!("<object class='DEVICE' name='Gerät {}'/>\n", device.0));
    }
    crate::value::latin1(&text)
}

fn small_members(recipe: &Recipe, sums: &Sums) -> Vec<(&'static str, String)> {
    let key_index = u8::from(recipe.central.security_key.is_some());
    let version = match recipe.flavour {
        Flavour::Stock => format!("VERSION={}\nPRODUCT=ccu3\nPLATFORM=ccu3\n", recipe.firmware),
        Flavour::OpenCcu => format!("VERSION={}\n", recipe.firmware),
    };
    let mut members = vec![
        ("signature", format!("{}\n", sums.signature)),
        ("firmware_version", version),
        ("key_index", format!("{key_index}\n")),
    ];
    if recipe.flavour == Flavour::OpenCcu {
        let right = if recipe.damage == Damage::BadSha256 { "0".repeat(64) } else { sums.sha256.clone() };
        let mut lines = format!("{right}  ./usr_local.tar.gz\n");
        for (name, text) in &members {
            lines.push_str(&format!("{}  ./{name}\n", hex(&Sha256::digest(text.as_bytes()))));
        }
        members.push(("signature.sha256", lines));
    }
    members
}

fn append<W: Write>(tar: &mut tar::Builder<W>, name: &str, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_767_225_600);
    // `append_data` would drop a leading `./`, which centrals write.
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_cksum();
    tar.append(&header, content)
}

fn len(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}
