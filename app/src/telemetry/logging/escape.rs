//! Escapes what would break a line or act on the terminal that shows it.
//!
//! Does NOT judge text otherwise: letters of any script pass.

/// Appends `text` between quotes, as a JSON string; valid in both formats.
pub(super) fn quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            _ => push(out, c),
        }
    }
    out.push('"');
}

/// Appends `text` without quotes, for people.
pub(super) fn plain(out: &mut String, text: &str) {
    text.chars().for_each(|c| push(out, c));
}

/// Whether `text` can stand behind `name=` without quotes and be told from what follows.
pub(super) fn is_one_word(text: &str) -> bool {
    !text.is_empty() && !text.chars().any(|c| acts(c) || c.is_whitespace() || matches!(c, '"' | '=' | '\\'))
}

fn push(out: &mut String, c: char) {
    match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        // All of these lie in the first plane, so four digits are enough.
        c if acts(c) => out.push_str(&format!("\\u{:04x}", u32::from(c))),
        c => out.push(c),
    }
}

/// Control characters, other ends of lines, and marks that turn the direction of text.
fn acts(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOSTILE: &str = "a\nb\rc\td\u{1b}[31me\u{9b}2Jf\u{7f}g\u{2028}h\u{202e}i\0j\"k\\l ü漢";

    #[test]
    fn a_quoted_text_is_json_and_comes_back_as_it_was() {
        let mut out = String::new();
        quoted(&mut out, HOSTILE);
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), HOSTILE);
    }

    #[test]
    fn neither_form_lets_a_character_through_that_acts() {
        for form in [quoted, plain] {
            let mut out = String::new();
            form(&mut out, HOSTILE);
            assert!(!out.chars().any(acts), "{out:?}");
            assert!(out.ends_with("ü漢") || out.ends_with("ü漢\""), "{out}");
        }
    }

    #[test]
    fn what_could_be_taken_for_another_field_gets_quotes() {
        for text in ["", "a b", "a=b", "a\"", "a\u{a0}b", "a\nb", "\\"] {
            assert!(!is_one_word(text), "{text:?}");
        }
        assert!(is_one_word("/api/v1/users/ü"));
    }
}
