//! Reads a tar stream member by member and refuses everything but files and folders.
//!
//! Accepts what GNU tar, Go, Python and BSD write: old, ustar, GNU and pax headers. Does NOT judge names, which go to the
//! domain as raw bytes, and does not limit how many members or bytes there are.

use std::io::Read;
use std::mem;

use tar::{EntryType, Header};

use super::fill::fill;
pub use super::members::{Member, MemberKind};
use super::tar_damage::{TarDamage, printable};
use super::tar_pax::PaxRecords;
use super::tar_writer::{BLOCK, padding};

/// Longest extension header: room for any name a file system takes, and no more.
const EXTENSION_MAX: u64 = 8 * 1024;

/// Most zeros behind the end mark: far more than the padding of any writer's records.
const PADDING_MAX: u64 = 16 << 20;

/// Sizes beyond this cannot be added to an offset.
const SIZE_MAX: u64 = 1 << 62;

/// Pulls members out of `inner`. After an error the reader is unusable.
pub struct TarReader<R> {
    inner: R,
    offset: u64,
    unread: u64,
    padding: usize,
    ended: bool,
}

/// What extension headers said about the member to come.
#[derive(Default)]
struct Extensions {
    long_name: Option<Vec<u8>>,
    pax: Option<PaxRecords>,
    global: bool,
}

impl<R: Read> TarReader<R> {
    /// Reads nothing yet.
    pub fn new(inner: R) -> Self {
        Self { inner, offset: 0, unread: 0, padding: 0, ended: false }
    }

    /// Skips what is left of the current member and returns the next one.
    ///
    /// `None` comes only after the end mark was found and the input was read to its very end.
    ///
    /// # Errors
    /// Damage, members that are neither file nor folder, and errors of the inner reader.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot lend its reader to `read_chunk`")]
    pub fn next(&mut self) -> Result<Option<Member>, TarDamage> {
        self.skip_rest()?;
        let mut extensions = Extensions::default();
        while !self.ended {
            let offset = self.offset;
            let mut block = [0; BLOCK];
            self.read_exact(&mut block)?;
            if block == [0; BLOCK] {
                if extensions.any() {
                    return Err(TarDamage::ExtensionOutOfOrder { offset });
                }
                self.finish(offset)?;
                break;
            }
            let header = Header::from_byte_slice(&block);
            check_sum(header, offset)?;
            if !self.extension(header, offset, &mut extensions)? {
                return self.begin_member(header, offset, extensions).map(Some);
            }
        }
        Ok(None)
    }

    /// Reads content of the current member; 0 once it is through, or when `buf` is empty.
    ///
    /// # Errors
    /// The stream ends inside the member, or the inner reader failed.
    pub fn read_chunk(&mut self, buf: &mut [u8]) -> Result<usize, TarDamage> {
        let wanted = buf.len().min(usize::try_from(self.unread).unwrap_or(usize::MAX));
        if wanted == 0 {
            return Ok(0);
        }
        loop {
            match self.inner.read(&mut buf[..wanted]) {
                Ok(0) => return Err(TarDamage::Truncated { offset: self.offset }),
                Ok(n) => {
                    self.offset += n as u64;
                    self.unread -= n as u64;
                    return Ok(n);
                }
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
    }

    /// Takes an extension header with its body; false when `header` is a member's own.
    fn extension(
        &mut self,
        header: &Header,
        offset: u64,
        extensions: &mut Extensions,
    ) -> Result<bool, TarDamage> {
        match header.entry_type() {
            EntryType::GNULongName => {
                let mut name = self.extension_body(header, offset, extensions.long_name.is_some())?;
                name.pop_if(|last| *last == 0);
                extensions.long_name = Some(name);
            }
            EntryType::XHeader => {
                let body = self.extension_body(header, offset, extensions.pax.is_some())?;
                let pax = PaxRecords::parse(&body).map_err(|_| TarDamage::Extension { offset })?;
                extensions.pax = Some(pax);
            }
            EntryType::XGlobalHeader => {
                let body = self.extension_body(header, offset, extensions.global)?;
                // Others would apply a global name to every member, so it must not be skipped in silence.
                if PaxRecords::parse(&body) != Ok(PaxRecords::default()) {
                    return Err(TarDamage::Extension { offset });
                }
                extensions.global = true;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extension_body(&mut self, header: &Header, offset: u64, again: bool) -> Result<Vec<u8>, TarDamage> {
        if again {
            return Err(TarDamage::ExtensionOutOfOrder { offset });
        }
        let size = header_size(header, offset)?;
        match usize::try_from(size) {
            Ok(len) if size <= EXTENSION_MAX => {
                let mut body = vec![0; len + padding(size)];
                self.read_exact(&mut body)?;
                body.truncate(len);
                Ok(body)
            }
            _ => Err(TarDamage::ExtensionTooLong { offset, size, limit: EXTENSION_MAX }),
        }
    }

    fn begin_member(&mut self, header: &Header, offset: u64, ext: Extensions) -> Result<Member, TarDamage> {
        let pax = ext.pax.unwrap_or_default();
        let path = match (ext.long_name, pax.path) {
            (Some(_), Some(_)) => return Err(TarDamage::ExtensionOutOfOrder { offset }),
            (Some(path), None) | (None, Some(path)) => path,
            (None, None) => header.path_bytes().into_owned(),
        };
        let kind = match header.entry_type() {
            _ if pax.sparse => Err("sparse file"),
            // Before ustar a folder was a file whose name ends with a slash.
            EntryType::Regular if header.as_old().linkflag == [0] && path.ends_with(b"/") => {
                Ok(MemberKind::Directory)
            }
            EntryType::Regular => Ok(MemberKind::File),
            EntryType::Directory => Ok(MemberKind::Directory),
            other => Err(name_of(other)),
        };
        let kind = kind.map_err(|kind| TarDamage::Unsupported { member: printable(&path), kind })?;
        let size = match pax.size {
            Some(size) if size > SIZE_MAX => return Err(TarDamage::Number { offset, field: "size" }),
            Some(size) => size,
            None => header_size(header, offset)?,
        };
        if kind == MemberKind::Directory && size > 0 {
            return Err(TarDamage::FolderWithContent { member: printable(&path), size });
        }
        let mode = header.mode().map_err(|_| TarDamage::Number { offset, field: "mode" })? & 0o7777;
        (self.unread, self.padding) = (size, padding(size));
        Ok(Member { path, kind, size, mode })
    }

    fn skip_rest(&mut self) -> Result<(), TarDamage> {
        if self.unread > 0 {
            let mut scratch = vec![0; 64 * 1024];
            while self.read_chunk(&mut scratch)? > 0 {}
        }
        let mut block = [0; BLOCK];
        let padding = mem::take(&mut self.padding);
        self.read_exact(&mut block[..padding])
    }

    /// Expects the second block of zeros and then nothing but zeros up to the end of the input.
    fn finish(&mut self, first: u64) -> Result<(), TarDamage> {
        let mut block = [0; BLOCK];
        self.read_exact(&mut block)?;
        if block != [0; BLOCK] {
            return Err(TarDamage::EndMark { offset: first });
        }
        let mut rest = vec![0; 64 * 1024];
        loop {
            let have = fill(&mut self.inner, &mut rest)?;
            if let Some(at) = rest[..have].iter().position(|&b| b != 0) {
                return Err(TarDamage::TrailingBytes { offset: self.offset + at as u64 });
            }
            self.offset += have as u64;
            if have < rest.len() {
                self.ended = true;
                return Ok(());
            }
            if self.offset - first > PADDING_MAX {
                return Err(TarDamage::TrailingBytes { offset: self.offset });
            }
        }
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> Result<(), TarDamage> {
        let have = fill(&mut self.inner, buf)?;
        self.offset += have as u64;
        if have < buf.len() { Err(TarDamage::Truncated { offset: self.offset }) } else { Ok(()) }
    }
}

impl Extensions {
    fn any(&self) -> bool {
        self.long_name.is_some() || self.pax.is_some()
    }
}

fn check_sum(header: &Header, offset: u64) -> Result<(), TarDamage> {
    // The field itself counts as eight spaces.
    let sum = header.as_bytes().iter().enumerate();
    let sum: u32 = sum.map(|(at, &byte)| u32::from(if (148..156).contains(&at) { b' ' } else { byte })).sum();
    if header.cksum().is_ok_and(|recorded| recorded == sum) {
        Ok(())
    } else {
        Err(TarDamage::Checksum { offset })
    }
}

fn header_size(header: &Header, offset: u64) -> Result<u64, TarDamage> {
    let bad = TarDamage::Number { offset, field: "size" };
    // The tar crate cuts base-256 numbers to 64 bits and takes their sign for digits.
    let [first, a, b, c, ..] = header.as_old().size;
    if first & 0x80 != 0 && (first, a, b, c) != (0x80, 0, 0, 0) {
        return Err(bad);
    }
    header.entry_size().ok().filter(|size| *size <= SIZE_MAX).ok_or(bad)
}

fn name_of(kind: EntryType) -> &'static str {
    match kind {
        EntryType::Link => "hard link",
        EntryType::Symlink => "symbolic link",
        EntryType::Char => "character device",
        EntryType::Block => "block device",
        EntryType::Fifo => "named pipe",
        EntryType::Continuous => "contiguous file",
        EntryType::GNUSparse => "sparse file",
        EntryType::GNULongLink => "link with a long target",
        _ => match kind.as_byte() {
            b'M' => "part of a multi-volume archive",
            b'V' => "volume label",
            b'D' => "folder dump",
            _ => "member of unknown kind",
        },
    }
}

#[cfg(test)]
mod tests;
