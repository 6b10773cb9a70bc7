//! Walks through a tar whose bytes arrive in pieces of any size, and tells a visitor what is inside.
//!
//! Understands ustar, GNU and pax as far as names and sizes go. A tar must end in two blocks of zeros, and after them only
//! zeros may come, in whole blocks.
//!
//! Does NOT keep content and does NOT judge names.

use super::tar_header::{self, BLOCK, Kind};

/// Most bytes of a long name or of the records of pax before one member; they are held in memory.
const MAX_EXTENSION: u64 = 64 << 10;

/// One member as its header names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    /// Name as it stands there, any bytes.
    pub(super) name: &'a [u8],
    /// `Regular`, `Folder` or `Other`.
    pub(super) kind: Kind,
    /// Bytes of content announced.
    pub(super) size: u64,
}

/// Is told of the members in their order.
pub(super) trait Visitor {
    /// A member begins.
    fn begin(&mut self, entry: Entry<'_>);
    /// The next bytes of its content.
    fn data(&mut self, bytes: &[u8]);
    /// It is complete.
    fn end(&mut self);
}

/// Why the walk stopped. Positions are bytes from the start of the tar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TarFault {
    /// The first block is no header at all.
    NotATar,
    /// A later one is none, or its checksum is wrong.
    BadHeader { at: u64 },
    /// Something else than zeros follows the end marker.
    TrailingBytes { at: u64 },
}

/// What the next bytes are.
#[derive(Debug, Clone, Copy)]
enum State {
    Header,
    /// After one block of zeros: the second half of the end marker.
    LoneZeros,
    /// Blocks of a sparse map, before content of this size.
    Map {
        size: u64,
    },
    Content {
        size: u64,
        left: u64,
    },
    Extension {
        kind: Kind,
        size: u64,
        left: u64,
    },
    Padding {
        left: u64,
    },
    Ended,
}

/// The walk.
pub(super) struct TarWalk {
    at: u64,
    state: State,
    block: [u8; BLOCK],
    filled: usize,
    extension: Vec<u8>,
    long_name: Option<Vec<u8>>,
    long_size: Option<u64>,
    /// Where the last header begins.
    header_at: u64,
    fault: Option<TarFault>,
}

impl TarWalk {
    pub(super) fn new() -> Self {
        Self {
            at: 0,
            state: State::Header,
            block: [0; BLOCK],
            filled: 0,
            extension: Vec::new(),
            long_name: None,
            long_size: None,
            header_at: 0,
            fault: None,
        }
    }

    /// Takes the next bytes; after a fault they are ignored.
    pub(super) fn feed(&mut self, mut bytes: &[u8], visitor: &mut impl Visitor) {
        while !bytes.is_empty() && self.fault.is_none() {
            let taken = self.step(bytes, visitor);
            self.at = self.at.saturating_add(taken as u64);
            bytes = bytes.get(taken..).unwrap_or_default();
        }
    }

    /// Why the walk stopped, if it did.
    pub(super) fn fault(&self) -> Option<TarFault> {
        self.fault
    }

    /// Whether everything is there up to the end marker, in whole blocks.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self.state, State::Ended) && self.at.is_multiple_of(BLOCK as u64) && self.fault.is_none()
    }

    /// Whether not even the first header is complete.
    pub(super) fn first_header_is_open(&self) -> bool {
        self.at < BLOCK as u64
    }

    /// What is there of the block being read; after a fault the block it lies in.
    pub(super) fn block(&self) -> &[u8] {
        self.block.get(..self.filled).unwrap_or_default()
    }

    /// Takes some of the bytes, at least one, and says how many.
    fn step(&mut self, bytes: &[u8], visitor: &mut impl Visitor) -> usize {
        match self.state {
            State::Header | State::LoneZeros | State::Map { .. } => self.fill(bytes, visitor),
            State::Content { size, left } => {
                let (part, left) = part_of(bytes, left);
                visitor.data(part);
                self.state = State::Content { size, left };
                if left == 0 {
                    visitor.end();
                    self.pad(size);
                }
                part.len()
            }
            State::Extension { kind, size, left } => {
                let (part, left) = part_of(bytes, left);
                self.extension.extend_from_slice(part);
                self.state = State::Extension { kind, size, left };
                if left == 0 {
                    self.end_extension(kind, size);
                }
                part.len()
            }
            State::Padding { left } => {
                let (part, left) = part_of(bytes, left);
                self.state = if left == 0 { State::Header } else { State::Padding { left } };
                part.len()
            }
            State::Ended => {
                if let Some(zeros) = bytes.iter().position(|byte| *byte != 0) {
                    self.fault = Some(TarFault::TrailingBytes { at: self.at.saturating_add(zeros as u64) });
                }
                bytes.len()
            }
        }
    }

    fn fill(&mut self, bytes: &[u8], visitor: &mut impl Visitor) -> usize {
        let taken = (BLOCK - self.filled).min(bytes.len());
        if let (Some(to), Some(from)) =
            (self.block.get_mut(self.filled..self.filled + taken), bytes.get(..taken))
        {
            to.copy_from_slice(from);
        }
        self.filled += taken;
        if self.filled == BLOCK {
            match self.take_block(visitor) {
                Ok(()) => self.filled = 0,
                Err(fault) => self.fault = Some(fault),
            }
        }
        taken
    }

    fn take_block(&mut self, visitor: &mut impl Visitor) -> Result<(), TarFault> {
        if let State::Map { size } = self.state {
            // The last byte but seven says whether another block of the map follows.
            if self.block[504] == 0 {
                self.begin_content(size, visitor);
            }
            return Ok(());
        }
        // All before is whole blocks; of this one, `at` may or may not count what came earlier.
        self.header_at = self.at - self.at % BLOCK as u64;
        let bad = TarFault::BadHeader { at: self.header_at };
        let lone = matches!(self.state, State::LoneZeros);
        if self.block == [0; BLOCK] {
            // A name announced for a member that never comes is a fault like a missing header.
            let orphaned = self.long_name.is_some() || self.long_size.is_some();
            self.state = if lone { State::Ended } else { State::LoneZeros };
            return if orphaned { Err(bad) } else { Ok(()) };
        }
        if self.header_at == 0 && !tar_header::has_magic(&self.block) {
            return Err(TarFault::NotATar);
        }
        let header = tar_header::parse(&self.block).filter(|_| !lone).ok_or(bad)?;
        if matches!(header.kind, Kind::LongName | Kind::Pax | Kind::Skipped) {
            return self.begin_extension(header.kind, header.size).ok_or(bad);
        }
        let name = self.long_name.take().unwrap_or(header.name);
        let size = self.long_size.take().unwrap_or(header.size);
        visitor.begin(Entry { name: &name, kind: header.kind, size });
        if header.more_map {
            self.state = State::Map { size };
        } else {
            self.begin_content(size, visitor);
        }
        Ok(())
    }

    fn begin_content(&mut self, size: u64, visitor: &mut impl Visitor) {
        self.state = State::Content { size, left: size };
        if size == 0 {
            visitor.end();
            self.state = State::Header;
        }
    }

    fn begin_extension(&mut self, kind: Kind, size: u64) -> Option<()> {
        let fits = (1..=MAX_EXTENSION).contains(&size);
        self.extension.clear();
        self.state = State::Extension { kind, size, left: size };
        fits.then_some(())
    }

    fn end_extension(&mut self, kind: Kind, size: u64) {
        self.pad(size);
        match kind {
            Kind::LongName => self.long_name = Some(tar_header::until_nul(&self.extension).to_vec()),
            Kind::Pax => match tar_header::parse_pax(&self.extension) {
                Some((name, size)) => {
                    self.long_name = name.or(self.long_name.take());
                    self.long_size = size.or(self.long_size);
                }
                None => self.fault = Some(TarFault::BadHeader { at: self.header_at }),
            },
            _ => {}
        }
    }

    fn pad(&mut self, size: u64) {
        let left = (BLOCK as u64 - size % BLOCK as u64) % BLOCK as u64;
        self.state = if left == 0 { State::Header } else { State::Padding { left } };
    }
}

/// As many of the bytes as are left of something, and what is left of it then.
fn part_of(bytes: &[u8], left: u64) -> (&[u8], u64) {
    let wanted = usize::try_from(left).unwrap_or(usize::MAX);
    let part = bytes.get(..wanted).unwrap_or(bytes);
    (part, left.saturating_sub(part.len() as u64))
}
