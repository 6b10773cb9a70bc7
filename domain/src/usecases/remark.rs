//! Remarks: messages made fit for a list that people read, one line each.
//!
//! Does NOT decide what is worth a remark.

use std::fmt::Display;

/// What `message` says, its hint after a colon.
pub(super) fn remark(message: &impl Display) -> String {
    message.to_string().replace("\nhint: ", ": ").replace('\n', "; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_becomes_one_line() {
        assert_eq!(remark(&"it is full\nhint: make room"), "it is full: make room");
        assert_eq!(remark(&"first\nsecond"), "first; second");
    }
}
