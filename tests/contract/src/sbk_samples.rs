//! CCU backups to try things on, good ones and one of each damage that happens to people.
//!
//! Small, and the same bytes every time. Does NOT hold anything of a real CCU.

use flate2::Compression;
use flate2::write::GzEncoder;
use loom_domain::archive::hex;
use sha2::{Digest, Sha256};
use std::io::Write;
use tar::{Builder, EntryType, Header};

/// Name of the ReGa database inside.
pub const REGADOM: &str = "usr/local/etc/config/homematic.regadom";
/// Name of the identity of HomematicIP inside.
pub const APKX: &str = "usr/local/etc/config/crRFD/data/3014F711A0001F58A9A71234.apkx";

/// A backup as it is made: its members may be changed before it is built.
#[derive(Debug, Clone)]
pub struct SbkSample {
    /// Members of the outer tar with their contents, in their order.
    pub members: Vec<(String, Vec<u8>)>,
    /// Files of the inner tar with their contents, in their order.
    pub files: Vec<(String, Vec<u8>)>,
    /// Whether `signature.sha256` is added at the end, as OpenCCU does.
    pub with_sha256_list: bool,
}

impl SbkSample {
    /// What a stock CCU3 writes; `firmware` such as `3.87.6`.
    pub fn stock(firmware: &str) -> Self {
        let boot_version = format!("VERSION={firmware}\nPRODUCT=HM-CCU3\nPLATFORM=\"rpi3\"\n");
        Self {
            members: vec![
                ("firmware_version".to_owned(), boot_version.into_bytes()),
                ("key_index".to_owned(), b"0\n".to_vec()),
                ("signature".to_owned(), b"0123456789abcdef0123456789abcdef\n".to_vec()),
            ],
            files: vec![
                (REGADOM.to_owned(), b"<regadom> T\xfcr ".repeat(40)),
                (APKX.to_owned(), vec![7; 33]),
                ("usr/local/etc/config/ids".to_owned(), b"BidCoS-Address=0x4D5A21\n".to_vec()),
            ],
            with_sha256_list: false,
        }
    }

    /// What OpenCCU writes; `firmware` such as `3.87.6.20260101`.
    pub fn open_ccu(firmware: &str) -> Self {
        let mut sample = Self::stock(firmware);
        sample.set_member("firmware_version", format!("VERSION={firmware}\n").as_bytes());
        sample.set_member("key_index", b"1\n");
        sample.with_sha256_list = true;
        sample
    }

    /// Replaces the content of a member, or adds the member.
    pub fn set_member(&mut self, name: &str, content: &[u8]) {
        set(&mut self.members, name, content);
    }

    /// Replaces the content of a file inside, or adds the file.
    pub fn set_file(&mut self, name: &str, content: &[u8]) {
        set(&mut self.files, name, content);
    }

    /// The tar in the gzip: the files, and what a CCU also has of folders and links.
    pub fn inner_tar(&self) -> Vec<u8> {
        let mut builder = Builder::new(Vec::new());
        append(&mut builder, EntryType::Directory, "usr/local/", b"");
        append(&mut builder, EntryType::Directory, "usr/local/etc/config/", b"");
        let mut link = Header::new_gnu();
        link.set_entry_type(EntryType::Symlink);
        link.set_size(0);
        builder.append_link(&mut link, "usr/local/etc/TZ", "/usr/share/zoneinfo/Europe/Berlin").unwrap();
        for (name, content) in &self.files {
            append(&mut builder, EntryType::Regular, name, content);
        }
        builder.into_inner().unwrap()
    }

    /// The backup.
    pub fn build(&self) -> Vec<u8> {
        self.build_around(&gzip(&self.inner_tar()))
    }

    /// The backup with these bytes as its `usr_local.tar.gz`.
    pub fn build_around(&self, usr_local: &[u8]) -> Vec<u8> {
        let mut members = vec![("usr_local.tar.gz".to_owned(), usr_local.to_vec())];
        members.extend(self.members.clone());
        if self.with_sha256_list {
            let line = |(name, content): &(String, Vec<u8>)| {
                format!("{}  ./{}\n", sha256(content), name.trim_start_matches("./"))
            };
            let list: String = members.iter().map(line).collect();
            members.push(("signature.sha256".to_owned(), list.into_bytes()));
        }
        let mut builder = Builder::new(Vec::new());
        for (name, content) in &members {
            append(&mut builder, EntryType::Regular, name, content);
        }
        builder.into_inner().unwrap()
    }
}

/// A good backup: of OpenCCU if `firmware` has four numbers, of a stock CCU3 if it has three.
pub fn good_sbk(firmware: &str) -> Vec<u8> {
    sample(firmware).build()
}

/// A good backup whose ReGa database has about this many bytes that hardly compress.
pub fn good_sbk_of(firmware: &str, bytes: usize) -> Vec<u8> {
    let mut sample = sample(firmware);
    let noise = (0_u64..).flat_map(|n| Sha256::digest(n.to_le_bytes())).take(bytes).collect::<Vec<u8>>();
    sample.set_file(REGADOM, &noise);
    sample.build()
}

/// Whole outside, signed and listed, but its `usr_local.tar.gz` was cut off when the CCU ran out of space.
pub fn cut_inner(firmware: &str) -> Vec<u8> {
    let sample = sample(firmware);
    let mut usr_local = gzip(&sample.inner_tar());
    usr_local.truncate(usr_local.len() * 2 / 3);
    sample.build_around(&usr_local)
}

/// As it comes when the connection breaks: the last third is missing.
pub fn cut_outer(firmware: &str) -> Vec<u8> {
    let mut sbk = good_sbk(firmware);
    sbk.truncate(sbk.len() * 2 / 3);
    sbk
}

/// One byte of the gzip data is another.
pub fn damaged_inner(firmware: &str) -> Vec<u8> {
    let sample = sample(firmware);
    let mut usr_local = gzip(&sample.inner_tar());
    let middle = usr_local.len() / 2;
    usr_local[middle] ^= 0x10;
    sample.build_around(&usr_local)
}

/// `signature` was exchanged after the hashes were listed.
pub fn bad_sha256() -> Vec<u8> {
    let mut sbk = good_sbk("3.87.6.20260101");
    let signature = b"0123456789abcdef";
    let at = sbk.windows(signature.len()).position(|window| window == signature).unwrap();
    sbk[at] = b'f';
    sbk
}

/// Without the ReGa database.
pub fn no_regadom(firmware: &str) -> Vec<u8> {
    let mut sample = sample(firmware);
    sample.files.retain(|(name, _)| name != REGADOM);
    sample.build()
}

/// Without the identity of HomematicIP: good, with a warning.
pub fn no_hmip_identity(firmware: &str) -> Vec<u8> {
    let mut sample = sample(firmware);
    sample.files.retain(|(name, _)| name != APKX);
    sample.build()
}

/// Would write outside `/usr/local` when it is unpacked.
pub fn escaping(firmware: &str) -> Vec<u8> {
    let mut sample = sample(firmware);
    sample.set_file("usr/local/../../etc/passwd", b"root::0:0::/:/bin/sh\n");
    sample.build()
}

/// Runs a command when the CCU reads its firmware version.
pub fn commanding() -> Vec<u8> {
    let mut sample = SbkSample::stock("3.87.6");
    sample.set_member("firmware_version", b"VERSION=3.87.6\nreboot\n");
    sample.build()
}

/// Unpacks to this many MiB of zeros, packed a thousand to one.
pub fn bomb(mebibytes: usize) -> Vec<u8> {
    let sample = SbkSample::stock("3.87.6");
    let mut zeros = GzEncoder::new(Vec::new(), Compression::fast());
    let mut header = Header::new_gnu();
    header.set_path("usr/local/zeros").unwrap();
    header.set_size((mebibytes as u64) << 20);
    header.set_cksum();
    zeros.write_all(header.as_bytes()).unwrap();
    for _ in 0..mebibytes {
        zeros.write_all(&vec![0; 1 << 20]).unwrap();
    }
    zeros.write_all(&sample.inner_tar()).unwrap();
    sample.build_around(&zeros.finish().unwrap())
}

/// The page a CCU shows instead of a backup to a user who is not logged in or no administrator.
pub fn login_page() -> Vec<u8> {
    b"<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\">\n<html><head><title>HomeMatic WebUI</title>\
      </head><body onload=\"reloadPage();\">Sitzung ung&uuml;ltig</body></html>\n"
        .to_vec()
}

/// The text of OpenCCU where making the backup failed.
pub fn error_text() -> Vec<u8> {
    b"\nERROR: creating backup returned unexpected error code 2\n".to_vec()
}

/// These bytes as one gzip stream.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn sample(firmware: &str) -> SbkSample {
    let numbers = firmware.split('.').count();
    if numbers > 3 { SbkSample::open_ccu(firmware) } else { SbkSample::stock(firmware) }
}

fn set(list: &mut Vec<(String, Vec<u8>)>, name: &str, content: &[u8]) {
    match list.iter_mut().find(|(other, _)| other == name) {
        Some((_, old)) => *old = content.to_vec(),
        None => list.push((name.to_owned(), content.to_vec())),
    }
}

/// Adds a member under any name, also one the `tar` crate would refuse.
fn append(builder: &mut Builder<Vec<u8>>, kind: EntryType, name: &str, content: &[u8]) {
    let mut header = Header::new_gnu();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_mtime(1_767_225_600);
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn sha256(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}
