//! Reads a zip file of this format from front to back, in the way of a tar, and refuses every other zip file.
//!
//! Does NOT seek, judge names or limit how many members or bytes there are.

use std::io::{self, BufRead, Read};

use flate2::{Decompress, FlushDecompress, Status};

use super::fill::fill;
use super::members::{Member, MemberFault, MemberKind, Members};
use super::tar_damage::printable;
use super::trailing_sum::{HeldTail, SUM_LEN};
use super::zip_directory::Directory;
use super::zip_layout::{CENTRAL_MAGIC, Entry, LOCAL_LEN, LOCAL_MAGIC, SUM_DIGITS, told};
use loom_domain::archive::hex;

/// Sizes beyond this cannot be added to an offset.
const SIZE_MAX: u64 = 1 << 62;

/// The members of a zip file.
///
/// Their end is reported only once the directory was found to say the same as the members, the last byte of the file was
/// read, and the SHA-256 of all of them compared. An error is final.
///
/// Holds 32 bytes of each member until then.
pub struct ZipReader<R> {
    input: HeldTail<R>,
    inflate: Decompress,
    directory: Directory,
    /// Where the file is not read from its beginning but from the manifest on: where that is.
    manifest_only: Option<u64>,
    open: Option<OpenFile>,
    state: State,
}

struct OpenFile {
    entry: Entry,
    hash: crc32fast::Hasher,
    given: u64,
    begins: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    Failed,
}

impl<R: Read> ZipReader<R> {
    /// Reads nothing yet.
    pub fn new(inner: R) -> Self {
        Self::with_place(inner, None)
    }

    /// Reads the last member only, which begins at byte `offset`, where `inner` stands. Nothing behind it is looked at but
    /// that it is the last one.
    pub(super) fn from_manifest(inner: R, offset: u64) -> Self {
        Self::with_place(inner, Some(offset))
    }

    /// Bytes of the file that were read so far.
    #[cfg(test)]
    pub(super) fn consumed(&self) -> u64 {
        self.input.position()
    }

    fn with_place(inner: R, manifest_only: Option<u64>) -> Self {
        Self {
            input: HeldTail::new(inner, SUM_DIGITS),
            inflate: Decompress::new(false),
            directory: Directory::default(),
            manifest_only,
            open: None,
            state: State::Open,
        }
    }

    fn position(&self) -> u64 {
        self.manifest_only.unwrap_or(0) + self.input.position()
    }

    fn try_next(&mut self) -> Result<Option<Member>, MemberFault> {
        if self.open.is_some() {
            let mut scratch = vec![0; 64 << 10];
            while self.try_read(&mut scratch)? > 0 {}
        }
        let offset = self.position();
        let mut magic = [0; 4];
        fill(&mut self.input, &mut magic)?;
        match (magic, self.manifest_only) {
            (LOCAL_MAGIC, Some(_)) if !self.directory.is_empty() => {
                Err(MemberFault::Refused("a member comes after `manifest.json`".to_owned()))
            }
            (LOCAL_MAGIC, _) => self.begin_member(offset).map(Some),
            (CENTRAL_MAGIC, Some(_)) => Ok(None),
            (CENTRAL_MAGIC, None) => self.finish(offset).map(|()| None),
            _ => Err(MemberFault::Damaged(format!(
                "no member of the zip file begins at byte {offset}, where one should"
            ))),
        }
    }

    /// Takes the header of a member, whose first four bytes were read.
    fn begin_member(&mut self, offset: u64) -> Result<Member, MemberFault> {
        let mut header = LOCAL_MAGIC.to_vec();
        self.take(&mut header, LOCAL_LEN - LOCAL_MAGIC.len(), offset)?;
        let number = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (flags, method) = (number(6), number(8));
        let (name_len, extra_len) = (usize::from(number(26)), usize::from(number(28)));
        self.take(&mut header, name_len + extra_len, offset)?;
        let (path, extra) = header[LOCAL_LEN..].split_at(name_len);
        let refused = |what: &str| MemberFault::Refused(format!("member `{}` {what}", printable(path)));
        if flags & 1 != 0 {
            return Err(refused("is encrypted"));
        }
        if !matches!(method, 0 | 8) {
            return Err(refused(&format!("is compressed by a method that is not read (number {method})")));
        }
        let told = told(extra).ok_or_else(|| {
            refused("was not packed by this program: a zip file that was packed again is not read, only one as it was written")
        })?;
        let kind = if path.ends_with(b"/") { MemberKind::Directory } else { MemberKind::File };
        if told.size > SIZE_MAX || (kind == MemberKind::Directory && told.size > 0) {
            return Err(refused(&format!("has an impossible size of {} bytes", told.size)));
        }
        let (size, mode, mtime) = (told.size, told.mode, told.mtime);
        let entry = Entry { path: path.to_vec(), kind, size, mode, mtime, offset, crc: 0, packed: 0 };
        if entry.local() != header {
            return Err(MemberFault::Damaged(format!(
                "the header of member `{}` at byte {offset} is damaged, or not as this program writes it",
                printable(path)
            )));
        }
        let member = Member { path: entry.path.clone(), kind, size, mode: mode.into() };
        if kind == MemberKind::Directory {
            self.directory.add(&entry);
        } else {
            self.inflate.reset(false);
            let begins = self.position();
            self.open = Some(OpenFile { entry, hash: crc32fast::Hasher::new(), given: 0, begins });
        }
        Ok(member)
    }

    /// Content of the open file; 0 once it is over and was found to be what its descriptor says.
    fn try_read(&mut self, buf: &mut [u8]) -> Result<usize, MemberFault> {
        let Some(file) = &mut self.open else { return Ok(0) };
        loop {
            let lent = self.input.fill_buf()?;
            if lent.is_empty() {
                return Err(truncated(&file.entry));
            }
            let (taken, given) = (self.inflate.total_in(), self.inflate.total_out());
            let status = self.inflate.decompress(lent, buf, FlushDecompress::None);
            let taken = usize::try_from(self.inflate.total_in() - taken).map_err(io::Error::other)?;
            let given = usize::try_from(self.inflate.total_out() - given).map_err(io::Error::other)?;
            self.input.consume(taken);
            let stuck = taken == 0 && given == 0;
            let Ok(status) = status else { return Err(damaged(&file.entry, "does not inflate")) };
            file.given += given as u64;
            if file.given > file.entry.size {
                return Err(damaged(
                    &file.entry,
                    &format!("unpacks to more than its {} bytes", file.entry.size),
                ));
            }
            file.hash.update(&buf[..given]);
            if status == Status::StreamEnd {
                self.end_member()?;
                return Ok(given);
            }
            if given > 0 {
                return Ok(given);
            }
            if stuck {
                return Err(damaged(&file.entry, "does not inflate"));
            }
        }
    }

    /// Compares the open file with its descriptor.
    fn end_member(&mut self) -> Result<(), MemberFault> {
        let packed_end = self.position();
        let Some(OpenFile { mut entry, hash, given, begins }) = self.open.take() else { return Ok(()) };
        (entry.crc, entry.packed) = (hash.finalize(), packed_end - begins);
        if given != entry.size {
            return Err(damaged(&entry, &format!("unpacks to {given} bytes, {} were announced", entry.size)));
        }
        let wanted = entry.descriptor();
        let mut found = Vec::new();
        self.take(&mut found, wanted.len(), entry.offset)?;
        if found != wanted {
            return Err(damaged(&entry, "does not fit the checksum and sizes behind it"));
        }
        self.directory.add(&entry);
        Ok(())
    }

    /// Reads the directory, whose first four bytes were read, and what stands behind it.
    fn finish(&mut self, offset: u64) -> Result<(), MemberFault> {
        self.directory.check(&mut self.input, offset)?;
        if !self.input.fill_buf()?.is_empty() {
            return Err(MemberFault::Damaged("trailing bytes behind the end of the zip file".to_owned()));
        }
        check_digits(&self.input.sum_without(SUM_DIGITS), self.input.tail())
    }

    /// Appends exactly `len` bytes to `bytes`.
    fn take(&mut self, bytes: &mut Vec<u8>, len: usize, offset: u64) -> Result<(), MemberFault> {
        let have = bytes.len();
        bytes.resize(have + len, 0);
        if fill(&mut self.input, &mut bytes[have..])? < len {
            return Err(MemberFault::Damaged(format!(
                "the zip file ends inside the member that begins at byte {offset}"
            )));
        }
        Ok(())
    }

    /// Sees to it that an error is final.
    fn guard<T>(&mut self, run: impl FnOnce(&mut Self) -> Result<T, MemberFault>) -> Result<T, MemberFault> {
        if self.state == State::Failed {
            return Err(io::Error::other("an earlier read of the archive failed").into());
        }
        run(self).map_err(|fault| {
            self.state = State::Failed;
            self.damage_before_refusal(fault)
        })
    }

    /// What looks like another program's work is damage where the checksum at the end is ours and does not fit.
    fn damage_before_refusal(&mut self, fault: MemberFault) -> MemberFault {
        let (MemberFault::Refused(what), None) = (&fault, self.manifest_only) else { return fault };
        loop {
            match self.input.fill_buf() {
                Ok([]) => break,
                Ok(lent) => {
                    let read = lent.len();
                    self.input.consume(read);
                }
                Err(error) => return error.into(),
            }
        }
        let tail = self.input.tail();
        let marked = tail.len() == SUM_DIGITS && tail.iter().all(u8::is_ascii_hexdigit);
        let fits = check_digits(&self.input.sum_without(SUM_DIGITS), tail).is_ok();
        if marked && !fits { MemberFault::Damaged(what.clone()) } else { fault }
    }
}

impl<R: Read> Members for ZipReader<R> {
    fn next(&mut self) -> Result<Option<Member>, MemberFault> {
        if self.state == State::Ended {
            return Ok(None);
        }
        let member = self.guard(Self::try_next)?;
        if member.is_none() {
            self.state = State::Ended;
        }
        Ok(member)
    }

    fn read_chunk(&mut self, buf: &mut [u8]) -> Result<usize, MemberFault> {
        if buf.is_empty() { Ok(0) } else { self.guard(|reader| reader.try_read(buf)) }
    }
}

/// Compares the sum of a file with the digits at its end.
pub(super) fn check_digits(sum: &[u8; SUM_LEN], digits: &[u8]) -> Result<(), MemberFault> {
    if hex(sum).as_bytes() == digits {
        return Ok(());
    }
    let what = "the checksum at the end of the zip file does not match its contents";
    Err(MemberFault::Damaged(what.to_owned()))
}

fn damaged(entry: &Entry, what: &str) -> MemberFault {
    MemberFault::Damaged(format!("member `{}` of the zip file {what}", printable(&entry.path)))
}

fn truncated(entry: &Entry) -> MemberFault {
    MemberFault::Damaged(format!("the zip file ends inside member `{}`", printable(&entry.path)))
}

#[cfg(test)]
mod tests;
