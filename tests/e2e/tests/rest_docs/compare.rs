//! Compares what was answered with what is printed: exactly, but for what differs from one machine and moment to the
//! next, which only has to look alike.
//!
//! Does NOT know routes. `…` in an array or object of the document stands for anything that may follow.

use serde_json::Value;

/// Stands for the name of the machine.
pub(crate) const HOST: &str = "raspberrypi";
const REST: &str = "…";

/// Fields whose values are no one's to foresee; they have to be of the printed type.
const VARYING: [&str; 17] = [
    "uptime",
    "bytes",
    "size_bytes",
    "done_bytes",
    "total_bytes",
    "duration_ms",
    "seq",
    "oldest_seq",
    "id",
    "fingerprint",
    "from",
    "to",
    "key_fingerprint",
    "version",
    "daemon_version",
    "commit",
    "build_date",
];

/// Where `answered` is not what is printed, as lines.
pub(crate) fn differences(printed: &Value, answered: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", printed, answered, &mut found);
    found
}

fn compare(at: &str, printed: &Value, answered: &Value, found: &mut Vec<String>) {
    match (printed, answered) {
        (Value::Object(printed), Value::Object(answered)) => {
            let open = printed.contains_key(REST);
            for (name, value) in printed.iter().filter(|(name, _)| *name != REST) {
                match answered.get(name) {
                    Some(other) => compare(&format!("{at}.{name}"), value, other, found),
                    None => found.push(format!("{at}.{name} is not in the answer")),
                }
            }
            let untold = answered.iter().filter(|(name, _)| !open && !printed.contains_key(*name));
            found.extend(untold.map(|(name, value)| format!("{at}.{name} is not printed: {value}")));
        }
        (Value::Array(printed), Value::Array(answered)) => {
            let open = printed.last().is_some_and(|last| last == REST);
            let wanted = if open { &printed[..printed.len() - 1] } else { printed };
            if wanted.len() > answered.len() || (!open && wanted.len() < answered.len()) {
                found.push(format!("{at} has {} elements, not {}", answered.len(), wanted.len()));
            }
            for (index, (value, other)) in wanted.iter().zip(answered).enumerate() {
                compare(&format!("{at}[{index}]"), value, other, found);
            }
        }
        (Value::Number(_), Value::Number(_)) if varies(at) => {}
        (Value::String(printed), Value::String(answered))
            if (varies(at) && printed.is_empty() == answered.is_empty()) || alike(printed, answered) => {}
        (printed, answered) if printed == answered => {}
        (printed, answered) => found.push(format!("{at} is {answered}, not {printed}")),
    }
}

fn varies(at: &str) -> bool {
    let name = at.rsplit('.').next().unwrap_or_default();
    VARYING.contains(&name)
}

/// Whether two texts differ at most in times, random words, hashes and the name of the machine; after `…`, in anything.
pub(crate) fn alike(printed: &str, answered: &str) -> bool {
    match printed.strip_suffix(REST) {
        Some(beginning) => shape(answered).starts_with(&shape(beginning)),
        None => shape(printed) == shape(answered),
    }
}

fn shape(text: &str) -> String {
    let bounds = [' ', ';', '=', '"', '`', '/', ','];
    text.split_inclusive(bounds)
        .map(|word| {
            let (word, bound) = match word.strip_suffix(bounds) {
                Some(rest) => (rest, &word[rest.len()..]),
                None => (word, ""),
            };
            format!("{}{bound}", shape_of_word(word))
        })
        .collect()
}

fn shape_of_word(word: &str) -> String {
    if is_time(word) {
        return "<time>".to_owned();
    }
    let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if word.len() == 43 && word.bytes().all(url_safe) {
        return "<random>".to_owned();
    }
    let machine = machine();
    let word = match word == machine {
        true => HOST.to_owned(),
        false => word.replace(&format!("backup-{machine}-"), &format!("backup-{HOST}-")),
    };
    let pieces = word.split_inclusive(|piece: char| !piece.is_ascii_alphanumeric());
    pieces.map(shape_of_piece).collect()
}

fn shape_of_piece(piece: &str) -> String {
    let (plain, bound) = match piece.char_indices().last() {
        Some((at, last)) if !last.is_ascii_alphanumeric() => piece.split_at(at),
        _ => (piece, ""),
    };
    let compact_time = plain.len() == 16 && plain.as_bytes()[8] == b'T' && plain.ends_with('Z');
    let clock = plain.len() == 6 && plain.bytes().all(|byte| byte.is_ascii_digit());
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let hash = plain.len() >= 8 && plain.bytes().all(is_hex);
    let plain = match plain {
        _ if compact_time || clock => "<time>",
        _ if hash => "<hash>",
        plain => plain,
    };
    format!("{plain}{bound}")
}

/// `2026-06-08T12:00:00Z`, with or without a fraction.
fn is_time(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.len() >= 20
        && bytes.ends_with(b"Z")
        && bytes[..4].iter().all(u8::is_ascii_digit)
        && (bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]) == (b'-', b'-', b'T', b':', b':')
}

/// The name of this machine, as archives spell it.
fn machine() -> String {
    let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    name.trim().to_owned()
}

#[test]
fn what_is_not_as_printed_is_found() {
    let printed = serde_json::json!({"a": 1, "list": ["x", "…"], "at": "2026-06-08T12:00:00Z", "id": "a-1"});
    let like = |answered: &str| differences(&printed, &serde_json::from_str(answered).unwrap()).len();
    assert_eq!(like(r#"{"a":1,"list":["x","y"],"at":"2027-01-02T03:04:05.6Z","id":"b-2"}"#), 0);
    assert_eq!(like(r#"{"a":2,"list":["x"],"at":"2027-01-02T03:04:05Z","id":"b-2"}"#), 1);
    assert_eq!(like(r#"{"a":1,"list":[],"at":"soon","id":3,"more":true}"#), 4);
    assert!(alike(
        "s=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA; Path=/",
        &format!("s={}; Path=/", "b".repeat(43))
    ));
    assert!(!alike("backup-raspberrypi-20260608T120000Z.tar.gz", "backup-raspberrypi-20260608T120000Z.zip"));
}
