//! The two shapes of an upload, written byte for byte.
//!
//! OpenCCU's upload page computes the size of the file from the lengths of these lines: exactly one part with exactly two
//! headers, nothing before it and nothing after the last boundary. Does NOT send anything.

use super::Flavour;
use bytes::Bytes;
use std::hash::{BuildHasher, RandomState};

/// What goes around the bytes of a file.
pub(super) struct Envelope {
    pub(super) content_type: String,
    pub(super) prefix: Bytes,
    pub(super) suffix: Bytes,
}

impl Envelope {
    /// The envelope this firmware opens.
    pub(super) fn new(flavour: Flavour) -> Self {
        Self::with_boundary(flavour, &boundary())
    }

    fn with_boundary(flavour: Flavour, boundary: &str) -> Self {
        let action = match flavour {
            Flavour::Stock => {
                format!(
                    "--{boundary}\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\nbackup_upload\r\n"
                )
            }
            Flavour::OpenCcu => String::new(),
        };
        let prefix = format!(
            "{action}--{boundary}\r\nContent-Disposition: form-data; name=\"backup_file\"; filename=\"backup.sbk\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        Self {
            content_type: format!("multipart/form-data; boundary={boundary}"),
            prefix: prefix.into(),
            suffix: format!("\r\n--{boundary}--\r\n").into(),
        }
    }
}

/// A line that no file holds by chance or by intent.
fn boundary() -> String {
    let random = || RandomState::new().hash_one(0);
    format!("loom-{:016x}{:016x}", random(), random())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(flavour: Flavour) -> String {
        let envelope = Envelope::with_boundary(flavour, "B");
        let text = |bytes: &Bytes| String::from_utf8(bytes.to_vec()).unwrap();
        format!("{}DATA{}", text(&envelope.prefix), text(&envelope.suffix))
    }

    #[test]
    fn openccu_gets_one_part_with_two_headers() {
        assert_eq!(
            whole(Flavour::OpenCcu),
            "--B\r\nContent-Disposition: form-data; name=\"backup_file\"; filename=\"backup.sbk\"\r\n\
             Content-Type: application/octet-stream\r\n\r\nDATA\r\n--B--\r\n"
        );
    }

    #[test]
    fn the_size_openccu_computes_is_the_size_of_the_file() {
        let body = whole(Flavour::OpenCcu);
        let lines: Vec<&str> = body.split('\n').take(4).collect();
        assert_eq!(lines[3], "\r");
        let computed = body.len() - (2 * lines[0].len() + lines[1].len() + lines[2].len() + 10);
        assert_eq!(computed, "DATA".len());
        let skipped: usize = lines.iter().map(|line| line.len() + 1).sum();
        assert_eq!(&body[skipped..skipped + computed], "DATA");
    }

    #[test]
    fn stock_gets_the_action_as_a_field_before_the_file() {
        let body = whole(Flavour::Stock);
        assert!(body.starts_with(
            "--B\r\nContent-Disposition: form-data; name=\"action\"\r\n\r\nbackup_upload\r\n--B\r\n"
        ));
        assert!(body.ends_with("\r\n\r\nDATA\r\n--B--\r\n"));
    }

    #[test]
    fn two_envelopes_have_two_boundaries() {
        let content_type = || Envelope::new(Flavour::Stock).content_type;
        assert_ne!(content_type(), content_type());
    }
}
