//! Writes BIN-RPC calls. Numbers are big-endian. Does NOT send them.

use crate::charset;
use crate::rpc::Unreadable;
use serde_json::Value;

/// One whole frame.
pub(super) fn call(method: &str, params: &[Value]) -> Result<Vec<u8>, Unreadable> {
    let mut payload = Vec::new();
    text(method, &mut payload)?;
    count(params.len(), &mut payload)?;
    params.iter().try_for_each(|param| value(param, &mut payload))?;
    let mut frame = b"Bin\0".to_vec();
    count(payload.len(), &mut frame)?;
    frame.append(&mut payload);
    Ok(frame)
}

pub(super) fn value(value: &Value, bytes: &mut Vec<u8>) -> Result<(), Unreadable> {
    let mut tag = |tag: u32| bytes.extend_from_slice(&tag.to_be_bytes());
    match value {
        Value::Null => return Err(Unreadable::new("there is no empty value in a call")),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(integer), _) => {
                let integer = i32::try_from(integer)
                    .map_err(|_| Unreadable::new(format!("{integer} has more than 32 bits")))?;
                tag(0x01);
                bytes.extend_from_slice(&integer.to_be_bytes());
            }
            (None, Some(number)) => {
                tag(0x04);
                let (mantissa, exponent) = double(number);
                bytes.extend_from_slice(&mantissa.to_be_bytes());
                bytes.extend_from_slice(&exponent.to_be_bytes());
            }
            (None, None) => return Err(Unreadable::new(format!("{number} is no number of the protocol"))),
        },
        Value::Bool(bit) => {
            tag(0x02);
            bytes.push(u8::from(*bit));
        }
        Value::String(string) => {
            tag(0x03);
            text(string, bytes)?;
        }
        Value::Array(values) => {
            tag(0x100);
            count(values.len(), bytes)?;
            values.iter().try_for_each(|value| self::value(value, bytes))?;
        }
        Value::Object(members) => {
            tag(0x101);
            count(members.len(), bytes)?;
            for (name, value) in members {
                text(name, bytes)?;
                self::value(value, bytes)?;
            }
        }
    }
    Ok(())
}

fn text(text: &str, bytes: &mut Vec<u8>) -> Result<(), Unreadable> {
    let letters = charset::to_latin1(text)
        .ok_or_else(|| Unreadable::new("a text has letters the central does not know"))?;
    count(letters.len(), bytes)?;
    bytes.extend_from_slice(&letters);
    Ok(())
}

fn count(count: usize, bytes: &mut Vec<u8>) -> Result<(), Unreadable> {
    let count = u32::try_from(count).map_err(|_| Unreadable::new("a call is too long"))?;
    bytes.extend_from_slice(&count.to_be_bytes());
    Ok(())
}

/// Mantissa (30 bits and a sign, cut off towards zero as the firmware does) and exponent: `mantissa / 2^30 * 2^exponent`.
fn double(number: f64) -> (i32, i32) {
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
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a fraction below 1 times 2^30 fits, and is to be cut off"
    )]
    let mantissa = (fraction * f64::from(1 << 30)) as i32;
    (mantissa, exponent)
}
