//! The sheet as one SVG picture, its pages below each other. Does NOT choose places.

use super::layout::{Mark, PAGE_HEIGHT, PAGE_WIDTH, pages};
use super::sheet::Sheet;
use super::widths::Face;
use std::fmt::Write;
use zeroize::Zeroizing;

/// More than any sheet has, so that no copy of it is left behind where a buffer grew.
const ROOM: usize = 512 << 10;

pub(super) fn render(sheet: &Sheet) -> Zeroizing<Vec<u8>> {
    let mut svg = Zeroizing::new(String::with_capacity(ROOM));
    // Writing to a `String` cannot fail.
    let _ = write(&mut svg, sheet);
    Zeroizing::new(std::mem::take(&mut *svg).into_bytes())
}

fn write(svg: &mut String, sheet: &Sheet) -> std::fmt::Result {
    let pages = pages(sheet);
    let count = u16::try_from(pages.len()).map_or(1.0, f32::from);
    let (width, height) = (PAGE_WIDTH, PAGE_HEIGHT * count);
    let language = sheet.language.as_str();
    writeln!(svg, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        svg,
        r#"<svg xmlns="http://www.w3.org/2000/svg" xml:lang="{language}" width="{width}pt" height="{height}pt" viewBox="0 0 {width} {height}">"#
    )?;
    write!(svg, "<title>")?;
    escaped(svg, &sheet.title);
    writeln!(svg, "</title>")?;
    writeln!(svg, r##"<rect width="{width}" height="{height}" fill="#fff"/>"##)?;
    let mut top = 0.0;
    for page in &pages {
        writeln!(svg, r#"<g transform="translate(0 {top})">"#)?;
        for mark in page {
            write_mark(svg, mark)?;
        }
        writeln!(svg, "</g>")?;
        top += PAGE_HEIGHT;
    }
    writeln!(svg, "</svg>")
}

fn write_mark(svg: &mut String, mark: &Mark) -> std::fmt::Result {
    match mark {
        Mark::Text { x, y, size, face, text } => {
            let style = match face {
                Face::Plain => r#"font-family="Helvetica, Arial, sans-serif""#,
                Face::Bold => r#"font-family="Helvetica, Arial, sans-serif" font-weight="bold""#,
                Face::Typed => r#"font-family="Courier, 'Courier New', monospace""#,
            };
            write!(svg, r#"<text x="{x:.2}" y="{y:.2}" font-size="{size}" {style} xml:space="preserve">"#)?;
            escaped(svg, text);
            writeln!(svg, "</text>")
        }
        Mark::Rule { x, y, length } => {
            writeln!(svg, r##"<path d="M{x:.2} {y:.2}h{length:.2}" stroke="#777" stroke-width="0.5"/>"##)
        }
        // Crisp, or thin lights shine between the squares of a code.
        Mark::Square { x, y, width, height } => writeln!(
            svg,
            r#"<rect x="{x:.3}" y="{y:.3}" width="{width:.3}" height="{height:.3}" shape-rendering="crispEdges"/>"#
        ),
    }
}

fn escaped(svg: &mut String, text: &str) {
    for letter in text.chars() {
        match letter {
            '&' => svg.push_str("&amp;"),
            '<' => svg.push_str("&lt;"),
            '>' => svg.push_str("&gt;"),
            '"' => svg.push_str("&quot;"),
            _ => svg.push(letter),
        }
    }
}
