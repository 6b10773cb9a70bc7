//! How wide letters of Helvetica are, so that lines can be broken without a font at hand.
//!
//! From Adobe's metrics of the standard fonts, which Arial and Liberation Sans share. Does NOT know kerning.

/// Widths of the characters 32 to 126, in thousandths of the size.
const ASCII: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
    500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469,
    556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500,
    278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
];
/// Bold letters are at the most so much wider.
const BOLD: f32 = 1.12;
/// Every letter of Courier.
const COURIER: f32 = 0.6;

/// The face of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Face {
    Plain,
    Bold,
    Typed,
}

/// Width of a text in points, at a size in points.
pub(super) fn width(text: &str, face: Face, size: f32) -> f32 {
    text.chars().map(|letter| letter_width(letter, face)).sum::<f32>() * size
}

fn letter_width(letter: char, face: Face) -> f32 {
    let plain = || {
        let ascii = u32::from(letter).checked_sub(32).and_then(|at| ASCII.get(usize::try_from(at).ok()?));
        let thousandths = match letter {
            'Ä' => 667,
            'Ö' => 778,
            'Ü' => 722,
            'ß' => 611,
            'ä' | 'ö' | 'ü' => 556,
            // As wide as the widest usual one.
            _ => ascii.copied().unwrap_or(1000),
        };
        f32::from(thousandths) / 1000.0
    };
    match face {
        Face::Plain => plain(),
        Face::Bold => plain() * BOLD,
        Face::Typed => COURIER,
    }
}
