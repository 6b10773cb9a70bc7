//! Where everything stands on pages of A4, in points from the upper left corner. Does NOT draw.

use super::qr::{QUIET, Squares};
use super::sheet::{Block, Sheet};
use super::widths::{Face, width};
use zeroize::Zeroizing;

pub(super) const PAGE_WIDTH: f32 = 595.0;
pub(super) const PAGE_HEIGHT: f32 = 842.0;

const MARGIN: f32 = 50.0;
const RIGHT: f32 = PAGE_WIDTH - MARGIN;
const BOTTOM: f32 = PAGE_HEIGHT - 45.0;
const CODE_SIZE: f32 = 120.0;
const BODY: f32 = 9.0;
const TYPED: f32 = 8.5;
const LEADING: f32 = 1.3;
const LABEL_WIDTH: f32 = 120.0;
const RULE_STEP: f32 = 20.0;

/// One thing on a page.
pub(super) enum Mark {
    /// A line of text whose baseline begins at `x`, `y`.
    Text { x: f32, y: f32, size: f32, face: Face, text: Zeroizing<String> },
    /// A thin line to the right.
    Rule { x: f32, y: f32, length: f32 },
    /// A filled rectangle whose upper left corner is at `x`, `y`.
    Square { x: f32, y: f32, width: f32, height: f32 },
}

/// The marks of each page.
pub(super) fn pages(sheet: &Sheet) -> Vec<Vec<Mark>> {
    let mut flow = Flow { pages: vec![Vec::new()], y: MARGIN, code_ends: 0.0 };
    flow.title(&sheet.title);
    flow.code(sheet);
    for block in &sheet.blocks {
        flow.block(block);
    }
    flow.pages
}

struct Flow {
    pages: Vec<Vec<Mark>>,
    /// Where the next thing begins.
    y: f32,
    /// Down to here the code stands at the right of the first page.
    code_ends: f32,
}

impl Flow {
    fn title(&mut self, title: &str) {
        let size = 18.0;
        self.y += size;
        self.text(MARGIN, size, Face::Bold, title);
        self.y += 8.0;
    }

    fn code(&mut self, sheet: &Sheet) {
        let Some(squares) = Squares::of(&sheet.code) else { return };
        // The quiet zone reaches into the margin, which is as empty.
        let all = u16::try_from(squares.width + QUIET).map_or(1.0, f32::from);
        let size = CODE_SIZE / all;
        let at = |modules: usize| u16::try_from(modules).map_or(0.0, f32::from) * size;
        let (left, top) = (RIGHT - at(squares.width), MARGIN);
        for (row, column, length) in squares.runs() {
            let (x, y) = (left + at(column), top + at(row));
            self.mark(Mark::Square { x, y, width: at(length), height: size });
        }
        let below = self.y;
        self.y = top + at(squares.width) + at(QUIET);
        self.wrapped(left, RIGHT - left, 7.0, Face::Plain, &sheet.code_caption);
        self.code_ends = self.y + 4.0;
        self.y = below;
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(words) => {
                self.paragraph(Face::Plain, words);
                self.y += 4.0;
            }
            Block::Heading(words) => {
                // A heading alone at the end of a page heads nothing.
                self.need(60.0);
                self.y = self.y.max(if self.is_first_page() { self.code_ends } else { 0.0 }) + 17.0;
                self.text(MARGIN, 11.0, Face::Bold, words);
                self.y += 4.0;
            }
            Block::Warning(words) => {
                self.y += 4.0;
                self.paragraph(Face::Bold, words);
                self.y += 4.0;
            }
            Block::Fact(label, words) => {
                self.need(2.0 * BODY * LEADING);
                let before = self.y;
                self.wrapped(MARGIN, LABEL_WIDTH, BODY, Face::Bold, label);
                let after_label = std::mem::replace(&mut self.y, before);
                let left = MARGIN + LABEL_WIDTH + 8.0;
                self.wrapped(left, self.right() - left, BODY, Face::Plain, words);
                self.y = self.y.max(after_label) + 1.0;
            }
            Block::Secret(label, secret) => {
                self.paragraph(Face::Bold, label);
                self.y += 2.0;
                self.wrapped(MARGIN, RIGHT - MARGIN, 10.0, Face::Typed, secret);
                self.y += 4.0;
            }
            Block::Command(purpose, command) => {
                self.need(3.0 * BODY);
                let left = MARGIN + LABEL_WIDTH + 8.0;
                if left + width(command, Face::Typed, TYPED) > RIGHT {
                    self.wrapped(MARGIN, RIGHT - MARGIN, BODY, Face::Plain, purpose);
                    self.wrapped(MARGIN + 12.0, RIGHT - MARGIN - 12.0, TYPED, Face::Typed, command);
                } else {
                    let before = self.y;
                    self.wrapped(MARGIN, LABEL_WIDTH, BODY, Face::Plain, purpose);
                    let after_purpose = std::mem::replace(&mut self.y, before);
                    self.wrapped(left, RIGHT - left, TYPED, Face::Typed, command);
                    self.y = self.y.max(after_purpose);
                }
                self.y += 2.0;
            }
            Block::Program(program) => {
                for typed in program.lines() {
                    self.y += TYPED * LEADING;
                    self.need(0.0);
                    self.text(MARGIN + 12.0, TYPED, Face::Typed, typed);
                }
            }
            Block::Blank(label) => {
                self.need(RULE_STEP);
                self.y += RULE_STEP;
                self.text(MARGIN, BODY, Face::Plain, label);
                let x = MARGIN + width(label, Face::Plain, BODY) + 6.0;
                self.mark(Mark::Rule { x, y: self.y + 2.0, length: RIGHT - x });
            }
            Block::Ruled(lines) => {
                for _ in 0..*lines {
                    self.need(RULE_STEP);
                    self.y += RULE_STEP;
                    self.mark(Mark::Rule { x: MARGIN, y: self.y + 2.0, length: RIGHT - MARGIN });
                }
            }
            Block::NextPage => self.next_page(),
        }
    }

    fn paragraph(&mut self, face: Face, words: &str) {
        self.wrapped(MARGIN, self.right() - MARGIN, BODY, face, words);
    }

    /// Lines of at most `room`; a word that is longer is broken.
    fn wrapped(&mut self, x: f32, room: f32, size: f32, face: Face, words: &str) {
        for line in lines(words, face, size, room) {
            self.y += size * LEADING;
            self.need(0.0);
            self.text(x, size, face, &line);
        }
    }

    fn text(&mut self, x: f32, size: f32, face: Face, text: &str) {
        let text = Zeroizing::new(text.to_owned());
        self.mark(Mark::Text { x, y: self.y, size, face, text });
    }

    fn mark(&mut self, mark: Mark) {
        if let Some(page) = self.pages.last_mut() {
            page.push(mark);
        }
    }

    /// Begins another page if so much room is not left.
    fn need(&mut self, room: f32) {
        if self.y + room > BOTTOM {
            self.next_page();
            self.y += BODY;
        }
    }

    fn next_page(&mut self) {
        self.pages.push(Vec::new());
        self.y = MARGIN;
    }

    fn is_first_page(&self) -> bool {
        self.pages.len() == 1
    }

    /// Where lines end that begin here.
    fn right(&self) -> f32 {
        let beside_code = self.is_first_page() && self.y < self.code_ends;
        if beside_code { RIGHT - CODE_SIZE - 6.0 } else { RIGHT }
    }
}

fn lines(words: &str, face: Face, size: f32, room: f32) -> Vec<Zeroizing<String>> {
    let fits = |line: &str| width(line, face, size) <= room;
    let new_line = || Zeroizing::new(String::with_capacity(words.len()));
    let mut lines = vec![new_line()];
    for word in words.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        let used = line.len();
        if used > 0 {
            line.push(' ');
        }
        line.push_str(word);
        if fits(line) {
            continue;
        }
        line.truncate(used);
        if used > 0 {
            lines.push(new_line());
        }
        for letter in word.chars() {
            let Some(line) = lines.last_mut() else { break };
            line.push(letter);
            if !fits(line) && line.chars().count() > 1 {
                line.pop();
                let mut next = new_line();
                next.push(letter);
                lines.push(next);
            }
        }
    }
    lines
}
