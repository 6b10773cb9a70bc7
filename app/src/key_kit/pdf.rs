//! The sheet as a PDF of A4 pages, in the standard fonts every reader has. Does NOT choose places.

use super::layout::{Mark, PAGE_HEIGHT, PAGE_WIDTH, pages};
use super::sheet::Sheet;
use super::widths::Face;
use pdf_writer::{Content, Name, Pdf, Rect, Ref, Str, TextStr};
use zeroize::Zeroizing;

const FACES: [(Face, Name<'static>, Name<'static>); 3] = [
    (Face::Plain, Name(b"P"), Name(b"Helvetica")),
    (Face::Bold, Name(b"B"), Name(b"Helvetica-Bold")),
    (Face::Typed, Name(b"T"), Name(b"Courier")),
];
const GRAY: f32 = 0.45;

pub(super) fn render(sheet: &Sheet) -> Zeroizing<Vec<u8>> {
    let mut next = Ref::new(1);
    let (catalog, tree, info) = (next.bump(), next.bump(), next.bump());
    let fonts = FACES.map(|(face, name, base)| (face, name, base, next.bump()));
    let pages: Vec<_> = pages(sheet).into_iter().map(|marks| (next.bump(), next.bump(), marks)).collect();

    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree).lang(TextStr(sheet.language.as_str()));
    pdf.document_info(info).title(TextStr(&sheet.title)).creator(TextStr("openccu-loom"));
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|(page, ..)| *page)).count(count);
    for (_, _, base, font) in fonts {
        pdf.type1_font(font).base_font(base).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (id, content, marks) in &pages {
        let mut page = pdf.page(*id);
        page.media_box(Rect::new(0.0, 0.0, PAGE_WIDTH, PAGE_HEIGHT)).parent(tree).contents(*content);
        page.resources().fonts().pairs(fonts.map(|(_, name, _, font)| (name, font)));
        drop(page);
        let drawn = drawn(marks);
        pdf.stream(*content, &drawn);
    }
    Zeroizing::new(pdf.finish())
}

fn drawn(marks: &[Mark]) -> Zeroizing<Vec<u8>> {
    let mut content = Content::new();
    content.set_line_width(0.5).set_stroke_gray(GRAY);
    for mark in marks {
        match mark {
            Mark::Text { x, y, size, face, text } => {
                let name =
                    FACES.iter().find(|(known, ..)| known == face).map_or(Name(b"P"), |(_, name, _)| *name);
                content.begin_text().set_font(name, *size).next_line(*x, PAGE_HEIGHT - y);
                content.show(Str(&win_ansi(text))).end_text();
            }
            Mark::Rule { x, y, length } => {
                content.move_to(*x, PAGE_HEIGHT - y).line_to(x + length, PAGE_HEIGHT - y).stroke();
            }
            Mark::Square { x, y, width, height } => {
                content.rect(*x, PAGE_HEIGHT - y - height, *width, *height).fill_nonzero();
            }
        }
    }
    Zeroizing::new(content.finish().to_vec())
}

/// The text in WinAnsi (Windows-1252), `?` for what that does not have.
fn win_ansi(text: &str) -> Zeroizing<Vec<u8>> {
    let byte = |letter: char| match letter {
        ' '..='~' | '\u{a0}'..='ÿ' => u8::try_from(u32::from(letter)).unwrap_or(b'?'),
        '…' => 0x85,
        '–' => 0x96,
        '„' => 0x84,
        '“' => 0x93,
        '”' => 0x94,
        '’' => 0x92,
        '€' => 0x80,
        _ => b'?',
    };
    Zeroizing::new(text.chars().map(byte).collect())
}
