//! Words for people: what went wrong, and on a line of its own that begins with `hint:`, what to do about it.
//!
//! Does NOT make messages; it takes them apart, puts them in one line, or their names into commands, for the place where
//! they are shown.

use std::fmt::Display;

/// Where in a message its hint begins.
const HINT: &str = "\nhint: ";

/// The reason a message tells, and its hint if it has one.
pub fn reason_and_hint(message: &impl Display) -> (String, Option<String>) {
    let message = message.to_string();
    match message.split_once(HINT) {
        Some((reason, hint)) => (reason.to_owned(), Some(hint.to_owned())),
        None => (message, None),
    }
}

/// A message and its hint in one line, for where it stands within another message or in a list.
pub fn in_one_line(message: &impl Display) -> String {
    message.to_string().replace(HINT, "; ").replace('\n', "; ")
}

/// A path or name as it stands in a command of a POSIX shell: in quotes unless every letter of it is plain. A newline stays
/// one, for shells have no other form for it that they all know.
pub fn for_a_shell(name: &impl Display) -> String {
    let name = name.to_string();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:@%,".contains(&byte);
    if !name.is_empty() && name.bytes().all(plain) {
        name
    } else {
        format!("'{}'", name.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_begins_on_a_line_of_its_own() {
        let (reason, hint) = reason_and_hint(&"no space left\nhint: make room");
        assert_eq!((reason.as_str(), hint.as_deref()), ("no space left", Some("make room")));
        assert_eq!(reason_and_hint(&"take the hint: none"), ("take the hint: none".to_owned(), None));
    }

    #[test]
    fn a_message_becomes_one_line() {
        assert_eq!(in_one_line(&"no space left\nhint: make room"), "no space left; make room");
        assert_eq!(in_one_line(&"first\nsecond"), "first; second");
        assert_eq!(in_one_line(&"take the hint: none"), "take the hint: none");
    }
}
