//! A sheet as its parts, in reading order. Does NOT know languages or formats.

use super::KitLanguage;
use zeroize::Zeroizing;

/// All that is on a sheet.
pub(super) struct Sheet {
    pub(super) language: KitLanguage,
    pub(super) title: String,
    /// What the QR code holds.
    pub(super) code: Zeroizing<String>,
    /// What is said below it.
    pub(super) code_caption: String,
    pub(super) blocks: Vec<Block>,
}

/// One part.
pub(super) enum Block {
    Paragraph(String),
    Heading(String),
    Warning(String),
    /// A label, and what is to be told.
    Fact(String, String),
    /// A label, and a secret to be told.
    Secret(String, Zeroizing<String>),
    /// What a command is for, and the command.
    Command(String, String),
    /// A program to be typed, line by line.
    Program(&'static str),
    /// A label with room to write behind it.
    Blank(String),
    /// So many empty lines to write on.
    Ruled(usize),
    /// What follows begins another page.
    NextPage,
}
