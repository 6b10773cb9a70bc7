//! The parts of a multipart body. Does NOT read them; it says where they are.

use std::io::{self, Read};

/// One part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) head: String,
    pub(super) start: u64,
    pub(super) size: u64,
}

impl Part {
    /// Whether it is the field of that name.
    pub(super) fn is(&self, name: &str) -> bool {
        self.head.contains(&format!("name=\"{name}\""))
    }
}

/// The boundary a content type names.
pub(super) fn boundary(content_type: &str) -> Option<String> {
    let (_, after) = content_type.split_once("boundary=")?;
    Some(after.split(';').next().unwrap_or(after).trim_matches('"').to_owned())
}

/// Finds the parts in one pass, holding a piece of the body at a time.
pub(super) fn parts(mut body: impl Read, boundary: &str) -> io::Result<Vec<Part>> {
    let needle = format!("\r\n--{boundary}").into_bytes();
    // The first boundary has no line end before it.
    let mut window = b"\r\n".to_vec();
    let mut offset = 0_u64;
    let mut marks = Vec::new();
    let mut piece = vec![0; 256 * 1024];
    let mut heads = Vec::new();
    loop {
        let count = body.read(&mut piece)?;
        window.extend_from_slice(&piece[..count]);
        let last = count == 0;
        // What follows a mark has to be in the window too, for the head of its part.
        let keep = if last { 0 } else { needle.len() + 4096 };
        let mut at = 0;
        while at + needle.len() <= window.len().saturating_sub(keep) {
            if window[at..].starts_with(&needle) {
                let after = &window[at + needle.len()..];
                marks.push(offset + wide(at));
                heads.push(head(after));
                at += needle.len();
            } else {
                at += window[at + 1..]
                    .iter()
                    .position(|byte| *byte == b'\r')
                    .map_or(window.len(), |next| next + 1);
            }
        }
        if last {
            break;
        }
        let done = at.min(window.len().saturating_sub(keep));
        window.drain(..done);
        offset += wide(done);
    }
    Ok(between(&marks, &heads, wide(needle.len())))
}

fn between(marks: &[u64], heads: &[Option<String>], needle: u64) -> Vec<Part> {
    let pairs = marks.windows(2).zip(heads);
    let part = |(marks, head): (&[u64], &Option<String>)| {
        let head = head.clone()?;
        // Offsets count the two bytes put before the body.
        let start = marks[0] + needle + wide(head.len()) - 2;
        Some(Part { start, size: (marks[1] - 2).checked_sub(start)?, head })
    };
    pairs.filter_map(part).collect()
}

// From the line end of the boundary up to and with the blank line.
fn head(after: &[u8]) -> Option<String> {
    let end = after.windows(4).position(|four| four == b"\r\n\r\n")?;
    Some(crate::value::from_latin1(&after[..end + 4]))
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found_wherever_pieces_end() {
        let file = [b"\r\n--x\r".repeat(100_000), b"end".to_vec()].concat();
        let mut body = b"--xy\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\nbackup_upload\r\n--xy\r\n\
            Content-Disposition: form-data; name=\"backup_file\"; filename=\"a\"\r\nContent-Type: a/b\r\n\r\n"
            .to_vec();
        body.extend_from_slice(&file);
        body.extend_from_slice(b"\r\n--xy--\r\n");
        let parts = parts(&body[..], "xy").unwrap();
        let content = |part: &Part| {
            let start = usize::try_from(part.start).unwrap();
            body[start..start + usize::try_from(part.size).unwrap()].to_vec()
        };
        assert_eq!(parts.len(), 2);
        assert!(parts[0].is("action") && content(&parts[0]) == b"backup_upload");
        assert!(parts[1].is("backup_file") && content(&parts[1]) == file);
    }
}
