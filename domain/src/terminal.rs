//! Text of strangers, made fit for a terminal and for a line of a log.
//!
//! Does NOT print.

/// The text without what a terminal obeys, cut after so many characters.
pub fn fit_for_terminal(text: &str, max_chars: usize) -> String {
    text.chars()
        .flat_map(|c| if c.is_control() { c.escape_default().collect() } else { vec![c] })
        .take(max_chars)
        .collect()
}
