//! The records of a pax extension header: `path` and `size` are taken, sparse files are found, the rest is skipped.
//!
//! Does NOT judge names and knows nothing of blocks.

/// What pax records say about the next member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PaxRecords {
    pub(super) path: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
    pub(super) sparse: bool,
}

/// A record that breaks the rules.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BadPax;

impl PaxRecords {
    /// Parses `LENGTH KEY=VALUE\n` records up to the end of `body`. A later record of a key wins, as POSIX has it.
    pub(super) fn parse(mut body: &[u8]) -> Result<Self, BadPax> {
        let mut records = Self::default();
        while !body.is_empty() {
            let (key, value, rest) = next_record(body).ok_or(BadPax)?;
            match key {
                // An empty value takes an earlier one back.
                b"path" => records.path = Some(value.to_vec()).filter(|path| !path.is_empty()),
                b"size" => records.size = Some(decimal(value).ok_or(BadPax)?),
                _ => records.sparse |= key.starts_with(b"GNU.sparse."),
            }
            body = rest;
        }
        Ok(records)
    }
}

fn next_record(body: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let space = body.iter().position(|&b| b == b' ')?;
    let len = usize::try_from(decimal(&body[..space])?).ok()?;
    let (record, rest) = body.split_at_checked(len)?;
    let record = record.get(space + 1..)?.strip_suffix(b"\n")?;
    let equals = record.iter().position(|&b| b == b'=')?;
    Some((&record[..equals], &record[equals + 1..], rest))
}

fn decimal(digits: &[u8]) -> Option<u64> {
    let all_digits = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| all_digits)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_and_size_are_taken_and_the_rest_is_skipped() {
        let records = PaxRecords::parse(b"12 path=a=b\n13 size=4711\n19 mtime=1.5 x y z\n").unwrap();
        assert_eq!(records, PaxRecords { path: Some(b"a=b".to_vec()), size: Some(4711), sparse: false });
    }

    #[test]
    fn a_value_may_hold_newlines_and_nul() {
        assert_eq!(PaxRecords::parse(b"13 path=a\nb\0\n").unwrap().path.unwrap(), b"a\nb\0");
    }

    #[test]
    fn sparse_files_are_found_in_every_dialect() {
        assert!(PaxRecords::parse(b"22 GNU.sparse.major=1\n").unwrap().sparse);
    }

    #[test]
    fn broken_records_are_refused() {
        let broken: [&[u8]; 9] = [
            b"x",
            b"99 path=a\n",
            b"9 path=ab\n",
            b"10 path=abc",
            b"3 \n",
            b"0 path=a\n",
            b"10 size=-1\n",
            b"9 size=\n\n",
            b"29 size=18446744073709551616\n",
        ];
        for body in broken {
            assert_eq!(PaxRecords::parse(body), Err(BadPax), "{}", body.escape_ascii());
        }
    }
}
