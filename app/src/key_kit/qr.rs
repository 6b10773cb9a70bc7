//! QR codes as squares. Does NOT draw them.

use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

/// Light modules that must stay free on each side.
pub(super) const QUIET: usize = 4;

/// A code: `width` times `width` modules, row by row, `true` is dark.
pub(super) struct Squares {
    pub(super) width: usize,
    pub(super) dark: Zeroizing<Vec<bool>>,
}

impl Squares {
    /// The code of a text; `None` if it is longer than a code can be. A quarter of the code may be torn or stained.
    pub(super) fn of(text: &str) -> Option<Self> {
        let code = QrCode::with_error_correction_level(text, EcLevel::Q).ok()?;
        let width = code.width();
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Some(Self { width, dark: Zeroizing::new(dark) })
    }

    /// Whether a module is dark; those outside of the code are light.
    pub(super) fn is_dark(&self, row: usize, column: usize) -> bool {
        row < self.width && column < self.width && self.dark.get(row * self.width + column) == Some(&true)
    }

    /// Dark modules beside each other in one row, as row, first column and number.
    pub(super) fn runs(&self) -> Vec<(usize, usize, usize)> {
        let mut runs = Vec::new();
        for row in 0..self.width {
            let mut column = 0;
            while column < self.width {
                let dark = (column..self.width).take_while(|at| self.is_dark(row, *at)).count();
                if dark > 0 {
                    runs.push((row, column, dark));
                }
                column += dark.max(1);
            }
        }
        runs
    }
}
