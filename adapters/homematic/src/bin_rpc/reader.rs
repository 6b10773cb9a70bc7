//! Reads BIN-RPC responses from bytes nobody vouches for: counts are held against the bytes that are there before anything
//! is made of them. Never panics.
//!
//! Does NOT read calls.

use crate::charset;
use crate::rpc::{Answer, Budget, Fault, MAX_ANSWER_BYTES, Unreadable, double, tagged};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value};

const HEAD_BYTES: usize = 8;

/// Set in the kind of a frame that has a block of headers before the length of its payload.
const WITH_HEADERS: u8 = 0x40;

/// The value or fault of a whole frame.
pub(crate) fn response(frame: &[u8]) -> Result<Answer, Unreadable> {
    if missing_bytes(frame)? > 0 {
        return Err(Unreadable::new("it ends in the middle"));
    }
    let mut bytes = Bytes { rest: frame, budget: Budget::new() };
    let kind = bytes.head()?;
    let length = bytes.count()?;
    if length != bytes.rest.len() {
        return Err(Unreadable::new("there are bytes after its end"));
    }
    let value = bytes.value(0)?;
    if !bytes.rest.is_empty() {
        return Err(Unreadable::new(format!("{} bytes follow the value", bytes.rest.len())));
    }
    match kind {
        0x01 => Ok(Ok(value)),
        // Some mark a fault with the bit of headers left out.
        0xff | 0xbf => Ok(Err(Fault::of(&value)?)),
        kind => Err(Unreadable::new(format!("a frame of kind {kind:#04x} is no response"))),
    }
}

/// How many bytes at least are missing from the beginning of a frame; 0 when it is whole.
pub(super) fn missing_bytes(start: &[u8]) -> Result<usize, Unreadable> {
    let known = start.len().min(3);
    if start[..known] != b"Bin"[..known] {
        return Err(Unreadable::new("it does not begin as BIN-RPC does"));
    }
    let mut bytes = Bytes { rest: start, budget: Budget::new() };
    if start.len() < HEAD_BYTES {
        return Ok(HEAD_BYTES - start.len());
    }
    if has_headers(start[3]) {
        let headers = Bytes { rest: &start[4..], budget: Budget::new() }.count()?;
        let head = headers.saturating_add(HEAD_BYTES + 4);
        if head > MAX_ANSWER_BYTES {
            return Err(too_long());
        }
        if start.len() < head {
            return Ok(head - start.len());
        }
    }
    bytes.head()?;
    let length = bytes.count()?;
    if length > MAX_ANSWER_BYTES {
        return Err(too_long());
    }
    Ok(length.saturating_sub(bytes.rest.len()))
}

/// A fault has every bit set, so there the bit says nothing.
fn has_headers(kind: u8) -> bool {
    kind & WITH_HEADERS != 0 && kind != 0xff
}

fn too_long() -> Unreadable {
    Unreadable::new(format!("it announces more than {MAX_ANSWER_BYTES} bytes"))
}

struct Bytes<'a> {
    rest: &'a [u8],
    budget: Budget,
}

impl<'a> Bytes<'a> {
    /// The kind of frame, without the bit of headers; what they say is passed over.
    fn head(&mut self) -> Result<u8, Unreadable> {
        let kind = self.take(4)?[3];
        if !has_headers(kind) {
            return Ok(kind);
        }
        let headers = self.count()?;
        self.take(headers)?;
        Ok(kind & !WITH_HEADERS)
    }

    fn value(&mut self, depth: usize) -> Result<Value, Unreadable> {
        self.budget.take(depth)?;
        Ok(match self.number()? {
            0x00 => Value::Null,
            0x01 => Value::from(i32::from_be_bytes(self.array()?)),
            0x02 => Value::Bool(self.take(1)?[0] != 0),
            0x03 => Value::String(self.text()?),
            0x04 => {
                let mantissa = i32::from_be_bytes(self.array()?);
                double(rounded(mantissa, i32::from_be_bytes(self.array()?)))
            }
            0x05 => tagged("$dateTime", self.number()?.into()),
            0x06 | 0xd0 => {
                let length = self.count()?;
                tagged("$base64", BASE64_STANDARD.encode(self.take(length)?).into())
            }
            0x11 => tagged("$base64", self.text()?.into()),
            0xd1 => Value::from(i64::from_be_bytes(self.array()?)),
            0x100 => {
                // The least a value takes is its type.
                let count = self.items(4)?;
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.value(depth + 1)?);
                }
                Value::Array(values)
            }
            0x101 => {
                let count = self.items(8)?;
                self.budget.take_object()?;
                let mut members = Map::new();
                for _ in 0..count {
                    let name = self.text()?;
                    members.insert(name, self.value(depth + 1)?);
                }
                Value::Object(members)
            }
            unknown => return Err(Unreadable::new(format!("nobody knows the type {unknown:#x}"))),
        })
    }

    fn items(&mut self, least_bytes: usize) -> Result<usize, Unreadable> {
        let count = self.count()?;
        if count > self.rest.len() / least_bytes {
            return Err(Unreadable::new(format!("{count} values are announced, there is no room for them")));
        }
        Ok(count)
    }

    fn text(&mut self) -> Result<String, Unreadable> {
        let length = self.count()?;
        Ok(charset::latin1(self.take(length)?).into_owned())
    }

    fn count(&mut self) -> Result<usize, Unreadable> {
        usize::try_from(self.number()?).map_err(|_| too_long())
    }

    fn number(&mut self) -> Result<u32, Unreadable> {
        Ok(u32::from_be_bytes(self.array()?))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Unreadable> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(ends)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], Unreadable> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(ends)?;
        self.rest = rest;
        Ok(taken)
    }
}

fn ends() -> Unreadable {
    Unreadable::new("it ends in the middle")
}

/// The protocol carries 30 bits, so more than nine digits would be noise.
fn rounded(mantissa: i32, exponent: i32) -> f64 {
    let number = f64::from(mantissa) / f64::from(1 << 30) * 2_f64.powi(exponent);
    format!("{number:.8e}").parse().unwrap_or(number)
}
