//! Numbers and times as they stand in a zip file.
//!
//! Does NOT know the order in which they stand there; `zip_layout` does.

use jiff::Timestamp;
use jiff::tz::Offset;

/// Says that a number stands in the zip64 field.
pub(super) const ELSEWHERE: u32 = u32::MAX;

/// Numbers one after the other, little endian.
#[derive(Default)]
pub(super) struct Fields(pub(super) Vec<u8>);

impl Fields {
    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    pub(super) fn join(self, other: &Self) -> Self {
        self.bytes(&other.0)
    }

    pub(super) fn u8(self, number: u8) -> Self {
        self.bytes(&[number])
    }

    pub(super) fn u16(self, number: u16) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub(super) fn u32(self, number: u32) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    pub(super) fn u64(self, number: u64) -> Self {
        self.bytes(&number.to_le_bytes())
    }

    /// The length of something whose owner sees to it that it fits.
    pub(super) fn len(self, of: &[u8]) -> Self {
        self.u16(u16::try_from(of.len()).unwrap_or(u16::MAX))
    }
}

/// A number in its 32 bits, or the word that it stands elsewhere.
pub(super) fn narrow(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(ELSEWHERE)
}

/// Time and date as DOS has them, in UTC; they begin with 1980.
pub(super) fn dos_times(mtime: u32) -> (u16, u16) {
    let Ok(time) = Timestamp::from_second(mtime.into()) else { return (0, 0x21) };
    let time = Offset::UTC.to_datetime(time);
    let field = |number: i8| u16::try_from(number).unwrap_or(0);
    match u16::try_from(time.year() - 1980) {
        Ok(year) => (
            (field(time.hour()) << 11) | (field(time.minute()) << 5) | (field(time.second()) / 2),
            (year << 9) | (field(time.month()) << 5) | field(time.day()),
        ),
        Err(_) => (0, 0x21),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_dos_from_1980_on() {
        assert_eq!(dos_times(0), (0, 0x21));
        // 2026-11-23 12:34:56 UTC.
        let (time, date) = dos_times(1_795_437_296);
        assert_eq!((time >> 11, (time >> 5) & 63, (time & 31) * 2), (12, 34, 56));
        assert_eq!((1980 + (date >> 9), (date >> 5) & 15, date & 31), (2026, 11, 23));
        assert_eq!(1980 + (dos_times(u32::MAX).1 >> 9), 2106);
    }
}
