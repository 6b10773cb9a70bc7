//! BIN-RPC: values and frames as bytes. Does NOT read from connections.

use crate::value::{Value, from_latin1, latin1};

const MAX_DEPTH: usize = 32;

/// What a frame is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Response = 1,
    Fault = 255,
}

/// A frame with one value.
pub(super) fn frame(kind: Kind, value: &Value) -> Vec<u8> {
    let mut payload = Vec::new();
    write(&mut payload, value);
    let mut frame = header(kind, size(payload.len())).to_vec();
    frame.extend_from_slice(&payload);
    frame
}

/// The eight bytes a frame begins with.
pub(super) fn header(kind: Kind, length: u32) -> [u8; 8] {
    let [a, b, c, d] = length.to_be_bytes();
    [b'B', b'i', b'n', kind as u8, a, b, c, d]
}

/// The payload of a request: the method and its parameters.
pub(super) fn read_call(payload: &[u8]) -> Option<(String, Vec<Value>)> {
    let mut reader = Reader { rest: payload };
    let method = reader.text()?;
    let count = reader.count(4)?;
    let params = (0..count).map(|_| reader.value(0)).collect::<Option<_>>()?;
    reader.rest.is_empty().then_some((method, params))
}

fn write(out: &mut Vec<u8>, value: &Value) {
    let mut word = |number: u32| out.extend_from_slice(&number.to_be_bytes());
    match value {
        Value::Int(number) => {
            word(1);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Bool(truth) => {
            word(2);
            out.push(u8::from(*truth));
        }
        Value::Text(text) => {
            word(3);
            write_text(out, text);
        }
        Value::Double(number) => {
            let (mantissa, exponent) = split(*number);
            word(4);
            out.extend_from_slice(&mantissa.to_be_bytes());
            out.extend_from_slice(&exponent.to_be_bytes());
        }
        Value::Array(items) => {
            word(0x100);
            word(size(items.len()));
            items.iter().for_each(|item| write(out, item));
        }
        Value::Struct(members) => {
            word(0x101);
            word(size(members.len()));
            for (key, member) in members {
                write_text(out, key);
                write(out, member);
            }
        }
    }
}

fn write_text(out: &mut Vec<u8>, text: &str) {
    let bytes = latin1(text);
    out.extend_from_slice(&size(bytes.len()).to_be_bytes());
    out.extend_from_slice(&bytes);
}

fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

// The firmware cuts the mantissa towards zero.
#[expect(clippy::cast_possible_truncation, reason = "the fraction is below one, so the product fits")]
fn split(number: f64) -> (i32, i32) {
    if number == 0.0 || !number.is_finite() {
        return (0, 0);
    }
    let (mut fraction, mut exponent) = (number, 0);
    while fraction.abs() >= 1.0 {
        fraction /= 2.0;
        exponent += 1;
    }
    while fraction.abs() < 0.5 {
        fraction *= 2.0;
        exponent -= 1;
    }
    ((fraction * f64::from(1 << 30)) as i32, exponent)
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > MAX_DEPTH {
            return None;
        }
        Some(match self.word()? {
            1 => Value::Int(self.int()?),
            2 => Value::Bool(self.bytes(1)?[0] != 0),
            3 => Value::Text(self.text()?),
            4 => {
                let (mantissa, exponent) = (self.int()?, self.int()?);
                Value::Double(f64::from(mantissa) / f64::from(1 << 30) * 2_f64.powi(exponent))
            }
            0x100 => {
                let count = self.count(4)?;
                Value::Array((0..count).map(|_| self.value(depth + 1)).collect::<Option<_>>()?)
            }
            0x101 => {
                let count = self.count(8)?;
                let mut member = || Some((self.text()?, self.value(depth + 1)?));
                Value::Struct((0..count).map(|_| member()).collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// A count of things of at least `least` bytes each, as far as there are bytes for them.
    fn count(&mut self, least: usize) -> Option<usize> {
        let count = usize::try_from(self.word()?).ok()?;
        (count <= self.rest.len() / least).then_some(count)
    }

    fn text(&mut self) -> Option<String> {
        let size = usize::try_from(self.word()?).ok()?;
        self.bytes(size).map(from_latin1)
    }

    fn word(&mut self) -> Option<u32> {
        self.bytes(4)?.try_into().map(u32::from_be_bytes).ok()
    }

    fn int(&mut self) -> Option<i32> {
        self.bytes(4)?.try_into().map(i32::from_be_bytes).ok()
    }

    fn bytes(&mut self, count: usize) -> Option<&[u8]> {
        let (bytes, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_have_the_bytes_of_the_firmware() {
        let vectors: [(f64, u32, u32); 6] = [
            (1.0, 0x2000_0000, 1),
            (0.5, 0x2000_0000, 0),
            (21.5, 0x2b00_0000, 5),
            (-1.0, 0xe000_0000, 1),
            (-0.1, 0xcccc_cccd, 0xffff_fffd),
            (1e-9, 0x225c_17d0, 0xffff_ffe3),
        ];
        for (number, mantissa, exponent) in vectors {
            let (m, e) = split(number);
            assert_eq!(
                (m.to_be_bytes(), e.to_be_bytes()),
                (mantissa.to_be_bytes(), exponent.to_be_bytes()),
                "{number}"
            );
        }
    }

    #[test]
    fn frames_have_the_bytes_of_the_firmware() {
        assert_eq!(frame(Kind::Response, &Value::from("")), *b"Bin\x01\0\0\0\x08\0\0\0\x03\0\0\0\0");
        let call = [&[0, 0, 0, 0x12][..], b"system.listMethods", &[0; 4]].concat();
        assert_eq!(read_call(&call), Some(("system.listMethods".into(), vec![])));
    }

    #[test]
    fn what_is_written_is_read_and_lies_are_not() {
        let value =
            Value::Struct(vec![("ä".into(), Value::Array(vec![Value::Bool(true), 1.5.into(), (-7).into()]))]);
        let mut payload = [&[0, 0, 0, 1][..], b"m", &[0, 0, 0, 1]].concat();
        write(&mut payload, &value);
        assert_eq!(read_call(&payload), Some(("m".into(), vec![value])));
        let huge = [&[0, 0, 0, 1][..], b"m", &[0, 0, 0, 1, 0, 0, 1, 0, 255, 255, 255, 255]].concat();
        assert_eq!(read_call(&huge), None);
    }
}
